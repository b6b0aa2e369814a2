"""How far a drain is, in words for a log: one line of state, and what is new."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from include.eks_upgrade.drain.blocked.model import BlockClass, Hold, some

NEWS = 10
"""Lines of news at most in one telling; the rest is counted."""

ALIKE = 5
"""Pods that are blocked by the same thing are told of one by one up to as many."""


@dataclass(frozen=True, slots=True)
class NodeProgress:
    """One node's share.

    Attributes:
        moved: pods that have left it since the drain began. to_move: pods that had to.
        set_aside: what is left on it is blocked; the drain goes on elsewhere and comes back.
    """

    name: str
    moved: int
    to_move: int
    set_aside: bool = False

    @property
    def left(self) -> int:
        """Pods that are still to leave."""
        return self.to_move - self.moved


@dataclass(frozen=True, slots=True)
class DrainProgress:
    """The whole drain at one moment.

    Attributes:
        title: what is drained.
        leaving: pods that have been told to go and are still there.
        holds: what holds each pod that waits, budgets that are only full now among them.
        blocks: those of them that will hardly pass by waiting.
        refusals: evictions that were refused so far.
        seconds: since the drain began.
        news: what is new since the last telling.
    """

    title: str
    nodes: tuple[NodeProgress, ...]
    leaving: int = 0
    holds: tuple[Hold, ...] = ()
    blocks: tuple[Hold, ...] = ()
    refusals: int = 0
    seconds: float = 0.0
    news: tuple[str, ...] = ()

    @property
    def moved(self) -> int:
        """Pods that have left."""
        return sum(node.moved for node in self.nodes)

    @property
    def to_move(self) -> int:
        """Pods that had to leave."""
        return sum(node.to_move for node in self.nodes)

    def differs_from(self, other: "DrainProgress | None") -> bool:
        """Whether there is something new to tell; time and a budget's counts are nothing new."""
        return other is None or self._gist() != other._gist()

    def with_news(self, news: tuple[str, ...]) -> "DrainProgress":
        """The same, with what is new."""
        return replace(self, news=news)

    def lines(self) -> list[str]:
        """What to log now: the news, then the state in one line."""
        return [*self.news, self.line]

    @property
    def line(self) -> str:
        """The state in one line."""
        done = sum(node.left == 0 for node in self.nodes)
        parts = [
            f"{done} of {len(self.nodes)} nodes empty",
            f"{self.moved} of {self.to_move} pods gone",
        ]
        if self.leaving:
            parts.append(f"{self.leaving} stopping")
        aside = sum(node.set_aside for node in self.nodes)
        if aside:
            parts.append(f"{aside} node(s) set aside")
        waiting = f"; waiting: {self._waiting()}" if self.holds else ""
        return f"drain of {self.title}: {', '.join(parts)}{waiting}; {self.seconds:.0f} s"

    def _waiting(self) -> str:
        by_class: dict[BlockClass, list[Hold]] = {}
        for hold in self.holds:
            by_class.setdefault(hold.cause, []).append(hold)
        return ", ".join(_class_words(kind, holds) for kind, holds in sorted(by_class.items()))

    def _gist(self) -> tuple[object, ...]:
        return self.moved, self.to_move, self.leaving, frozenset(map(_identity, self.blocks))


def news_between(
    before: DrainProgress | None, now: DrainProgress, gone: Mapping[str, float]
) -> tuple[str, ...]:
    """What has changed since the last telling, in lines; at most `NEWS` and a count.

    Args:
        before: what was told last.
        now: what is to be told.
        gone: by uid, how many seconds a pod that has left was there.
    """
    lines = [*_empty_nodes(before, now), *_new_blocks(before, now), *_lifted(before, now, gone)]
    more = [f"and {len(lines) - NEWS} more changes"] if len(lines) > NEWS else []
    return (*lines[:NEWS], *more)


def _empty_nodes(before: DrainProgress | None, now: DrainProgress) -> list[str]:
    if before is None:
        return []
    was = {node.name: node.left for node in before.nodes}
    return [
        f"node {node.name} is empty: {node.moved} pods have left it"
        for node in now.nodes
        if node.left == 0 and was.get(node.name, 0) > 0
    ]


def _new_blocks(before: DrainProgress | None, now: DrainProgress) -> list[str]:
    known = set(map(_identity, before.blocks)) if before else set()
    alike: dict[tuple[BlockClass, str], list[Hold]] = {}
    for hold in now.blocks:
        if _identity(hold) not in known:
            what = ",".join(hold.budgets) or hold.text
            alike.setdefault((hold.cause, what), []).append(hold)
    lines = []
    for holds in alike.values():
        if len(holds) <= ALIKE:
            lines += [f"blocked: {hold}" for hold in holds]
        else:
            pods = some([hold.pod for hold in holds])
            lines.append(f"blocked: {len(holds)} pods ({pods}); the first: {holds[0]}")
    return lines


def _lifted(
    before: DrainProgress | None, now: DrainProgress, gone: Mapping[str, float]
) -> list[str]:
    blocked = {hold.pod.uid for hold in now.blocks}
    lines = []
    for hold in before.blocks if before else ():
        if hold.pod.uid in blocked:
            continue
        seconds = gone.get(hold.pod.uid)
        end = "moves again" if seconds is None else f"has gone after {seconds:.0f} s"
        lines.append(f"no longer blocked: pod {hold.pod} {end}")
    return lines


def _identity(hold: Hold) -> tuple[str, BlockClass]:
    return hold.pod.uid, hold.cause


def _class_words(kind: BlockClass, holds: Iterable[Hold]) -> str:
    held = list(holds)
    budgets = Counter(name for hold in held for name in hold.budgets)
    if budgets and kind is BlockClass.BUDGET_FULL:
        names = some([name for name, _ in budgets.most_common()])
        return f"{len(held)} for room in {len(budgets)} budget(s) ({names})"
    return f"{len(held)} {kind} ({some([hold.pod for hold in held])})"
