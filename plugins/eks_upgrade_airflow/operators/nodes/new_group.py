"""What operators share that take something away once the new node group can replace it."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import StepMixin, report_failure, run
from eks_upgrade_airflow.run.events import DONE, FAILED, LATE, error_of
from eks_upgrade_airflow.triggers.nodegroup import EksNodegroupReadyTrigger
from include.eks_upgrade.common.outcome import Done, Failed
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.nodes.managed.recheck import (
    NewGroup,
    NewGroupLook,
    look_at_new_group,
    new_group_refusal,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

READINESS_MINUTES = 30.0
"""How long a new group may take to be ready again: EKS gives a node 15 minutes to join."""

LOOK_SECONDS = 30.0


class AwaitsNewGroup(StepMixin):
    """Waits in the triggerer while the new group is not ready, then begins the step again.

    A node that is being replaced, or an update that EKS has begun, passes by itself. What does not
    pass is refused at once, and what has not passed in time is refused then.

    Attributes:
        readiness_minutes: how long it may take.
        deferrable: whether it waits in the triggerer; False holds the worker slot.
        new_group_notes: what EKS says of a new group that is ready and not well, for the report.
    """

    deferrable: bool = True
    new_group_notes: Sequence[str] = ()
    _ready_by: float | None = None

    def __init__(self, *, readiness_minutes: float = READINESS_MINUTES, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.readiness_minutes = readiness_minutes

    def await_new_group(self, old: str, new: NewGroup) -> RawDict | None:
        """Return the new group, raw, when it is ready; nothing was touched when this raises.

        Args:
            old: the nodes that are left alone until then, as the refusal names them.
            new: the new group.

        Raises:
            Refused: it will not be ready, or was not in time.
            TaskDeferred: it is waited for.
        """
        while True:
            look = run(look_at_new_group(self.clients, self.access, self.cluster_name, new))
            if isinstance(look.outcome, Done):
                self._tell_unwell(new.name, look.unwell)
                return look.group
            self._ready_by = self._ready_by or time.time() + float(self.readiness_minutes) * 60
            if isinstance(look.outcome, Failed) or time.time() >= self._ready_by:
                raise new_group_refusal(old, new.name, self._why(look))
            trigger = self._trigger(new, look.wanted)
            log = self.log  # type: ignore[attr-defined] # from the operator
            log.info("waiting, before node group '%s' is touched: %s", old, look.outcome.detail)
            if self.deferrable:
                self.defer(trigger=trigger, method_name="begin_again")  # type: ignore[attr-defined] # from the operator
            run(trigger.ended())

    def _tell_unwell(self, name: str, unwell: str) -> None:
        """It has its nodes, so nothing stops; log and report say it at once."""
        self.new_group_notes = [f"node group '{name}' is {unwell}"] if unwell else []
        for note in self.new_group_notes:
            self.log.warning("%s", note)  # type: ignore[attr-defined] # from the operator

    def begin_again(self, context: "Context", event: Mapping[str, Any]) -> dict[str, Any]:
        """Take the whole step again, whatever the wait came to: it looks for itself."""
        if event["state"] not in {DONE, FAILED, LATE}:
            with report_failure(context):
                raise error_of(event)
        self._ready_by = float(event["carry"])
        return self.execute(context)

    def _why(self, look: NewGroupLook) -> str:
        if isinstance(look.outcome, Failed):
            return look.outcome.detail
        minutes = f"{float(self.readiness_minutes):.0f} minutes"
        return f"{look.outcome.detail}, also after {minutes} of waiting"

    def _trigger(self, new: NewGroup, wanted: int) -> EksNodegroupReadyTrigger:
        by = self._ready_by or time.time()
        return EksNodegroupReadyTrigger.within(
            max(0.0, by - time.time()) / 60,
            self.address,
            poll_seconds=min(LOOK_SECONDS, float(self.readiness_minutes) * 60 / 10),
            nodegroup_name=new.name,
            wanted=wanted,
            to_version=new.to_version,
            old_nodegroup_name=new.zones_of,
            carry=by,
        )
