"""How far a drain is, and how it ended: frozen values with their words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.eks_upgrade.deed import Obstacle
from include.eks_upgrade.drain.budgets import Cause, Hold

NAMES = 3
"""Pods that are named when many wait for the same."""


@dataclass(frozen=True)
class NodeProgress:
    """One node's share.

    Attributes:
        moved: pods that have left it since the drain began. to_move: pods that had to.
        waiting: what holds each pod that is held.
    """

    name: str
    moved: int
    to_move: int
    waiting: tuple[Hold, ...] = ()

    @property
    def left(self) -> int:
        """Pods that are still to leave."""
        return self.to_move - self.moved


@dataclass(frozen=True)
class DrainProgress:
    """The whole drain at one moment; `seconds` since it began."""

    node_group: str
    nodes: tuple[NodeProgress, ...]
    refusals: int = 0
    seconds: float = 0.0

    @property
    def moved(self) -> int:
        """Pods that have left."""
        return sum(node.moved for node in self.nodes)

    @property
    def to_move(self) -> int:
        """Pods that had to leave."""
        return sum(node.to_move for node in self.nodes)

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What holds each pod that is held, over all nodes."""
        return tuple(hold for node in self.nodes for hold in node.waiting)

    def differs_from(self, other: "DrainProgress | None") -> bool:
        """Whether there is something new to tell; time and a budget's counts are nothing new."""
        return other is None or self._gist() != other._gist()

    def lines(self) -> list[str]:
        """It in words, for a log: the sum, each node, what is in the way.

        Pods that only wait for their budget's turn are told together, by budget.
        """
        total = (
            f"drain of node group '{self.node_group}': {self.moved} of {self.to_move} pods moved"
            f" after {self.seconds:.0f} s"
        )
        nodes = [f"  node {n.name}: {n.moved} of {n.to_move} pods moved" for n in self.nodes]
        return [total, *nodes, *self._waiting_lines()]

    def _waiting_lines(self) -> list[str]:
        queues: dict[tuple[Cause, str], list[Hold]] = {}
        for hold in self.holds:
            alike = hold.text if hold.cause is Cause.WILL_PASS and not hold.remedy else str(hold)
            queues.setdefault((hold.cause, alike), []).append(hold)
        lines = []
        for (cause, _), holds in queues.items():
            first, *others = holds
            if not others:
                lines.append(f"  {first}")
                continue
            names = ", ".join(str(hold.pod) for hold in holds[:NAMES])
            more = f" and {len(holds) - NAMES} more" if len(holds) > NAMES else ""
            lines.append(f"  {len(holds)} pods ({names}{more}): {first.text} ({cause})")
        return lines

    def _gist(self) -> tuple[object, ...]:
        nodes = tuple((node.name, node.moved, node.to_move) for node in self.nodes)
        return nodes, frozenset((hold.pod.uid, hold.cause) for hold in self.holds)

    def as_json(self) -> dict[str, Any]:
        """Keys: node_group, moved, to_move, refusals, seconds, nodes (list), waiting (list)."""
        return {
            "node_group": self.node_group,
            "moved": self.moved,
            "to_move": self.to_move,
            "refusals": self.refusals,
            "seconds": round(self.seconds, 1),
            "nodes": [
                {"name": node.name, "moved": node.moved, "to_move": node.to_move}
                for node in self.nodes
            ],
            "waiting": [str(hold) for hold in self.holds],
        }


@dataclass(frozen=True)
class DrainResult:
    """A drain that came to its end: no evictable pod is left on any node of the group.

    Attributes:
        moved: pods that left. by_node: the same by node name.
        skipped_daemonset: DaemonSet pods that were left on their nodes.
        seconds: real seconds it took.
        refusals: evictions that the API server refused on the way.
        obstacles: what a drain without options would have refused and which parameter lifted
            it, then the budgets that held pods back for a while.
    """

    moved: int
    by_node: Mapping[str, int] = field(default_factory=dict)
    skipped_daemonset: int = 0
    seconds: float = 0.0
    refusals: int = 0
    obstacles: tuple[Obstacle, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Keys are the attribute names; obstacles as `{"what", "passed_by"}`."""
        return {
            "moved": self.moved,
            "by_node": dict(self.by_node),
            "skipped_daemonset": self.skipped_daemonset,
            "seconds": round(self.seconds, 1),
            "refusals": self.refusals,
            "obstacles": [{"what": o.what, "passed_by": o.passed_by} for o in self.obstacles],
        }
