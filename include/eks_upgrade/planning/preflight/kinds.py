"""The kind of each parameter: what a form sees to, and nobody else does.

Airflow holds what a run is given against the form's schema when the run is made. Who writes
parameters down before (a fleet file) learns it here.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, parameter_of
from include.eks_upgrade.planning.preflight.judged import waiver_problems
from include.eks_upgrade.planning.preflight.rules.options import early_problems, unknown_parameters
from include.eks_upgrade.request import DRAIN_PARAMETERS, UpgradeRequest

PLACE_PARAMETERS = ("cluster_name", "region", "aws_conn_id", "role_arn")
"""Which cluster, and how it is reached."""

MOST_MINUTES = 10080
BOUNDS: Mapping[str, tuple[float, float]] = {
    "max_groups_at_once": (1, 100),
    "pod_grace_period_seconds": (1, 86400),
    "load_balancer_drain_seconds": (0, 3600),
    "kubernetes_requests_per_second": (1, 1000),
    "delete_pause_seconds": (0, 3600),
    "extra_nodes": (0, 100),
    "ready_percent": (1, 100),
    "poll_seconds": (0.2, 600),
    "worse_minutes": (0, 60),
}
"""As the form has them; minutes go up to a week."""

WHOLE = {"max_groups_at_once", "pod_grace_period_seconds", "extra_nodes", "ready_percent"}
"""Numbers that have no fraction."""


_ELSEWHERE = {"cluster", "region", "hop_version", "ami", "drain", "recovery", "approval", "limits"}
"""Fields of a request that have parameters of other names, or none."""


@cache
def defaults() -> Mapping[str, Any]:
    """Each parameter of a run with its default, by its name in docs/parameters.md."""
    request = UpgradeRequest(cluster="")
    plain = {name: value for name, value in vars(request).items() if name not in _ELSEWHERE}
    images = {
        f"ami_{name}": value
        for name, value in {**vars(request.ami), "id": request.ami.image_id}.items()
        if name not in {"image_id", "replace_custom_image"}
    }
    return {
        **dict.fromkeys(PLACE_PARAMETERS, ""),
        **plain,
        **images,
        "replace_custom_image": request.ami.replace_custom_image,
        **{name: getattr(request.drain, option) for name, option in DRAIN_PARAMETERS.items()},
        **{parameter_of(kind): Action.WAIT for kind in BlockClass},
        **vars(request.recovery),
        **vars(request.approval),
        **vars(request.limits),
    }


def parameter_problems(given: Raw) -> list[Problem]:
    """All that a run would refuse of its parameters before it knows its cluster.

    Args:
        given: by name, as a run would be given them.
    """
    unknown = unknown_parameters(given, defaults())
    odd = {name: problem for name in given for problem in kind_problem(name, given[name])}
    usable = {name: given[name] for name in given if name in defaults() and name not in odd}
    request = UpgradeRequest.from_params(usable)
    waivers = waiver_problems(request.waivers)
    return [*unknown, *odd.values(), *early_problems(request), *waivers]


def kind_problem(name: str, value: Any) -> Iterator[Problem]:
    """What is wrong with the kind of a value, or with a number that the form would not take."""
    if name not in defaults() or value is None:  # an emptied field has its default
        return
    fits, wanted = _kind(name)
    if not fits(value):
        remedy = f"give {wanted}" + (", in quotes" if wanted == "a text" else "")
        yield Problem(name, f"{wanted} is wanted, and {value!r} is not", remedy)
    elif low_high := _bounds(name):
        low, high = low_high
        if not low <= value <= high:
            yield Problem(name, f"{value} is out of bounds", f"give {low} to {high}")


def _bounds(name: str) -> tuple[float, float] | None:
    return BOUNDS.get(name, (0, MOST_MINUTES) if name.endswith("_minutes") else None)


_Kind = tuple[Callable[[Any], bool], str]


def _kind(name: str) -> _Kind:
    if name in _KINDS_BY_NAME:
        return _KINDS_BY_NAME[name]
    default = defaults()[name]
    for kind, found in _KINDS.items():
        if isinstance(default, kind):
            return found
    return (_is_whole, "a whole number") if name in WHOLE else (_is_number, "a number")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


def _is_objects(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, Mapping) for one in value)


def _is_numbers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_number, value.values()))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


_KINDS_BY_NAME: Mapping[str, _Kind] = {
    "waivers": (_is_objects, "a list of objects"),
    "nodes_at_once": (
        lambda value: _is_text(value) or _is_whole(value),
        "a whole number or a percentage",
    ),
}
_KINDS: Mapping[type, _Kind] = {
    bool: (lambda value: isinstance(value, bool), "true or false"),
    str: (_is_text, "a text"),
    tuple: (_is_texts, "a list of texts"),
    dict: (_is_numbers, "numbers by their names"),
}
"""By the kind of the default."""
