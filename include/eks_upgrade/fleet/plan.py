"""What the fleet will do in one opening, as plain data. `make_plan.py` decides it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What becomes of a cluster in this opening."""

    RUN = "run"
    SKIP = "skip"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """How long one run of a cluster is expected to take, and from what that is known."""

    minutes: float
    source: str


@dataclass(frozen=True, kw_only=True)
class ClusterPlan:
    """What becomes of one cluster, and why.

    Attributes:
        arn: names the cluster.
        title: what a person reads.
        ring: the ring's name; empty for one that is in none.
        action: run, skip, or done: nothing to do.
        why: one sentence, for every action.
        from_version: its minor.
        to_version: the minor of the last run that fits into this opening; for `skip` the one that
            is wanted.
        hops: the minors of its runs in this opening, one after another.
        wanted: where it goes in the end.
        expected: how long the first of its runs is expected to take.
        parameters: of `eks_upgrade`, from the overrides; without cluster, region and version.
        urgency: smaller goes first.
        urgent_because: for people; empty when nothing presses.
        waiting_costs: US dollars that waiting until the next opening costs (extended support).
        next_opening: when it could go next, for one that is skipped.
    """

    arn: str
    title: str
    ring: str
    action: Action
    why: str
    from_version: str
    to_version: str = ""
    hops: tuple[str, ...] = ()
    wanted: str = ""
    expected: Expectation | None = None
    parameters: dict[str, object] | None = None
    urgency: tuple[float, ...] = ()
    urgent_because: str = ""
    waiting_costs: float = 0.0
    next_opening: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RingPlan:
    """One ring in this opening: its clusters in the order in which they go.

    `at_once` is the number that the ring's share came to.
    """

    name: str
    at_once: int
    clusters: tuple[ClusterPlan, ...]

    @property
    def runs(self) -> tuple[ClusterPlan, ...]:
        """Those that are to be upgraded."""
        return tuple(each for each in self.clusters if each.action is Action.RUN)


@dataclass(frozen=True, kw_only=True)
class FleetPlan:
    """All rings in their order, and clusters that no ring means.

    Attributes:
        made_at: the moment for which it was decided.
        closes: when the opening ends; None for a run by hand with a bypass alone.
        stopped: why the fleet is stopped, so that nothing begins; empty when it is not.
    """

    made_at: datetime
    closes: datetime | None
    rings: tuple[RingPlan, ...]
    outside: tuple[ClusterPlan, ...] = ()
    stopped: str = ""
