"""What a drain knows about each pod it has met: asked for, refused, leaving, gone. No I/O.

A pod is known by its uid, so a StatefulSet pod that comes back under its old name is another.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from include.eks_upgrade.drain.blocked.model import BlockClass, Hold
from include.eks_upgrade.kube.objects import Budget, Pod

LONGEST_BACK_OFF = 10.0
"""Seconds, at most, between two tries of what was refused."""


class Fate(StrEnum):
    """How a pod left its node."""

    EVICTED = "evicted"
    DELETED = "deleted past its budget"
    RESTARTED = "moved by a restart of its rollout"
    BY_ITSELF = "left by itself"
    THERE = "still there"


@dataclass(slots=True)
class Entry:
    """One pod's story.

    Attributes:
        pod: as it was seen last.
        seen: epoch seconds at which the drain met it.
        asked: epoch seconds of the request that was accepted or is on its way; None otherwise.
        gone: epoch seconds at which it had left.
        fate: how, once it has been asked or has gone.
        refusals: how often its own eviction was refused for no budget's sake.
        not_before: epoch seconds until which it is left in peace after that.
        words: the server's at such a refusal.
        held: what holds it now, if anything does.
        waited: what held it last, for the account.
    """

    pod: Pod
    seen: float
    asked: float | None = None
    gone: float | None = None
    fate: Fate = Fate.THERE
    refusals: int = 0
    not_before: float = 0.0
    words: str = ""
    held: Hold | None = None
    waited: Hold | None = None


@dataclass(slots=True)
class Ledger:
    """The stories of all pods that have to leave.

    Attributes:
        entries: by uid, every pod met.
        present: the uids of those that are still there.
        evictions: how many evictions (or deletions) were asked for.
        refusals: how many of them a budget or the server refused.
        returned: by family, replacements that came to the nodes which are drained.
        passed: by budget, how earlier tries of this drain went past it (see `trace.py`).
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    present: dict[str, Pod] = field(default_factory=dict)
    evictions: int = 0
    refusals: int = 0
    ordinary: int = 0
    stirred: float = 0.0
    returned: Counter[str] = field(default_factory=Counter)
    passed: dict[str, set[Fate]] = field(default_factory=dict)
    _moved: set[str] = field(default_factory=set)

    def see(self, pod: Pod, now: float) -> Entry:
        """A pod that has to leave is there, or has changed."""
        entry = self.entries.get(pod.uid)
        if entry is None:
            entry = self.entries[pod.uid] = Entry(pod, now)
            if pod.family in self._moved:
                self.returned[pod.family] += 1
        if pod.uid not in self.present:
            self.ordinary += not pod.critical
            entry.gone = None
        self.present[pod.uid] = entry.pod = pod
        return entry

    def leave(self, uid: str, now: float) -> None:
        """A pod has gone from its node, or need not go any more."""
        pod = self.present.pop(uid, None)
        if pod is None:
            return
        self.ordinary -= not pod.critical
        self._stir(pod, now)
        entry = self.entries[uid]
        entry.gone = now
        if entry.asked is None and entry.fate is Fate.THERE:
            entry.fate = Fate.BY_ITSELF
        if pod.family and entry.asked is not None:
            self._moved.add(pod.family)

    def ask(self, pod: Pod, now: float, fate: Fate) -> Entry:
        """A request for this pod is on its way."""
        entry = self.entries[pod.uid]
        entry.asked, entry.fate = now, fate
        self.evictions += 1
        self._stir(pod, now)
        return entry

    def take_back(self, uid: str, *, refused: bool) -> None:
        """The request came to nothing; the pod may be asked for again."""
        entry = self.entries[uid]
        entry.asked, entry.fate = None, Fate.THERE
        self.refusals += refused

    def deny(self, uid: str, words: str, now: float, seconds: float) -> None:
        """The server refuses this very pod, for another reason than a budget."""
        entry = self.entries[uid]
        entry.refusals += 1
        entry.words, entry.not_before = words, now + seconds
        self.take_back(uid, refused=True)

    def is_last_stage(self, now: float, patience: float) -> bool:
        """Whether cluster-critical pods may go: the ordinary ones have gone, or none of them moves.

        Args:
            now: epoch seconds.
            patience: seconds without any ordinary pod moving after which they count as stuck.
        """
        return self.ordinary == 0 or now - self.stirred >= patience

    def hold(self, uid: str, hold: Hold | None, now: float) -> Hold | None:
        """Keep what holds a pod, with the time at which that cause began."""
        entry = self.entries[uid]
        before = entry.held
        if hold is not None:
            same = before is not None and before.cause is hold.cause
            hold = hold.began(before.since if same and before else now)
            if hold.cause is not BlockClass.SLOW_TO_STOP or entry.waited is None:
                entry.waited = hold
        entry.held = hold
        return hold

    def moved(self) -> Mapping[str, int]:
        """Pods that have gone, by node."""
        return Counter(entry.pod.node for entry in self.gone())

    def gone(self) -> Iterator[Entry]:
        """The pods that have gone."""
        return (entry for uid, entry in self.entries.items() if uid not in self.present)

    def to_move(self) -> Mapping[str, int]:
        """Pods that had or have to go, by node."""
        return Counter(entry.pod.node for entry in self.entries.values())

    def _stir(self, pod: Pod, now: float) -> None:
        if not pod.critical:
            self.stirred = now


@dataclass(slots=True)
class Spending:
    """Evictions that a budget's counts do not show yet.

    The API server first writes the pod's name into `status.disruptedPods` and lowers
    `disruptionsAllowed`, then deletes the pod (tests/recordings/watch.json): an eviction is
    spent from its request until a budget is seen that names the pod, or, when that was
    missed, until the pod is seen to leave and the budget to have changed.
    """

    _by_budget: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def spend(self, budget: Budget, pod: Pod) -> None:
        """An eviction under this budget is on its way."""
        spent = self._by_budget.setdefault(str(budget), {})
        spent[pod.uid] = (pod.name, budget.version)

    def give_back(self, budget: str, uid: str) -> None:
        """It was refused."""
        self._by_budget.get(budget, {}).pop(uid, None)

    def seen(self, budget: Budget, leaving: Mapping[str, bool]) -> None:
        """A budget has changed.

        Args:
            budget: as it is now.
            leaving: by uid, whether a pod is terminating or gone.
        """
        spent = self._by_budget.get(str(budget))
        for uid, (name, version) in list((spent or {}).items()):
            if name in budget.disrupted or (leaving.get(uid, True) and budget.version != version):
                self.give_back(str(budget), uid)

    def free(self, budget: Budget) -> int:
        """How many more evictions it allows."""
        return budget.allowed - len(self._by_budget.get(str(budget), ()))

    def on(self, budget: str) -> list[str]:
        """The uids that are spent on it."""
        return list(self._by_budget.get(budget, ()))
