"""Letting a ring's clusters live with their new version before they are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.fleet.base import FileMixin, FleetOperator, left_by
from eks_upgrade_airflow.fleet.operators.ring import UPGRADE, ring_task
from eks_upgrade_airflow.fleet.operators.upgrade import WITHOUT_END_MINUTES
from eks_upgrade_airflow.fleet.triggers.bake import EksFleetBakeTrigger
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.fleet.judge_ring import STARTED, Outcome

if TYPE_CHECKING:
    from airflow.sdk import Context

POLL_SECONDS = 60.0


class EksFleetBakeOperator(FileMixin, FleetOperator):
    """Wait until the ring's last upgrade is `bake_minutes` old; deferred, without a slot.

    The moment follows from what the upgrades left: cleared or killed, it does not begin anew.

    Args:
        ring: its name.
        fleet_file: see `FileMixin`.
    """

    template_fields: Sequence[str] = ("ring", "fleet_file")
    probes_first = True

    def __init__(self, *, ring: str, fleet_file: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ring = ring
        self.fleet_file = fleet_file

    def step(self, context: "Context") -> StepResult:
        """Defer until it has baked."""
        last = last_end(left_by(context, ring_task(self.ring, UPGRADE)))
        if last is None:
            return StepResult(f"ring '{self.ring}': nothing was begun, so nothing bakes")
        minutes = self.read_ring(self.ring).bake_minutes
        until = last + minutes * 60
        trigger = EksFleetBakeTrigger(
            cluster_name="",
            aws_conn_id=None,
            region_name=None,
            poll_seconds=min(POLL_SECONDS, max(1.0, minutes * 6)),
            deadline=until + WITHOUT_END_MINUTES * 60,
            ring=self.ring,
            until=until,
        )
        return self._told(self.wait_for(trigger))

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """It has baked."""
        return self._told(super().after_wait(context, event))

    def _told(self, result: StepResult) -> StepResult:
        return replace(result, text=f"ring '{self.ring}' has baked", waits=())


def last_end(left: Sequence[Mapping[str, Any]]) -> float | None:
    """When the last upgrade of a ring ended, in epoch seconds; None when none was begun."""
    ended = [float(one["ended"]) for one in left if Outcome(one["outcome"]) in STARTED]
    return max(ended, default=None)
