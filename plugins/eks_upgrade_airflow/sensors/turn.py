"""Waiting for one's turn: node groups are replaced one after the other, not all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepSensor
from eks_upgrade_airflow.triggers.turn import EksNodegroupTurnTrigger
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context

WITHOUT_END_MINUTES = 365 * 24 * 60.0
"""The groups before have limits of their own, and where a person is asked nobody knows how long."""


class EksNodegroupTurnSensor(EksStepSensor):
    """Wait until it is this node group's turn among those that the run replaces.

    Deferred while it waits: no worker is held.

    Args:
        nodegroup_name: the old group.
        groups: all groups of the run in their order, each `{"nodegroup_name": ...}` as
            `EksPlanStepsOperator` lists them; the first is the canary.
        last_task_id: the last task of each group's replacement, mapped over the same list.
        max_groups_at_once: how many groups behind the canary are at work at the same time.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields,
        "nodegroup_name", "groups", "last_task_id", "max_groups_at_once",
    )  # fmt: skip

    probes_first = True

    def __init__(
        self,
        *,
        nodegroup_name: str,
        groups: Sequence[Mapping[str, Any]],
        last_task_id: str,
        max_groups_at_once: int = 2,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.groups = groups
        self.last_task_id = last_task_id
        self.max_groups_at_once = max_groups_at_once

    def step(self, context: "Context") -> StepResult:
        """Defer until it is so."""
        names = [str(group["nodegroup_name"]) for group in self.groups]
        return without_waits(
            self.wait_for(
                EksNodegroupTurnTrigger.within(
                    WITHOUT_END_MINUTES,
                    self.address,
                    poll_seconds=self.waiter_delay,
                    nodegroup_name=self.nodegroup_name,
                    groups_before=names[: names.index(self.nodegroup_name)],
                    at_once=self.max_groups_at_once,
                    dag_id=context["ti"].dag_id,
                    run_id=context["ti"].run_id,
                    last_task_id=self.last_task_id,
                )
            )
        )

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """Its turn has come."""
        return without_waits(super().after_wait(context, event))


def without_waits(result: StepResult) -> StepResult:
    """The report counts waits for AWS and drains; this one was for other groups of the run."""
    return replace(result, waits=())
