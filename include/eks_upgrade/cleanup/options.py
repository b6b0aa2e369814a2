"""What is wrong with the parameters of a release, before anything is looked at. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.planning.preflight.rules.options import drain_problems, time_problems
from include.eks_upgrade.request import UpgradeRequest


def release_problems(options: Raw) -> list[Problem]:
    """Every contradiction in what was chosen.

    Args:
        options: by the names of docs/parameters.md; what is not there has its default.
    """
    request = UpgradeRequest.from_params(options)
    found = list(time_problems({"poll_seconds": request.limits.poll_seconds}))
    if options.get("return_to_old_nodes"):
        return [*found, *drain_problems(request.drain)]
    return [*found, *_deletion(options)]


def _deletion(options: Raw) -> Iterator[Problem]:
    """A new group is deleted only once it was emptied, which nobody has asked for."""
    if options.get("delete_new_groups"):
        what = "it is on and return_to_old_nodes is not, so no new node group would be emptied"
        remedy = "set return_to_old_nodes too, or leave delete_new_groups off"
        yield Problem("delete_new_groups", what, remedy)
