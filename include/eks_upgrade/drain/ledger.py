"""What a drain knows about each pod it has met: asked for, refused, leaving, gone. No I/O.

A pod is known by its uid, so a StatefulSet pod that comes back under its old name is another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.drain.budgets import Budgets
from include.eks_upgrade.kube.eviction import Blocked, Closing, Denied, Evicted, EvictionAnswer
from include.eks_upgrade.kube.objects import Budget, Pod

FIRST_BACK_OFF = 1.0
LONGEST_BACK_OFF = 10.0
"""Seconds between two evictions of the same refused pod: doubling from the first to the longest."""


@dataclass
class Entry:
    """One pod's story.

    Attributes:
        asked: an eviction is in flight or was accepted.
        not_before: epoch seconds until which a refused pod is left in peace.
        words: the server's at the last refusal.
        spends: version, at the time of asking, of each budget that does not show it yet.
    """

    pod: Pod
    asked: bool = False
    refusals: int = 0
    not_before: float = 0.0
    words: str = ""
    spends: dict[str, str] = field(default_factory=dict)


class Ledger:
    """The stories of all pods that have to leave."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.present: dict[str, Pod] = {}
        self.refusals = 0

    def see(self, pods: Iterable[Pod]) -> None:
        """Take in which of the pods that have to leave are there now."""
        self.present = {pod.uid: pod for pod in pods}
        for uid, pod in self.present.items():
            entry = self.entries.setdefault(uid, Entry(pod))
            entry.pod = pod

    def candidates(self, now: float) -> list[Pod]:
        """The pods that may be asked for: not terminating, not asked for, not backing off."""
        return [
            pod
            for uid, pod in self.present.items()
            if not pod.terminating
            and not self.entries[uid].asked
            and self.entries[uid].not_before <= now
        ]

    def ask(self, pod: Pod, budgets: Budgets) -> None:
        """An eviction is on its way: its budgets are spent until their counts show it."""
        entry = self.entries[pod.uid]
        entry.asked = True
        entry.spends = {str(budget): budget.version for budget in budgets.over(pod)}

    def settle(self, pod: Pod, answer: EvictionAnswer, now: float) -> None:
        """The API server has answered."""
        entry = self.entries[pod.uid]
        match answer:
            case Evicted():
                entry.words = ""
            case Blocked(words, retry_after):
                self._refuse(entry, words, now, retry_after or 0.0)
            case Denied(words) | Closing(words):
                self._refuse(entry, words, now, 0.0)

    def fail(self, pod: Pod, words: str, now: float) -> None:
        """The eviction got no usable answer; it is asked for again later."""
        self._refuse(self.entries[pod.uid], words, now, 0.0)

    def in_flight(self, budgets: Budgets) -> Mapping[str, int]:
        """By budget, evictions whose effect its counts do not show yet.

        The API server first writes the pod's name into `status.disruptedPods` and lowers
        `disruptionsAllowed`, then deletes the pod (tests/recordings/watch.json).
        """
        for uid, entry in self.entries.items():
            for name, version in list(entry.spends.items()):
                budget = budgets.by_name.get(name)
                if budget is None or self._shown(uid, entry.pod, budget, version):
                    del entry.spends[name]
        return Counter(name for entry in self.entries.values() for name in entry.spends)

    def moved(self) -> Mapping[str, int]:
        """Pods that have gone, by node."""
        gone = (entry.pod for uid, entry in self.entries.items() if uid not in self.present)
        return Counter(pod.node for pod in gone)

    def to_move(self) -> Mapping[str, int]:
        """Pods that had or have to go, by node."""
        return Counter(entry.pod.node for entry in self.entries.values())

    def next_try(self, now: float) -> float:
        """Seconds until a pod that was refused may be asked for again; 60 at most."""
        dues = (
            self.entries[uid].not_before - now
            for uid, pod in self.present.items()
            if not pod.terminating and not self.entries[uid].asked
        )
        return max(0.0, min((due for due in dues if due > 0), default=60.0))

    def _shown(self, uid: str, pod: Pod, budget: Budget, version: str) -> bool:
        if pod.name in budget.disrupted:
            return True
        leaving = uid not in self.present or self.present[uid].terminating
        return leaving and budget.version != version

    def _refuse(self, entry: Entry, words: str, now: float, retry_after: float) -> None:
        self.refusals += 1
        back_off = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2**entry.refusals)
        entry.refusals = min(entry.refusals + 1, 10)
        entry.not_before = now + max(back_off, min(retry_after, LONGEST_BACK_OFF))
        entry.words = words
        entry.asked = False
        entry.spends = {}
