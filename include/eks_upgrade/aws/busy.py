"""Why EKS says that a cluster is busy, as far as EKS lets anyone see. Changes nothing.

"ACTIVE and no update listed" does not mean "takes an update": AWS replaces the machines of
control planes and patches them without listing it, and answers 409 meanwhile
(https://github.com/aws/containers-roadmap/issues/2677 and 1500).
"""

from typing import TYPE_CHECKING

from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.aws.updates.state import (
    in_progress,
    rollback_problem,
    running_rollback,
    update_target,
)
from include.eks_upgrade.common.errors import Busy, Refused, UpgradeError

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

HIDDEN = (
    "; EKS lists no update of the cluster, so AWS itself is at work on the control plane, which "
    "it does not show. That has been seen to last for some tens of minutes"
)


def cluster_busy(eks: "EKSClient", cluster: str, subject: str, what: str) -> UpgradeError:
    """The error to raise after AWS refused a change because the cluster is busy.

    Args:
        eks: to read the cluster's updates.
        cluster: the cluster's name.
        subject: what was to be changed.
        what: AWS's refusal, in a sentence without its full stop.

    Returns:
        Busy, to be tried again in minutes; Refused when a rollback runs, which may take days.
    """
    updates = in_progress(read_updates(eks, cluster))
    rollback = running_rollback(updates)
    if rollback:
        return Refused(f"{subject} cannot be changed", [rollback_problem(rollback, cluster)])
    named = [f"{one['id']} ({one.get('type')} {update_target(one)})" for one in updates]
    running = f"; in progress: {', '.join(named)}" if named else HIDDEN
    return Busy(f"{subject}: {what}{running}. Nothing was changed; try again when it has ended")
