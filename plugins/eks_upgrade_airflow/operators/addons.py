"""Updating an EKS add-on, step by step where EKS wants steps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.run.events import result_of
from eks_upgrade_airflow.triggers.update import EksAddonUpdateTrigger
from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.addons.update import start_addon_update
from include.eks_upgrade.common.step_result import StepResult, once

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksUpdateAddonOperator(EksStepOperator):
    """Walk one add-on through versions, each waited for; deferrable.

    Args:
        addon_name: the EKS add-on.
        addon_versions: versions to set in turn; those it is at or beyond are passed over.
        resolve_conflicts: as UpdateAddon takes it (`PRESERVE`, `OVERWRITE`, `NONE`).
        waiter_delay: seconds between two looks.
        limit_minutes: minutes one update may take.
        replaced: node groups of the run, whose health is logged during the wait; as
            `EksClusterVerifiedSensor` takes them.
        back: whether the versions are older than what it is at.
        before: what was broken before the run (`BrokenBefore.as_json`): those node groups and the
            other add-ons are looked at, and it is logged when one is not well that was.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "addon_name", "addon_versions", "resolve_conflicts", "waiter_delay", "limit_minutes",
        "replaced", "before",
    )  # fmt: skip
    holds_lock = True

    def __init__(  # noqa: PLR0913 - each an argument of its own, as Airflow takes them
        self,
        *,
        addon_name: str,
        addon_versions: Sequence[str],
        resolve_conflicts: str = "PRESERVE",
        waiter_delay: float = 30.0,
        limit_minutes: float = 30.0,
        replaced: Sequence[Mapping[str, str]] = (),
        back: bool = False,
        before: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.addon_name = addon_name
        self.addon_versions = addon_versions
        self.resolve_conflicts = resolve_conflicts
        self.waiter_delay = waiter_delay
        self.limit_minutes = limit_minutes
        self.replaced = replaced
        self.back = back
        self.before = before

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Start the next update, or adopt a running one, or find that nothing is left."""
        return self._go_on(StepResult(""))

    def _go_on(self, met: StepResult) -> StepResult:
        """Begin the next wait; `met` is what the waits before it have brought."""
        way = AddonStep(
            name=self.addon_name,
            current="",
            versions=tuple(self.addon_versions),
            resolve_conflicts=self.resolve_conflicts,
            back=self.back,
        )
        update_id = start_addon_update(self.clients, self.cluster_name, way)
        if update_id is None:
            return replace(met, text=f"add-on '{self.addon_name}' is at {self.addon_versions[-1]}")
        return self.wait_for(
            EksAddonUpdateTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                update_id=update_id,
                addon_name=self.addon_name,
                health=self.health(
                    *(each["name"] for each in self.replaced), awaited=[self.addon_name]
                ),
                carry=met.as_json(),
            )
        )

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Take the next step of the walk."""
        met, done = StepResult.from_json(event.get("carry") or {}), result_of(event)
        rest = StepResult(
            "", obstacles=met.obstacles + done.obstacles, waits=met.waits + done.waits
        )
        versions = list(self.addon_versions)
        if done.data.get("version") != versions[-1]:
            rest = self._go_on(rest)
        return replace(
            rest,
            text=f"add-on '{self.addon_name}' updated to {versions[-1]}",
            changed=True,
            data={"name": self.addon_name, "versions": versions},
            obstacles=once(rest.obstacles),
        )
