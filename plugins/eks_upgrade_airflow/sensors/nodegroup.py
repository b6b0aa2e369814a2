"""Waiting for managed node groups: ready, deleted or stuck, gone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepSensor, run
from eks_upgrade_airflow.triggers.nodegroup import (
    EksNodegroupDeletionTrigger,
    EksNodegroupGoneTrigger,
    EksNodegroupReadyTrigger,
)
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.nodes.managed.new_group.readiness import enough_nodes
from include.eks_upgrade.verification.keeping import forget_baselines

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksNodegroupReadySensor(EksStepSensor):
    """Wait until a node group is ACTIVE and enough of its nodes are Ready at a version.

    Args:
        nodegroup_name: the group.
        desired_nodes: how many nodes it is to have.
        to_version: Kubernetes minor of their kubelets (`1.26`).
        ready_percent: percent of them that must be Ready.
        old_nodegroup_name: the group that it replaces, whose zones it must cover; empty: none.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields,
        "nodegroup_name", "desired_nodes", "to_version", "ready_percent", "old_nodegroup_name",
    )  # fmt: skip

    probes_first = True

    def __init__(
        self,
        *,
        nodegroup_name: str,
        desired_nodes: int,
        to_version: str,
        ready_percent: int = 100,
        old_nodegroup_name: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.desired_nodes = desired_nodes
        self.to_version = to_version
        self.ready_percent = ready_percent
        self.old_nodegroup_name = old_nodegroup_name

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until it is ready."""
        return self.wait_for(
            EksNodegroupReadyTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                nodegroup_name=self.nodegroup_name,
                wanted=enough_nodes(self.desired_nodes, self.ready_percent),
                to_version=self.to_version,
                old_nodegroup_name=self.old_nodegroup_name,
                health=self.health(
                    self.nodegroup_name, self.old_nodegroup_name, awaited=[self.nodegroup_name]
                ),
            )
        )


class EksNodegroupDeletionSensor(EksStepSensor):
    """Wait until the deletion has ended, has failed, or stalls; the recovery after it decides.

    `data` is `{"state": "gone" | "stuck", "why": sentence}`.

    Args:
        nodegroup_name: the old group.
        stall_minutes: minutes of deletion after which it counts as stuck.
        replacement_name: the new group, whose health is logged during the wait; empty: none.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields, "nodegroup_name", "stall_minutes", "replacement_name",
    )  # fmt: skip

    def __init__(
        self,
        *,
        nodegroup_name: str,
        stall_minutes: float = 60.0,
        replacement_name: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.stall_minutes = stall_minutes

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until there is something to decide."""
        return self.wait_for(
            EksNodegroupDeletionTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                nodegroup_name=self.nodegroup_name,
                stall_minutes=self.stall_minutes,
                health=self.health(self.replacement_name),
            )
        )


class EksNodegroupGoneSensor(EksStepSensor):
    """Wait until a node group, its Auto Scaling group and its instances are all gone.

    Then what was written down of its workloads before the drain is taken away.

    Args:
        nodegroup_name: the old group.
        asg_name: its Auto Scaling group, as it was before the deletion; empty: none.
        replacement_name: the new group, whose health is logged during the wait; empty: none.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields, "nodegroup_name", "asg_name", "replacement_name",
    )  # fmt: skip

    probes_first = True

    def __init__(
        self,
        *,
        nodegroup_name: str,
        asg_name: str | None = None,
        replacement_name: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.asg_name = asg_name

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until nothing of it is left."""
        waited = self.wait_for(
            EksNodegroupGoneTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                nodegroup_name=self.nodegroup_name,
                asg_name=self.asg_name or None,
                health=self.health(self.replacement_name),
            )
        )
        return self._forget(waited)

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """Take the baseline away once the group is gone."""
        return self._forget(super().after_wait(context, event))

    def _forget(self, waited: StepResult) -> StepResult:
        run(self._forget_baselines())
        return waited

    async def _forget_baselines(self) -> None:
        async with KubeClient(self.access) as kube:
            await forget_baselines(kube, lambda kept: kept.group == self.nodegroup_name)
