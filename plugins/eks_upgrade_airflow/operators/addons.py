"""Updating an EKS add-on to the version the plan chose, step by step where EKS wants steps."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.run.events import result_of
from eks_upgrade_airflow.triggers.update import EksAddonUpdateTrigger
from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.addons.update import start_addon_update
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksUpdateAddonOperator(EksStepOperator):
    """Walk one add-on through the versions of its plan step; deferrable.

    Args:
        addon_step: `{"name", "current", "versions", "resolve_conflicts", "role_arn"}`.
        waiter_delay: seconds between two looks.
        limit_minutes: minutes one update may take.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields, "addon_step", "waiter_delay", "limit_minutes",
    )  # fmt: skip
    holds_lock = True

    def __init__(
        self,
        *,
        addon_step: Mapping[str, Any],
        waiter_delay: float = 30.0,
        limit_minutes: float = 30.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.addon_step = addon_step
        self.waiter_delay = waiter_delay
        self.limit_minutes = limit_minutes

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Start the next update, or adopt a running one, or find that nothing is left."""
        wanted = AddonStep.from_json(self.addon_step)
        update_id = start_addon_update(self.clients, self.cluster_name, wanted)
        if update_id is None:
            return StepResult(f"add-on '{wanted.name}' is at {wanted.versions[-1]}")
        return self.wait_for(
            EksAddonUpdateTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                update_id=update_id,
                addon_name=wanted.name,
            )
        )

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """Take the next step of the walk."""
        done = result_of(event)
        rest = self.step(context)
        text = f"add-on '{self.addon_step['name']}' updated to {self.addon_step['versions'][-1]}"
        return StepResult(
            text, changed=True, data=dict(self.addon_step), waits=done.waits + rest.waits
        )
