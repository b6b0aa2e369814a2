"""Waiting for managed node groups: ready, deleted or stuck, gone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepSensor
from eks_upgrade_airflow.triggers.nodegroup import (
    EksNodegroupDeletionTrigger,
    EksNodegroupGoneTrigger,
    EksNodegroupReadyTrigger,
)
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.nodes.managed.readiness import enough_nodes

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksNodegroupReadySensor(EksStepSensor):
    """Wait until the new group is ACTIVE and enough of its nodes are Ready at the target version.

    Args:
        group_step: the plan's step of this node group.
        created: result of the step that made or adopted it.
        ready_percent: percent of its nodes that must be Ready.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields, "group_step", "created", "ready_percent",
    )  # fmt: skip

    looks_first = True

    def __init__(
        self,
        *,
        group_step: Mapping[str, Any],
        created: Mapping[str, Any],
        ready_percent: int = 100,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.group_step = group_step
        self.created = created
        self.ready_percent = ready_percent

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until it is ready."""
        return self.wait_for(
            EksNodegroupReadyTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                nodegroup_name=self.group_step["green"],
                wanted=enough_nodes(self.created["data"]["desired"], self.ready_percent),
                to_version=self.group_step["to_version"],
            )
        )


class EksNodegroupDeletionSensor(EksStepSensor):
    """Wait until the deletion has ended, has failed, or stalls; the branch after it decides.

    `data` is `{"state": "gone" | "stuck", "why": words}`.

    Args:
        nodegroup_name: the old group.
        stall_minutes: minutes of deletion after which it counts as stuck.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields, "nodegroup_name", "stall_minutes",
    )  # fmt: skip

    def __init__(self, *, nodegroup_name: str, stall_minutes: float = 25.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
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
            )
        )


class EksNodegroupGoneSensor(EksStepSensor):
    """Wait until the old group, its Auto Scaling group and its instances are all gone.

    Args:
        nodegroup_name: the old group.
        deleted: result of the deletion; its `data["asg"]` names the Auto Scaling group.
    """

    template_fields: Sequence[str] = (*EksStepSensor.template_fields, "nodegroup_name", "deleted")

    looks_first = True

    def __init__(self, *, nodegroup_name: str, deleted: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.deleted = deleted

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until nothing of it is left."""
        return self.wait_for(
            EksNodegroupGoneTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                nodegroup_name=self.nodegroup_name,
                asg_name=self.deleted["data"].get("asg"),
            )
        )
