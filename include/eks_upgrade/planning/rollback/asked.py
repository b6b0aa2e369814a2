"""What is asked of a run that takes a control plane back, and what is known."""

from dataclasses import dataclass
from datetime import datetime

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.updates.state import (
    ROLLBACK,
    VERSION_UPDATE,
    running_rollback,
    update_target,
)
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor, read_minor

MOVES = (VERSION_UPDATE, ROLLBACK)


@dataclass(frozen=True, kw_only=True)
class RollbackAsked:
    """One way back, as far as it is known.

    Attributes:
        target_version: as it was asked for; empty: the minor before the present one.
        addon_conflicts: as UpdateAddon's resolveConflicts.
        override_insights: EKS's own readiness checks do not stop it (AWS's `force`).
        facts: the cluster, kubelets included.
        insights: those of ROLLBACK_READINESS, those that stop it in full; None: they could not
            be read.
        moment: when it was read, with its zone.
    """

    facts: ClusterFacts
    moment: datetime
    target_version: str = ""
    addon_conflicts: str = "PRESERVE"
    override_insights: bool = False
    insights: tuple[Raw, ...] | None = ()

    @property
    def target(self) -> Minor:
        """The minor that it goes back to; the one before the present where nothing else is said."""
        running = self.running
        goes_to = read_minor(update_target(running)) if running else None
        return read_minor(self.target_version) or goes_to or self.facts.present.previous()

    @property
    def running(self) -> Raw | None:
        """The rollback that runs already."""
        return running_rollback(self.facts.updates)

    @property
    def last_move(self) -> Raw | None:
        """The last update that changed the control plane's version; None when EKS lists none."""
        moves = (one for one in self.facts.updates if one.get("type") in MOVES)
        return next((one for one in moves if one.get("status") == "Successful"), None)

    @property
    def done(self) -> bool:
        """Whether the cluster went back to the target already."""
        last = self.last_move
        at_target = self.facts.present == self.target
        return at_target and bool(last) and (last or {}).get("type") == ROLLBACK
