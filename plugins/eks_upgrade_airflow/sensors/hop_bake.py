"""Letting a cluster live with its new minor before it goes to the next one."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepSensor
from eks_upgrade_airflow.triggers.hop_bake import EksHopBakeTrigger
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.verification.patience import WORSE_MINUTES

if TYPE_CHECKING:
    from airflow.sdk import Context

UNTIL_KEY = "until"
SETTLE_MINUTES = 60.0
"""For so long after the bake it may take until what is short for a moment is well again."""
LONGEST_PAUSE = 20.0


class EksHopBakeSensor(EksStepSensor):
    """Look at the cluster for as long as is asked for; deferred, without a slot.

    It skips itself where no next hop follows, or no bake is asked for. Killed or cleared, it does
    not begin anew: the moment is kept with the task.

    Args:
        bake_minutes: how long.
        known: `Known.as_json` of the plan; empty: no bake is asked for.
        worse_minutes: for so long a problem has to stand before it counts.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields, "bake_minutes", "known", "worse_minutes",
    )  # fmt: skip

    def __init__(
        self,
        *,
        bake_minutes: float = 0.0,
        known: Mapping[str, Any] | None = None,
        worse_minutes: float = WORSE_MINUTES,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bake_minutes = bake_minutes
        self.known = known
        self.worse_minutes = worse_minutes

    def step(self, context: "Context") -> StepResult:
        """Defer until it has baked."""
        if not self.known:
            raise AirflowSkipException("no bake between hops is asked for, or no hop follows")
        store = context["task_state_store"]
        kept: Any = store.get(UNTIL_KEY)
        until = float(kept or time.time() + self.bake_minutes * 60)
        store.set(UNTIL_KEY, until)
        minutes = max(0.0, until - time.time()) / 60 + SETTLE_MINUTES
        return self.wait_for(
            EksHopBakeTrigger.within(
                minutes,
                self.address,
                poll_seconds=min(LONGEST_PAUSE, self.waiter_delay),
                known=dict(self.known),
                until=until,
                worse_minutes=self.worse_minutes,
            )
        )
