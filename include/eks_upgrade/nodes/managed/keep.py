"""Keeping an old node group for a while after its drain, fenced: as it is, or without nodes.

At zero its nodes cost nothing; what its sizes were stands in the mark that the fence has put on it
(`marks.py`), and goes there in the very update that takes them away. EKS does not respect budgets
when it shrinks a group, so whoever asks for it has seen first that nothing is left on the nodes.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.facts import status_text
from include.eks_upgrade.aws.node_groups import asg_name, read_asg, read_node_group
from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.aws.updates.state import newest_in_progress
from include.eks_upgrade.common.errors import Busy, Refused, refusal
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.nodes.managed.fence import is_fencing, not_active
from include.eks_upgrade.nodes.managed.marks import Cap, Kept, cap_of, is_at_zero, mark_of, taint

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient


def oldest_minor(kubelets: Iterable[str]) -> str:
    """The oldest minor of these kubelet versions (`v1.25.16-eks-1`); empty when none tells one."""
    minors = [minor for version in kubelets if (minor := read_minor(version))]
    return str(min(minors)) if minors else ""


def zero_request(group: Raw, asg: Raw | None, version: str = "") -> dict[str, Any] | None:
    """The request of UpdateNodegroupConfig that takes the nodes away; None when they are.

    Args:
        group: raw DescribeNodegroup of a group that is fenced.
        asg: its raw Auto Scaling group; its desired capacity is the live one.
        version: Kubernetes minor of its nodes (`1.25`); empty: not known.

    Returns:
        Keyword arguments without the cluster's name: nodegroupName, taints, scalingConfig.

    Raises:
        Refused: it is not fenced, so that nothing says what its sizes were, and new nodes of it
            would take pods.
    """
    cap, sizes = cap_of(mark_of(group)), group["scalingConfig"]
    if cap is None:
        raise _not_fenced(str(group["nodegroupName"]))
    if is_at_zero(group):
        return None
    live = int((asg or {}).get("DesiredCapacity", sizes["desiredSize"]))
    kept = Kept(int(sizes["minSize"]), max(live, int(sizes["desiredSize"])), version)
    return {
        "nodegroupName": group["nodegroupName"],
        "taints": {"addOrUpdateTaints": [taint(Cap(cap.original, cap.capped, kept))]},
        "scalingConfig": {"minSize": 0, "desiredSize": 0},
    }


def take_to_zero(clients: AwsClients, cluster: str, name: str, *, version: str = "") -> StepResult:
    """Take the nodes of a fenced group away, and remember its sizes in its mark.

    Harmless when run twice. The caller has seen that nothing is left on the nodes.

    Args:
        clients: EKS is read and changed, Auto Scaling read.
        cluster: the cluster's name.
        name: the old node group.
        version: see `zero_request`.

    Returns:
        A StepResult with data `{"update_id": str | None, "notes": [sentence]}`: the update to wait
        for, and why the group stays at its size where EKS takes no update of it.

    Raises:
        Busy: another update of the group is in progress.
        Refused: the group is not fenced.
        UpgradeError: as `aws_errors_about` translates it.
    """
    with aws_errors_about(f"node group {name} of cluster {cluster}"):
        running = newest_in_progress(read_updates(clients.eks, cluster, node_group=name))
        group = read_node_group(clients.eks, cluster, name)
        if group is None:
            return _result(f"node group {name} is gone", None)
        asg = asg_name(group)
        live = read_asg(clients.autoscaling, asg) if asg else None
        request = zero_request(group, live, version)
        if running is not None and (request is None or is_fencing(running)):
            return _result(f"node group {name} is being updated by us", str(running["id"]))
        if running is not None:
            raise Busy(
                f"node group {name} cannot be taken to zero: its update {running['id']} "
                f"({running['type']}) is still in progress and is not ours. Nothing was changed. "
                "Try again when that update has ended"
            )
        if request is None:
            return _result(f"node group {name} is at zero", None)
        return _start(clients.eks, cluster, group, request)


def _start(eks: "EKSClient", cluster: str, group: Raw, request: dict[str, Any]) -> StepResult:
    name, update = str(group["nodegroupName"]), eks.update_nodegroup_config
    try:
        update_id = str(update(clusterName=cluster, **request)["update"]["id"])
    except ClientError as error:
        if group.get("status") == "DEGRADED" and not_active(error):
            note = (
                f"node group {name} is kept at its size: EKS takes no update of it while it is "
                f"{status_text(group)}"
            )
            return StepResult(note, data={"update_id": None, "notes": [note]})
        raise
    sizes = group["scalingConfig"]
    text = (
        f"node group {name} is taken to zero nodes; that it had {sizes['desiredSize']} and at "
        f"least {sizes['minSize']} stands in its mark"
    )
    return StepResult(text, changed=True, data={"update_id": update_id, "notes": []})


def _result(text: str, update_id: str | None) -> StepResult:
    return StepResult(text, data={"update_id": update_id, "notes": []})


def _not_fenced(name: str) -> Refused:
    return refusal(
        "The old node group is not taken to zero",
        f"node group '{name}'",
        "it does not carry the mark of the fence, so nothing would say what its sizes were",
        f"repeat {Stage.FENCE.title}",
    )
