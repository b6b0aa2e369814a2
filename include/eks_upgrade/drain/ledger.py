"""What a drain knows about each pod it has met: asked for, refused, leaving, gone. No I/O.

The engine owns the ledger. Whatever is known of one pod stands in its entry, and what its pods
have in common in the entry of their workload; everything else that counts or queues pods only
refers to entries.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from include.eks_upgrade.drain.blocked.model import Block, BlockClass
from include.eks_upgrade.drain.filters import FilterResult
from include.eks_upgrade.drain.order.precedence import Precedence, precedence_of
from include.eks_upgrade.drain.order.running_jobs import at_work
from include.eks_upgrade.kube.objects import Pod

LONGEST_BACK_OFF = 10.0
"""Seconds, at most, between two tries of what was refused."""

NEVER = float("-inf")
"""A time long before anything happened."""


class Fate(StrEnum):
    """How a pod left its node."""

    EVICTED = "evicted"
    DELETED = "deleted past its budget"
    RESTARTED = "moved by a restart of its rollout"
    BY_ITSELF = "left by itself"
    THERE = "still there"


@dataclass(slots=True)
class WorkloadEntry:
    """What the pods of one workload have in common, those that are gone among them.

    Attributes:
        left_at: epoch seconds at which one of its pods left the nodes last.
        evicted: whether one of them left because it was asked to.
        returned: replacements that came to the nodes which are drained.
        restarted: its rollout was restarted, or rolls anyhow.
        restart_note: why its rollout could not be restarted.
        restart_tried_at: epoch seconds of the last look at its rollout.
        on_their_way: pods that were asked to go and are still there.
        short_since: epoch seconds since when too few of its pods are Ready for the next to go;
            None while there are enough.
        impatient: it did not recover in time, and went on one pod at a time.
    """

    left_at: float = NEVER
    evicted: bool = False
    returned: int = 0
    restarted: bool = False
    restart_note: str = ""
    restart_tried_at: float = NEVER
    on_their_way: int = 0
    short_since: float | None = None
    impatient: bool = False


@dataclass(slots=True)
class PodEntry:
    """All that is known of one pod that has to leave.

    Attributes:
        pod: as it was seen last.
        workload: shared with the other pods of its workload.
        seen_at: epoch seconds at which the drain met it.
        asked_at: epoch seconds of the request that was accepted or is on its way; else None.
        gone_at: epoch seconds at which it had left; None while it is there.
        fate: how it left, once it has been asked or has gone.
        refusal: what the filters say of a pod that came late and may not be moved.
        budgets: names of the budgets over it, when it was last queued.
        queue: name of the queue it waits in; None when it waits for no turn.
        spent_under: the budget that does not show yet what this pod's eviction spent; empty
            when there is none. spent_version: that budget's version then.
        refusals: how often its own eviction was refused for no budget's sake.
        not_before: epoch seconds until which it is left in peace after that.
        message: the server's at such a refusal.
        precedence: which pods go before it, as it is counted.
        held: why it is not asked to go yet although nothing blocks it, to end a sentence; or empty.
        awaited: its Job was waited for. at_work: its Job was at work when it was asked to go.
        block: what blocks it now, if anything does.
        waited_for: what blocked it last, for the result.
    """

    pod: Pod
    workload: WorkloadEntry
    seen_at: float
    asked_at: float | None = None
    gone_at: float | None = None
    fate: Fate = Fate.THERE
    refusal: FilterResult | None = None
    budgets: tuple[str, ...] = ()
    queue: str | None = None
    spent_under: str = ""
    spent_version: str = ""
    refusals: int = 0
    not_before: float = 0.0
    message: str = ""
    precedence: Precedence = Precedence.ORDINARY
    held: str = ""
    awaited: bool = False
    at_work: bool = False
    block: Block | None = None
    waited_for: Block | None = None

    @property
    def leaving(self) -> bool:
        """Whether it has gone or is about to: there is nothing to ask it for any more."""
        return self.gone_at is not None or self.pod.terminating


@dataclass(slots=True)
class Ledger:
    """The entries of all pods that have to leave, and what they add up to.

    Attributes:
        began: epoch seconds at which the drain began.
        passed: by budget, how earlier tries of this drain went past it (see `passed_budgets.py`).
        entries: by uid, every pod met.
        present: by uid, the entries of those that are still there.
        staying: uids of DaemonSet pods that stay on their nodes.
        workloads: by `Pod.family`; pods without a controller are one workload.
        evictions: how many evictions (or deletions) were asked for.
        refusals: how many of them a budget or the server refused.
        last_move_at: by precedence, epoch seconds at which a pod last was asked to go, or left.
        deleted_at: epoch seconds of the last deletion past a budget.
    """

    # By uid, not by name: a StatefulSet's pod comes back under its old name on another node, and
    # is another pod, which must neither be counted nor evicted for the one that has gone.
    began: float = 0.0
    passed: Mapping[str, set[Fate]] = field(default_factory=dict)
    entries: dict[str, PodEntry] = field(default_factory=dict)
    present: dict[str, PodEntry] = field(default_factory=dict)
    staying: set[str] = field(default_factory=set)
    workloads: dict[str, WorkloadEntry] = field(default_factory=dict)
    evictions: int = 0
    refusals: int = 0
    last_move_at: dict[Precedence, float] = field(default_factory=dict)
    deleted_at: float = NEVER
    _left: dict[Precedence, Counter[str]] = field(
        default_factory=lambda: {place: Counter() for place in Precedence}
    )

    def __post_init__(self) -> None:
        # Before the first pod moves, patience with those before others counts from the beginning.
        self.last_move_at = dict.fromkeys(Precedence, self.began) | self.last_move_at

    def workload(self, pod: Pod) -> WorkloadEntry:
        """The entry of a pod's workload."""
        return self.workloads.setdefault(pod.family, WorkloadEntry())

    def see(self, pod: Pod, now: float, refusal: FilterResult | None = None) -> PodEntry:
        """A pod that has to leave is there, or has changed."""
        entry = self.entries.get(pod.uid)
        if entry is None:
            workload = self.workload(pod)
            entry = self.entries[pod.uid] = PodEntry(pod, workload, now)
            # Only after an eviction is a new pod a replacement that came back. Without one it is
            # another replica that the drain has simply not seen before. It may come while the one
            # it replaces still stops.
            stopping = bool(pod.family) and workload.on_their_way > 0
            workload.returned += workload.evicted or stopping
        if pod.uid not in self.present:
            entry.precedence = precedence_of(pod, now)
            self._left[entry.precedence][pod.node] += 1
            # It can come back into the ledger: a node leaves the target and joins it again.
            entry.gone_at = None
            entry.workload.on_their_way += entry.asked_at is not None
            self.present[pod.uid] = entry
        self.staying.discard(pod.uid)
        self._count_anew(entry, precedence_of(pod, now))
        entry.pod, entry.refusal = pod, refusal
        return entry

    def leave(self, pod: Pod, now: float) -> PodEntry | None:
        """A pod has gone from its node, or need not go any more; None when it was not awaited."""
        self.staying.discard(pod.uid)
        entry = self.present.pop(pod.uid, None)
        if entry is None:
            return None
        self._take_off(entry)
        self.last_move_at[entry.precedence] = now
        entry.gone_at, entry.refusal, entry.workload.left_at = now, None, now
        if entry.asked_at is not None:
            entry.workload.on_their_way -= 1
        else:
            # Nobody asked for it. Where its rollout was restarted, that is what took it away.
            entry.fate = Fate.RESTARTED if entry.workload.restarted else Fate.BY_ITSELF
        if pod.family and entry.asked_at is not None:
            # Pods without a controller share the family "" and have no replacements.
            entry.workload.evicted = True
        return entry

    def stay(self, pod: Pod) -> None:
        """A DaemonSet's pod is left on its node."""
        self.staying.add(pod.uid)

    def ask(self, entry: PodEntry, now: float, fate: Fate) -> None:
        """A request for this pod is on its way."""
        # Before there is an answer: a watch may show the pod terminating, or gone, while the
        # request still waits, and then it must be known that it went because it was asked to.
        entry.workload.on_their_way += entry.asked_at is None
        entry.asked_at, entry.fate = now, fate
        self.evictions += 1
        entry.at_work = at_work(entry.pod)
        self.last_move_at[entry.precedence] = now

    def take_back(self, entry: PodEntry, *, refused: bool) -> None:
        """The request came to nothing; the pod may be asked for again."""
        if entry.asked_at is not None and entry.gone_at is None:
            entry.workload.on_their_way -= 1
        entry.asked_at, entry.fate, entry.at_work = None, Fate.THERE, False
        self.refusals += refused

    def deny(self, entry: PodEntry, message: str, now: float, seconds: float) -> None:
        """The server refuses this very pod, for another reason than a budget."""
        # On the entry and not on its queue: a webhook's quarrel with one pod says nothing about
        # the others under the same budget, and they must not wait for it.
        entry.refusals += 1
        entry.message, entry.not_before = message, now + seconds
        self.take_back(entry, refused=True)

    def is_turn_of(
        self,
        precedence: Precedence,
        now: float,
        patience: float,
        nodes: Collection[str] | None = None,
    ) -> bool:
        """Whether pods of a precedence may go: those before them have gone, or none of them moves.

        Args:
            precedence: of the pods that want to go.
            now: epoch seconds.
            patience: seconds without any pod moving after which those before count as stuck.
            nodes: those on which they count; None: all.
        """
        before = [place for place in Precedence if place < precedence]
        if not any(self.left(place, nodes) for place in before):
            return True
        # Without this one ordinary pod that is blocked for good would keep CoreDNS on the old
        # nodes until the deadline, and its node would never be set aside as done.
        return now - max(self.last_move_at[place] for place in before) >= patience

    def left(self, precedence: Precedence, nodes: Collection[str] | None = None) -> int:
        """How many pods of a precedence are still there, on some nodes or on all."""
        counted = self._left[precedence]
        return counted.total() if nodes is None else sum(counted[name] for name in nodes)

    def left_on(self) -> Mapping[str, int]:
        """How many pods are still there, by node."""
        return sum(self._left.values(), Counter())

    def set_block(self, entry: PodEntry, block: Block | None, now: float) -> Block | None:
        """Keep what blocks a pod, with the time at which that cause began."""
        before = entry.block
        if block is not None:
            # The same cause goes on although its sentence changes with every count of the budget;
            # otherwise nothing would ever have lasted long enough to count.
            same = before is not None and before.cause is block.cause
            block = block.began(before.since if same and before else now)
            # Stopping comes last for every pod, and would hide what it had waited for until then.
            if block.cause is not BlockClass.SLOW_TO_STOP or entry.waited_for is None:
                entry.waited_for = block
        entry.block = block
        return block

    def gone(self) -> Iterator[PodEntry]:
        """The pods that have gone."""
        return (entry for entry in self.entries.values() if entry.gone_at is not None)

    def moved(self) -> Mapping[str, int]:
        """Pods that have gone, by node."""
        return Counter(entry.pod.node for entry in self.gone())

    def to_move(self) -> Mapping[str, int]:
        """Pods that had or have to go, by node."""
        return Counter(entry.pod.node for entry in self.entries.values())

    def _count_anew(self, entry: PodEntry, precedence: Precedence) -> None:
        # Protection is an annotation, which anybody may put on or take off meanwhile.
        if precedence is not entry.precedence:
            self._take_off(entry)
            entry.precedence = precedence
            self._left[precedence][entry.pod.node] += 1

    def _take_off(self, entry: PodEntry) -> None:
        counted, node = self._left[entry.precedence], entry.pod.node
        counted[node] -= 1
        if counted[node] <= 0:
            del counted[node]
