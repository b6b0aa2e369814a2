"""Waiting for the update of a control plane."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepSensor
from eks_upgrade_airflow.triggers.update import EksUpdateTrigger
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksClusterUpdateSensor(EksStepSensor):
    """Wait for the very update that the step before started or adopted.

    Args:
        started: result of that step; its `data["update_id"]` is None when none was needed.
    """

    template_fields: Sequence[str] = (*EksStepSensor.template_fields, "started")

    def __init__(self, *, started: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.started = started

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until the update has ended."""
        update_id = self.started["data"].get("update_id")
        if update_id is None:
            return StepResult("no update of the control plane is running or needed")
        return self.wait_for(
            EksUpdateTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                update_id=update_id,
            )
        )
