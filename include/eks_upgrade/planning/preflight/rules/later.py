"""The nodes that later hops replace, as far as it can be told today. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.planning.preflight.rules.hops import hops_of
from include.eks_upgrade.planning.preflight.rules.new_groups.images import image_problems
from include.eks_upgrade.planning.preflight.rules.new_groups.problems import (
    new_group_problems,
    new_group_warnings,
)
from include.eks_upgrade.planning.preflight.rules.target import choose_target, target_problems
from include.eks_upgrade.request import UpgradeRequest

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class LaterRoll:
    """The replacement of nodes by a later hop.

    Attributes:
        version: that the hop goes to.
        groups: names of today of the groups that it replaces.
        images: of the new nodes at that version, as `make_plan` takes them.
        surge: what the new groups would take today; None where it was not read.
        unknown: why not all of it was read; empty where it was.
    """

    version: str
    groups: tuple[str, ...]
    images: Mapping[str, Image | Problem | None] = field(default_factory=dict)
    surge: SurgeFacts | None = None
    unknown: str = ""


def rolls_later(request: UpgradeRequest, facts: ClusterFacts) -> tuple[LaterRoll, ...]:
    """The later hops that replace nodes, with nothing read yet; none of a refused target."""
    target = choose_target(request, facts)
    if target is None or target_problems(request, facts):
        return ()
    return tuple(
        LaterRoll(version=hop.to_version, groups=hop.rolled)
        for hop in hops_of(request, target, facts).all[1:]
        if hop.rolled
    )


def problems_later(
    request: UpgradeRequest, facts: ClusterFacts, roll: LaterRoll
) -> Iterator[Problem]:
    """What would refuse a later roll, if it were today."""
    yield from image_problems(request, roll.images, roll.groups)
    yield from _of_new_groups(new_group_problems, request, facts, roll)


def warnings_later(request: UpgradeRequest, facts: ClusterFacts, roll: LaterRoll) -> Iterator[str]:
    """What may go wrong with it, a sentence each."""
    return _of_new_groups(new_group_warnings, request, facts, roll)


def _of_new_groups(
    rule: Callable[..., Iterable[T]], request: UpgradeRequest, facts: ClusterFacts, roll: LaterRoll
) -> Iterator[T]:
    if roll.surge is not None:
        yield from rule(
            _names(roll),
            roll.images,
            facts.with_surge(roll.surge),
            extra_nodes=request.extra_nodes,
            at_once=request.max_groups_at_once,
        )


def _names(roll: LaterRoll) -> dict[str, str]:
    return {name: replacement_name(name, roll.version) for name in roll.groups}
