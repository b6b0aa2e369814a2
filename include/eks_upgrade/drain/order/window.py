"""How many nodes are emptied at the same time: `nodes_at_once`. Pure.

All nodes are cordoned at once all the same, so that no replacement starts on one that is still to
be emptied; only the pods of the nodes in the window are asked to go. A node leaves the window when
no pod is left on it that has to go, and the next one enters. A pod that is blocked holds its place
in the window, as it does in an update by EKS.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.errors import Problem

ALL = ""
"""The value that sets no bound."""

_VALUE = re.compile(r"([1-9][0-9]{0,4})\s*(%?)")


def nodes_at_once_problem(value: str | int) -> Problem | None:
    """What is wrong with a value, None when nothing is."""
    if _read(value) is not None:
        return None
    what = f"{value!r} is neither a number of nodes from 1 on nor a percentage up to 100%"
    return Problem("nodes_at_once", what, "write it like 3 or 25%, or leave it empty for all nodes")


def window_size(value: str | int, nodes: int) -> int | None:
    """How many nodes may be in the window; None when all may.

    A share is rounded down, so that never more than it are emptied at once, but to one at least,
    as with none the drain would never end.

    Args:
        value: a number (`3`), a share (`25%`) or empty.
        nodes: how many nodes are drained in all.

    Raises:
        ValueError: the value cannot be read (`nodes_at_once_problem` says why).
    """
    read = _read(value)
    if read is None:
        raise ValueError(str(nodes_at_once_problem(value)))
    number, share = read
    if number == 0:
        return None
    return max(1, nodes * number // 100) if share else number


def next_window(
    inside: Collection[str], left: Mapping[str, int], begun: Collection[str], size: int
) -> frozenset[str]:
    """The nodes of the window from now on.

    Whoever is inside stays until it is empty. The next is one on which a pod is stopping already
    (a drain that was interrupted goes on where it was), then the one with the fewest pods: it is
    empty soonest, and what the new nodes have to take grows slowly.

    Args:
        inside: the nodes of the window until now.
        left: how many pods still have to go, by node; nodes without any may be missing.
        begun: nodes on which a pod is stopping.
        size: how many nodes may be inside.
    """
    staying = [name for name in inside if left.get(name, 0) > 0]
    waiting = [name for name, pods in left.items() if pods > 0 and name not in staying]
    waiting.sort(key=lambda name: (name not in begun, left[name], name))
    return frozenset([*staying, *waiting[: max(0, size - len(staying))]])


@dataclass
class Window:
    """The nodes whose pods may be asked to go now.

    Attributes:
        value: `nodes_at_once`.
        inside: their names; None while there is no bound.
    """

    value: str | int = ALL
    inside: frozenset[str] | None = field(init=False)

    def __post_init__(self) -> None:
        self.inside = None if window_size(self.value, 1) is None else frozenset()

    @property
    def bounded(self) -> bool:
        """Whether any node has to wait for its turn."""
        return self.inside is not None

    def admits(self, node: str) -> bool:
        """Whether pods of this node may be asked to go."""
        return self.inside is None or node in self.inside

    def has_room(self, left: Mapping[str, int], nodes: int) -> bool:
        """Whether a node may come in; arguments as for `advance`."""
        size = window_size(self.value, nodes)
        if self.inside is None or size is None:
            return False
        staying = sum(left.get(name, 0) > 0 for name in self.inside)
        return staying < size and sum(pods > 0 for pods in left.values()) > staying

    def advance(self, left: Mapping[str, int], begun: Iterable[str], nodes: int) -> list[str]:
        """Let nodes out that are empty, and others in; returns who has come in, by name.

        Args:
            left: as for `next_window`.
            begun: as for `next_window`.
            nodes: how many nodes are drained in all.
        """
        size = window_size(self.value, nodes)
        if self.inside is None or size is None:
            return []
        before, self.inside = self.inside, next_window(self.inside, left, set(begun), size)
        return sorted(self.inside - before)


def _read(value: str | int) -> tuple[int, bool] | None:
    """The number, 0 for all nodes, and whether it is a percentage; None when it is neither."""
    # A truth value is an int to Python, and would be one node.
    plain = "" if isinstance(value, bool) else str(value).strip().lower()
    if plain in {ALL, "all"} and not isinstance(value, bool):
        return 0, False
    found = _VALUE.fullmatch(plain)
    if found is None or (found[2] and int(found[1]) > 100):
        return None
    return int(found[1]), bool(found[2])
