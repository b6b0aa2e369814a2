"""What an upgrade's own run has shown: never the colour of the run, only its proof. Pure."""

from dataclasses import dataclass

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.fleet.judge_ring import Outcome
from include.eks_upgrade.report.proof import Proof

UNTOUCHING = frozenset({Stage.PLAN.value, Stage.LOCK.value})
"""Where a run ends that has changed nothing."""


@dataclass(frozen=True)
class ChildEnd:
    """How one upgrade has ended, for its ring."""

    outcome: Outcome
    why: str


def child_end(proof: Proof | None, run_id: str) -> ChildEnd:
    """What a run that has ended amounts to.

    Args:
        proof: what it left; None: nothing.
        run_id: of the run.
    """
    if proof is None:
        why = f"its run {run_id} has ended and left no proof of what it reached"
        return ChildEnd(Outcome.FAILED, why)
    if proof.good:
        return ChildEnd(Outcome.HEALTHY, proof.message)
    why = proof.reason or proof.message
    if not proof.touched and proof.stage in UNTOUCHING:
        return ChildEnd(Outcome.NOT_TRIED, f"untouched: {why}")
    return ChildEnd(Outcome.FAILED, why)
