"""Overrides: parameters that a run of `eks_upgrade` would refuse are refused here already."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.fleet.file.finding import Finding, Place
from include.eks_upgrade.fleet.file.model import Override
from include.eks_upgrade.planning.preflight.kinds import PLACE_PARAMETERS, parameter_problems

BY_THE_FLEET = (*PLACE_PARAMETERS, "target_version")
_REMEDIES = {
    "target_version": "say under `target` where to go",
    "aws_conn_id": "write it at the account",
    "role_arn": "write it at the account",
}


def override_findings(overrides: Sequence[Override]) -> Iterator[Finding]:
    """What is wrong with the parameters of each override."""
    for number, override in enumerate(overrides):
        place = ("overrides", number, "parameters")
        others = [each.parameters for each in overrides if each is not override]
        yield from _chosen_by_the_fleet(override.parameters, place)
        for problem in lasting_problems(override.parameters, others):
            yield _finding(problem, override.parameters, place)


def lasting_problems(own: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Problems of an override that no other override could lift.

    `may_delete_asg` needs `may_unprotect`, which another override may give to the same clusters.
    """
    parameters = {name: value for name, value in own.items() if name not in BY_THE_FLEET}
    found = parameter_problems(parameters)
    for other in others if found else ():
        together = {name: value for name, value in other.items() if name not in BY_THE_FLEET}
        still = parameter_problems({**together, **parameters})
        found = [one for one in found if one in still]
    return found


def _chosen_by_the_fleet(parameters: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    for name in BY_THE_FLEET:
        if name in parameters:
            remedy = _REMEDIES.get(name, "say under `clusters` of the override whom it is for")
            what = f"{name} is chosen by the fleet for each cluster"
            yield Finding((*place, name), what, f"take it away; {remedy}")


def _finding(problem: Problem, parameters: Mapping[str, Any], place: Place) -> Finding:
    named = [name for name in parameters if problem.subject in {name, f"parameter {name!r}"}]
    where = (*place, named[0]) if named else place
    about = "" if named else f"{problem.subject}: "
    return Finding(where, f"{about}{problem.what}", problem.remedy)
