"""The fewest Ready pods that each workload had during a drain, against what its budget allows.

The proof that nothing went down because of the drain. A pod that is told to stop counts as not
Ready from that moment, as it does for a disruption budget. No I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.drain.availability.families import Families
from include.eks_upgrade.drain.availability.implied import ImpliedBudget
from include.eks_upgrade.kube.objects import Budget


@dataclass(frozen=True, kw_only=True, slots=True)
class LowestReady:
    """One workload.

    Attributes:
        workload: its family.
        before: its Ready pods when the drain began.
        lowest: the fewest there were since.
        keeps: how many had to stay Ready at that moment.
        rule: what said so: `budget shop/web (maxUnavailable 1)`, or a strategy of its own.
    """

    workload: str
    before: int
    lowest: int
    keeps: int
    rule: str

    @property
    def below(self) -> bool:
        """Whether it fell below what was allowed, and not because it had been so before."""
        return self.lowest < min(self.keeps, self.before)

    def as_json(self) -> dict[str, Any]:
        """Keys are the attribute names."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class _Seen:
    """What was seen of one workload so far, at the moment when it was nearest to its limit."""

    before: int
    lowest: int
    implied: ImpliedBudget


class LowestReadyBook:
    """Writes down, after each change of a workload's pods, how many are Ready.

    Args:
        families: the workloads of the cluster.
    """

    def __init__(self, families: Families) -> None:
        self.families = families
        self._seen: dict[str, _Seen] = {}

    def note(self, family: str) -> None:
        """Something has changed about this workload, which has or had pods to move."""
        ready, implied = self.families.ready(family), self.families.budget(family)
        seen = self._seen.setdefault(family, _Seen(before=ready, lowest=ready, implied=implied))
        # The margin decides, not the number: a workload that was scaled down to two has two Ready
        # pods and misses none.
        if ready - implied.keeps < seen.lowest - seen.implied.keeps:
            seen.lowest, seen.implied = ready, implied

    def rows(self, budgets: Mapping[str, Budget]) -> list[LowestReady]:
        """Every workload, those nearest to their limit first.

        Args:
            budgets: by family, the disruption budget over it.
        """
        rows = [_row(family, seen, budgets.get(family)) for family, seen in self._seen.items()]
        return sorted(rows, key=lambda row: (row.lowest - row.keeps, row.workload))


def _row(family: str, seen: _Seen, budget: Budget | None) -> LowestReady:
    keeps, rule = seen.implied.keeps, seen.implied.rule
    if budget is not None:
        # What it lets go may all be of this workload, even if it covers others as well.
        keeps = max(0, seen.implied.wanted - (budget.expected - budget.desired))
        rule = f"budget {budget} ({budget.limit})"
    return LowestReady(
        workload=family, before=seen.before, lowest=seen.lowest, keeps=keeps, rule=rule
    )
