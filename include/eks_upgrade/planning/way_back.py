"""What going back would need, and until when it is possible: the last lines of a plan. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.time.durations import duration_text
from include.eks_upgrade.nodes.managed.keep_at import ZERO
from include.eks_upgrade.request import UpgradeRequest

DAYS = 7
"""How long EKS takes an upgrade of a control plane back, in days:
https://docs.aws.amazon.com/eks/latest/userguide/rollback-cluster.html"""


def way_back_lines(request: UpgradeRequest, *, control_plane: bool, groups: int) -> Iterator[str]:
    """What can be undone of this run, a line each.

    Args:
        request: what was asked for.
        control_plane: whether the control plane is moved.
        groups: how many node groups are replaced.
    """
    if groups:
        yield f"going back with the nodes: {_nodes(request)}"
    if control_plane:
        yield (
            f"going back with the control plane: one minor, within {DAYS} days, if EKS's insights "
            "of ROLLBACK_READINESS allow it and no node is newer than it is then: the nodes go "
            "back first"
        )


def _nodes(request: UpgradeRequest) -> str:
    minutes = request.keep_old_group_minutes
    if not minutes:
        return (
            "until its old group is deleted, as soon as its workloads are as well as before; "
            "keep_old_group_minutes gives more time"
        )
    whole = float(minutes).is_integer()
    time = counted(int(minutes), "minute") if whole else duration_text(minutes * 60)
    kept = f"until its old group is deleted, {time} after its drain"
    if request.keep_old_group_at == ZERO:
        return (
            f"{kept}; it is kept without nodes, so new ones of the old version are needed, with "
            "their image, capacity and addresses"
        )
    return f"{kept}; it is kept with its nodes"
