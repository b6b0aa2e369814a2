"""Waiting for the update of a control plane."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepSensor
from eks_upgrade_airflow.triggers.update import EksUpdateTrigger
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksClusterUpdateSensor(EksStepSensor):
    """Wait for one very update of a cluster.

    Args:
        update_id: as EKS returned it; empty or None: there is none to wait for.
        replaced: node groups of the run, whose health is logged during the wait; as
            `EksClusterVerifiedSensor` takes them.
        cancelled: whether the update was asked to be cancelled, which is then waited for.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields, "update_id", "replaced", "cancelled",
    )  # fmt: skip

    def __init__(
        self,
        *,
        update_id: str | None,
        replaced: Sequence[Mapping[str, str]] = (),
        cancelled: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.update_id = update_id
        self.replaced = replaced
        self.cancelled = cancelled

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until the update has ended."""
        if not self.update_id:
            return StepResult("no update of the control plane is running or needed")
        return self.wait_for(
            EksUpdateTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                update_id=self.update_id,
                cancelled=self.cancelled,
                health=self.health(*(each["name"] for each in self.replaced)),
            )
        )
