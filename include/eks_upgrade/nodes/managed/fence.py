"""Fence an old node group: nothing new may start on it, and nobody may refill it.

Every node is cordoned; the group gets a NO_SCHEDULE taint for nodes that still join, and its
maximum is capped at its present size, so that no autoscaler brings evicted pods back to it, and
Auto Scaling itself evens out none of its zones meanwhile (`rebalance.py`). All of it carries our
mark (`marks.py`), so that it can be lifted and nothing else is.
The desired size is never lowered: EKS does not respect budgets when it shrinks a group
(https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html).

EKS takes taint and cap only of a group that is ACTIVE, and perhaps of one that is DEGRADED. Where
it does not take them the cordons alone are the fence: the drain cordons nodes that still join.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code, error_message
from include.eks_upgrade.aws.facts import status_text
from include.eks_upgrade.aws.node_groups import read_asg_of, read_node_group
from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.aws.updates.state import newest_in_progress
from include.eks_upgrade.common.errors import Busy
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.auto_scaling.rebalance import suspend_rebalance
from include.eks_upgrade.nodes.managed.marks import (
    KEY,
    Cap,
    cap_of,
    is_at_zero,
    mark_of,
    original_size,
    taint,
)
from include.eks_upgrade.verification.baseline import GroupId
from include.eks_upgrade.verification.keeping import first_baseline
from include.eks_upgrade.verification.look import take_baseline

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient


TAKES_NO_UPDATE = frozenset({"CREATE_FAILED", "DELETE_FAILED"})
"""States of a node group that nothing ends but its deletion, and in which EKS updates nothing."""


@dataclass(frozen=True)
class _Asked:
    """What became of the wish for taint and cap.

    Attributes:
        update_id: the update to wait for, None when there is none.
        began: whether it was started now.
        not_taken: the state in which EKS does not take it; empty otherwise.
    """

    update_id: str | None = None
    began: bool = False
    not_taken: str = ""


def fence_request(group: Raw, asg: Raw | None, nodes: Sequence[Node]) -> dict[str, Any] | None:
    """The request of UpdateNodegroupConfig, None when the group is fenced or EKS takes none of it.

    Args:
        group: raw DescribeNodegroup.
        asg: raw Auto Scaling group; its desired capacity is the live one.
        nodes: the group's nodes.

    Returns:
        Keyword arguments without the cluster's name: nodegroupName, taints, scalingConfig; of the
        latter the maximum alone, which EKS takes and holds against the sizes that it has
        (https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3306).
    """
    if group["status"] == "DELETING" or group["status"] in TAKES_NO_UPDATE:
        return None
    if is_at_zero(group):  # fenced before its nodes were taken away, and the mark tells their sizes
        return None
    request: dict[str, Any] = {}
    size, present = present_size(group, asg, nodes), int(group["scalingConfig"]["maxSize"])
    cap = Cap(original_size(group), min(size, present))
    if mark_of(group) is None or (present > size and cap_of(mark_of(group)) != cap):
        request["taints"] = {"addOrUpdateTaints": [taint(cap)]}
    if present > size:
        request["scalingConfig"] = {"maxSize": size}
    return {"nodegroupName": group["nodegroupName"], **request} if request else None


def present_size(group: Raw, asg: Raw | None, nodes: Sequence[Node]) -> int:
    """How many nodes the group has or is getting; 1 at least, as EKS wants a maximum of one."""
    scaling: Mapping[str, int] = group["scalingConfig"]
    live = (asg or {}).get("DesiredCapacity", 0)
    instances = (asg or {}).get("Instances") or ()
    return max(1, int(live), len(instances), len(nodes), scaling["desiredSize"], scaling["minSize"])


async def fence(
    clients: AwsClients,
    client: KubeClient,
    cluster: str,
    name: str,
    *,
    mark: str,
    seen: Raw | None = None,
) -> StepResult:
    """Fence a node group; harmless when run twice, and when the group is already gone.

    Args:
        clients: EKS and Auto Scaling are read and changed.
        client: the cluster's Kubernetes API.
        cluster: the cluster's name.
        name: the old node group.
        mark: who cordons: the run, left on each node that was not cordoned before.
        seen: the raw node group, where the caller has looked a moment ago. Before taint and cap
            are asked for it is looked at once more.

    Returns:
        A StepResult with data `{"update_id": str | None, "cordoned": int, "workloads": int}`:
        the update to wait for, how many nodes were cordoned now, and of how many workloads it is
        written down how they were before (`verification.keeping`).

    Raises:
        Busy: another update of the group is in progress; the nodes are cordoned.
        Refused: the baseline cannot be written down; nothing was touched.
        UpgradeError: as `aws_errors_about` and the Kubernetes client translate it.
    """
    group = seen or await asyncio.to_thread(read_node_group, clients.eks, cluster, name)
    if group is None or group["status"] == "DELETING":
        nothing = {"update_id": None, "cordoned": 0, "workloads": 0}
        return StepResult(f"node group {name} is already gone or going", data=nothing)
    asg = await asyncio.to_thread(read_asg_of, clients.autoscaling, group)
    nodes = await client.nodes(name)
    # Before the first cordon: what is taken later, by another try or run, has the damage in it.
    group_id, names = GroupId.of(group), {node.name for node in nodes}
    baseline, new = await first_baseline(
        client, group_id, lambda: take_baseline(client, group_id, names)
    )
    rested = await asyncio.to_thread(suspend_rebalance, clients.autoscaling, asg, mark)
    cordoned = sum([await client.cordon(node.name, mark) for node in nodes])
    with aws_errors_about(f"fencing node group {name} of cluster {cluster}"):
        asked = await asyncio.to_thread(
            _start_or_adopt, clients.eks, cluster, name, lambda raw: fence_request(raw, asg, nodes)
        )
    known = baseline.workloads
    data = {"update_id": asked.update_id, "cordoned": cordoned, "workloads": len(known)}
    text = (
        f"node group {name} is fenced: {len(nodes)} nodes cordoned ({cordoned} of them now);"
        f" how its {len(known)} workloads were is known since {baseline.taken_text}"
        f"{_aside(rested=rested, not_taken=asked.not_taken)}"
    )
    return StepResult(text, changed=bool(cordoned) or asked.began or new or rested, data=data)


def _aside(*, rested: bool, not_taken: str) -> str:
    """What else was done, or could not be, to be said behind the count of nodes."""
    text = ""
    if rested:
        text += "; Auto Scaling evens out none of its zones meanwhile (AZRebalance is suspended)"
    if not_taken:
        text += (
            f". EKS takes neither taint nor cap of it while it is {not_taken}: the drain "
            "cordons nodes that still join"
        )
    return text


def is_fencing(update: Raw) -> bool:
    """Whether a raw update of the group is the one that fences it: its params name our taint.

    EKS writes the taints of a request into the param TaintsToAdd, as JSON: see
    update-nodegroup-config-labels-taints of tests/recordings/aws.
    """
    return any(KEY in str(param.get("value")) for param in update.get("params") or ())


def _start_or_adopt(
    eks: "EKSClient",
    cluster: str,
    name: str,
    missing: Callable[[Raw], dict[str, Any] | None],
) -> _Asked:
    """Start the update that fences the group, unless it runs, is done or is not taken.

    Running updates are looked for before the group: what has ended by then, the group shows.
    """
    running = newest_in_progress(read_updates(eks, cluster, node_group=name))
    group = read_node_group(eks, cluster, name)
    request = None if group is None else missing(group)
    if running is not None:  # EKS takes one update of a group at a time
        if request is None or is_fencing(running):
            return _Asked(str(running["id"]))
        raise Busy(
            f"node group {name} cannot be fenced: its update {running['id']} ({running['type']})"
            " is still in progress and is not ours. Its nodes are cordoned, nothing else was"
            " changed. Try again when that update has ended"
        )
    if group is None or request is None:
        status = str((group or {}).get("status"))
        return _Asked(not_taken=status if status in TAKES_NO_UPDATE else "")
    try:
        update = eks.update_nodegroup_config(clusterName=cluster, **request)["update"]
    except ClientError as error:
        if group["status"] == "DEGRADED" and not_active(error):
            return _Asked(not_taken=status_text(group))
        raise
    return _Asked(update["id"], began=True)


def not_active(error: ClientError) -> bool:
    """Whether EKS says that it is the group's state: "…is currently not in Active State".

    Of a group that is DEGRADED that may last for months, and is not waited for.
    """
    in_use = error_code(error) == "ResourceInUseException"
    return in_use and "not in active state" in error_message(error).lower()
