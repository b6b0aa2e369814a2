"""Fencing the old node group, so that nothing new starts on it while it is drained."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator, run
from eks_upgrade_airflow.operators.approval import AsksApproval
from eks_upgrade_airflow.operators.nodes.new_group import AwaitsNewGroup
from eks_upgrade_airflow.run.events import result_of
from eks_upgrade_airflow.run.lock import holder_of
from eks_upgrade_airflow.triggers.update import EksUpdateTrigger
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.node_groups import asg_name, read_node_group
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.nodes.managed.auto_scaling.copy_asg import copy_asg
from include.eks_upgrade.nodes.managed.fence import fence
from include.eks_upgrade.nodes.managed.recheck import NewGroup
from include.eks_upgrade.planning.approval.points import Point

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksFenceNodegroupOperator(AsksApproval, AwaitsNewGroup, EksStepOperator):
    """Cordon every node of the old group, taint it and cap its size; deferrable.

    What people set on its Auto Scaling group is copied to the new one's first, because from here
    on that is the one that grows; `data` has `copied` and `not_copied`. How the workloads are is
    written down in the cluster before the first cordon,
    for `EksWorkloadsSensor`.

    Args:
        nodegroup_name: the old group.
        replacement_name: the new group.
        to_version: Kubernetes minor of the new nodes (`1.26`).
        ready_percent: percent of the new nodes that must be Ready, looked at again.
        readiness_minutes: how long they are waited for when they are not at that moment.
        waiter_delay: seconds between two looks.
        limit_minutes: minutes EKS may take for the taint and the cap.
        before: what was broken before the run (`BrokenBefore.as_json`): both node groups and the
            cluster's add-ons are looked at during that wait, and it is logged when one is not well
            that was.
        hands_over: whether what people set on the old Auto Scaling group is copied to the new one.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "nodegroup_name", "replacement_name", "to_version", "ready_percent", "readiness_minutes",
        "waiter_delay", "limit_minutes", "before", *AsksApproval.approval_fields,
    )  # fmt: skip
    holds_lock = True
    point = Point.FENCE

    def __init__(  # noqa: PLR0913 - each an argument of its own, as Airflow takes them
        self,
        *,
        nodegroup_name: str,
        replacement_name: str,
        to_version: str,
        ready_percent: int = 100,
        waiter_delay: float = 30.0,
        limit_minutes: float = 30.0,
        before: Mapping[str, Any] | None = None,
        hands_over: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.hands_over = hands_over
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.to_version = to_version
        self.ready_percent = ready_percent
        self.waiter_delay = waiter_delay
        self.limit_minutes = limit_minutes
        self.before = before

    def step(self, context: "Context") -> StepResult:
        """Fence, then wait for EKS to have taken it in."""
        clients, access = self.clients, self.access
        old = read_node_group(clients.eks, self.cluster_name, self.nodegroup_name)
        if old is not None and old.get("status") != "DELETING":
            self.await_approval(context, old=self.nodegroup_name, new=self.replacement_name)
        copied = self._hand_over(clients, old)
        fenced = run(self._fence(clients, access, old, mark=holder_of(context)))
        changed = copied.changed or fenced.changed
        data = {**copied.data, **fenced.data, "notes": list(self.new_group_notes)}
        result = replace(fenced, changed=changed, data=data)
        if result.data["update_id"] is None:
            return result
        return self.wait_for(
            EksUpdateTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                update_id=result.data["update_id"],
                nodegroup_name=self.nodegroup_name,
                health=self.health(self.nodegroup_name, self.replacement_name),
                carry=result.as_json(),
            )
        )

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:  # noqa: ARG002 - Airflow's signature
        """The result of the fence, with the wait in it."""
        fenced, waited = StepResult.from_json(event["carry"]), result_of(event)
        obstacles, waits = fenced.obstacles + waited.obstacles, fenced.waits + waited.waits
        return replace(fenced, obstacles=obstacles, waits=waits)

    def _hand_over(self, clients: AwsClients, old: Raw | None) -> StepResult:
        """Nothing is fenced before the new group is ready; then it gets what people set."""
        if old is None:
            return StepResult("there is nothing to copy from")
        name = self.nodegroup_name
        wanted = NewGroup(self.replacement_name, self.to_version, self.ready_percent, zones_of=name)
        new = self.await_new_group(name, wanted)
        if not self.hands_over:
            return StepResult("nothing is copied to a group that has its own settings")
        old_asg, new_asg = asg_name(old), asg_name(new or {})
        if not old_asg or not new_asg:
            return StepResult("there is no Auto Scaling group to copy from, or to copy to")
        copied = copy_asg(clients, old_asg, new_asg)
        self.log.info("%s", copied.text)
        return copied

    async def _fence(
        self, clients: AwsClients, access: ClusterAccess, old: Raw | None, *, mark: str
    ) -> StepResult:
        name = self.nodegroup_name
        async with KubeClient(access) as kube:
            return await fence(clients, kube, self.cluster_name, name, mark=mark, seen=old)
