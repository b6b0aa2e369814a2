"""How far a drain is, in lines for a log: one of the present state, and what is new."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import first_few, first_lines
from include.eks_upgrade.drain.blocked.model import MAX_LISTED_NAMES, Block, BlockClass

MAX_LISTED_CHANGES = 10
"""Lines of what is new at most in one report; the rest is counted."""

MAX_LISTED_ALIKE = 5
"""Pods that are blocked by the same thing are listed one by one up to as many."""


@dataclass(frozen=True, slots=True)
class NodeProgress:
    """One node's share.

    Attributes:
        moved: pods that have left it since the drain began. to_move: pods that had to.
        set_aside: what is left on it is blocked; the drain goes on elsewhere and comes back.
        excluded: it is out of the load balancers.
    """

    name: str
    moved: int
    to_move: int
    set_aside: bool = False
    excluded: bool = False

    @property
    def left(self) -> int:
        """Pods that are still to leave."""
        return self.to_move - self.moved


@dataclass(frozen=True, slots=True)
class DrainProgress:
    """The whole drain at one moment.

    Attributes:
        title: what is drained.
        leaving: pods that have been asked to go and are still there.
        blocks: what blocks each pod that waits, budgets that are only full now among them.
        lasting: those of them that will hardly pass by waiting.
        refusals: evictions that were refused so far.
        seconds: since the drain began.
        changes: what is new since the last report.
        nodes_to_come: nodes whose turn has not come (`nodes_at_once`).
        jobs: pods whose Jobs are at work and are waited for. jobs_until: how many seconds more.
    """

    title: str
    nodes: tuple[NodeProgress, ...]
    leaving: int = 0
    blocks: tuple[Block, ...] = ()
    lasting: tuple[Block, ...] = ()
    refusals: int = 0
    seconds: float = 0.0
    changes: tuple[str, ...] = ()
    nodes_to_come: int = 0
    jobs: tuple[str, ...] = ()
    jobs_until: float = 0.0

    @property
    def moved(self) -> int:
        """Pods that have left."""
        return sum(node.moved for node in self.nodes)

    @property
    def to_move(self) -> int:
        """Pods that had to leave."""
        return sum(node.to_move for node in self.nodes)

    def differs_from(self, other: "DrainProgress | None") -> bool:
        """Whether there is something new to report; time and a budget's counts are nothing new."""
        return other is None or self._essence() != other._essence()

    def with_changes(self, changes: tuple[str, ...]) -> "DrainProgress":
        """The same, with what is new."""
        return replace(self, changes=changes)

    def lines(self) -> list[str]:
        """What to log now: what is new, then the state in one line."""
        return [*self.changes, self.line]

    @property
    def line(self) -> str:
        """The state in one line."""
        done = sum(node.left == 0 for node in self.nodes)
        parts = [
            f"{done} of {len(self.nodes)} nodes empty",
            f"{self.moved} of {self.to_move} pods gone",
            *self._about_nodes(),
        ]
        if self.leaving:
            parts.insert(2, f"{self.leaving} stopping")
        if self.jobs:
            names = first_few(self.jobs, MAX_LISTED_NAMES)
            limit = f"for {self.jobs_until / 60:.0f} minutes more at most"
            parts.append(f"{len(self.jobs)} at work for Jobs and waited for, {limit} ({names})")
        waiting = f"; waiting: {self._waiting()}" if self.blocks else ""
        return f"drain of {self.title}: {', '.join(parts)}{waiting}; {self.seconds:.0f} s"

    def _about_nodes(self) -> list[str]:
        excluded = sum(node.excluded for node in self.nodes)
        aside = sum(node.set_aside for node in self.nodes)
        parts = [f"{excluded} out of the load balancers"] if excluded else []
        if self.nodes_to_come:
            held = f", held up by {aside} on which all that is left is blocked" if aside else ""
            parts.append(
                f"{counted(self.nodes_to_come, 'node waits for its', 'nodes wait for their')}"
                f" turn{held}"
            )
        elif aside:
            parts.append(f"{counted(aside, 'node')} set aside")
        return parts

    def _waiting(self) -> str:
        by_class: dict[BlockClass, list[Block]] = {}
        for block in self.blocks:
            by_class.setdefault(block.cause, []).append(block)
        return ", ".join(_class_summary(kind, blocks) for kind, blocks in sorted(by_class.items()))

    def _essence(self) -> tuple[object, ...]:
        excluded = sum(node.excluded for node in self.nodes)
        blocked = frozenset(map(_identity, self.lasting))
        waiting = self.nodes_to_come, len(self.jobs)
        return self.moved, self.to_move, self.leaving, excluded, blocked, waiting


def changes_between(
    before: DrainProgress | None, now: DrainProgress, gone: Mapping[str, float]
) -> tuple[str, ...]:
    """What has changed since the last report, in lines; at most `MAX_LISTED_CHANGES` and a count.

    Args:
        before: what was reported last.
        now: what is to be reported.
        gone: by uid, how many seconds a pod that has left was there.
    """
    lines = [*_empty_nodes(before, now), *_new_blocks(before, now), *_lifted(before, now, gone)]
    return tuple(first_lines(lines, MAX_LISTED_CHANGES, "and {} more changes"))


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
    known = set(map(_identity, before.lasting)) if before else set()
    alike: dict[tuple[BlockClass, str], list[Block]] = {}
    for block in now.lasting:
        if _identity(block) not in known:
            what = ",".join(block.budgets) or block.text
            alike.setdefault((block.cause, what), []).append(block)
    lines = []
    for blocks in alike.values():
        if len(blocks) <= MAX_LISTED_ALIKE:
            lines += [f"blocked: {block}" for block in blocks]
        else:
            pods = first_few([block.pod for block in blocks], MAX_LISTED_NAMES)
            lines.append(f"blocked: {len(blocks)} pods ({pods}); the first: {blocks[0]}")
    return lines


def _lifted(
    before: DrainProgress | None, now: DrainProgress, gone: Mapping[str, float]
) -> list[str]:
    blocked = {block.pod.uid for block in now.lasting}
    lines = []
    for block in before.lasting if before else ():
        if block.pod.uid in blocked:
            continue
        seconds = gone.get(block.pod.uid)
        end = "moves again" if seconds is None else f"has gone after {seconds:.0f} s"
        lines.append(f"no longer blocked: pod {block.pod} {end}")
    return lines


def _identity(block: Block) -> tuple[str, BlockClass]:
    return block.pod.uid, block.cause


def _class_summary(kind: BlockClass, blocks: Iterable[Block]) -> str:
    found = list(blocks)
    budgets = Counter(name for block in found for name in block.budgets)
    if budgets and kind is BlockClass.BUDGET_FULL:
        names = first_few([name for name, _ in budgets.most_common()], MAX_LISTED_NAMES)
        return f"{len(found)} for room in {counted(len(budgets), 'budget')} ({names})"
    return f"{len(found)} {kind} ({first_few([block.pod for block in found], MAX_LISTED_NAMES)})"
