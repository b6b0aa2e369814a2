"""A prediction as plain data: what the plan's JSON holds below `prediction`, and the report reads.

Minutes and seconds are floats, at best and probably. What cannot be known is None and has a
sentence among `notes`; nothing is made up in its place.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, kw_only=True)
class LimitPrediction:
    """What one budget, or one workload without any, makes of a drain.

    Attributes:
        name: `budget shop/web`, `Deployment shop/web`, or pods that nothing holds.
        rule: where `allowed` comes from: `maxUnavailable 1`.
        pods: of it that are on the old nodes.
        allowed: how many of them may be away at a time; None: any number.
        best, probable: seconds until the last of them has gone.
    """

    name: str
    rule: str
    pods: int
    allowed: int | None
    best: float
    probable: float


@dataclass(frozen=True, kw_only=True)
class DrainPrediction:
    """The drain of one old node group.

    Attributes:
        pods: that have to move.
        best, probable: seconds until the last has gone; None when it does not end by itself.
        limits: those that take longest, the slowest first: the first decides.
        limits_left_out: how many more there are.
        never: what holds pods that can never go, each with how many: `budget shop/web: 2 pods`.
        notes: what the numbers stand on, and what is not in them.
    """

    pods: int
    best: float | None
    probable: float | None
    limits: tuple[LimitPrediction, ...] = ()
    limits_left_out: int = 0
    never: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def decides(self) -> LimitPrediction | None:
        """The budget or workload that takes longest; None when nothing waits for another."""
        first = self.limits[0] if self.limits else None
        return first if first and first.allowed is not None else None


@dataclass(frozen=True, kw_only=True)
class GroupPrediction:
    """The replacement of one old node group.

    Attributes:
        name: of the old group.
        nodes_removed, nodes_made: how many.
        best, probable: minutes from its turn to the old group's end; None as those of its drain.
        begins: minutes from the run's begin at which its turn probably comes; None: not known.
        drain: None where its pods are not known.
        surge_hours: hours of a new node that are paid beside an old one, all nodes together.
    """

    name: str
    nodes_removed: int
    nodes_made: int
    best: float | None
    probable: float | None
    begins: float | None = None
    drain: DrainPrediction | None = None
    surge_hours: float | None = None


@dataclass(frozen=True, kw_only=True)
class StepPrediction:
    """Minutes of one part of the run that is no node group: add-ons, the control plane."""

    name: str
    best: float
    probable: float
    source: str


@dataclass(frozen=True, kw_only=True)
class Support:
    """How long the present minor is supported, and what staying on it costs.

    Attributes:
        standard_days, extended_days: until these supports end; below 0: since; None: not known.
        month_now, month_extended: US dollars of the control plane for a month of 730 hours, today
            and in extended support; None: no price is known here.
        source: of the price.
    """

    version: str
    standard_days: int | None
    extended_days: int | None
    month_now: float | None
    month_extended: float | None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What the run of a plan will take.

    Attributes:
        made_at: ISO 8601.
        best, probable: minutes of the whole run; None when a drain does not end by itself.
        steps: before the node groups, in order.
        groups: in the plan's order.
        surge_dollars: of nodes that stand twice; None: a price is not known.
        support: None: nothing is known.
        notes: what it stands on, and what is not known.
    """

    made_at: str
    best: float | None
    probable: float | None
    steps: tuple[StepPrediction, ...] = ()
    groups: tuple[GroupPrediction, ...] = ()
    surge_dollars: float | None = None
    support: Support | None = None
    notes: tuple[str, ...] = ()

    @property
    def nodes_made(self) -> int:
        """Nodes that come."""
        return sum(group.nodes_made for group in self.groups)

    @property
    def nodes_removed(self) -> int:
        """Nodes that go."""
        return sum(group.nodes_removed for group in self.groups)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; keys are the attribute names."""
        return dict(_ADAPTER.dump_python(self, mode="json"))

    @classmethod
    def from_json(cls, raw: Any) -> "Prediction | None":
        """Read `as_json` back; None where there is none that this release can read.

        A prediction is for people: another release's costs a run nothing but the comparison.
        """
        try:
            return _ADAPTER.validate_python(raw) if raw else None
        except ValidationError:
            return None


_ADAPTER = TypeAdapter(Prediction)
