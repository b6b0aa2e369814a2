"""What the fleet will do in one opening, as plain data. `make_plan.py` decides it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from include.eks_upgrade.fleet.cluster import BrokenPlace
from include.eks_upgrade.fleet.windows.opening import Opening


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
        final_version: the same, as far as EKS offers it: what all its runs are on the way to, so
            that nodes are replaced no more often than that way needs.
        expected: how long the first of its runs is expected to take.
        expected_hops: the same of each run of its way, those of a later opening too.
        parameters: of `eks_upgrade`, from the overrides; without cluster, region and version.
        urgency: smaller goes first.
        urgent_because: for people; empty when nothing presses.
        waiting_costs: US dollars that waiting until the next opening costs (extended support).
        next_opening: when it could go next, for one that is skipped.
        opening: the one in which it may go; None: none holds it (a bypass, a run by hand).
        must_end_by: by when its run has to be expected to have ended; None: it may take its time.
        begins: when its turn is expected, at the pace of its ring; None when it does not run.
        promised: whether its turn is expected in time. One that is not may begin all the same when
            those before it are quicker: that is decided anew before each start.
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
    final_version: str = ""
    expected: Expectation | None = None
    expected_hops: tuple[Expectation, ...] = ()
    parameters: dict[str, object] | None = None
    urgency: tuple[float, ...] = ()
    urgent_because: str = ""
    waiting_costs: float = 0.0
    next_opening: datetime | None = None
    opening: Opening | None = None
    must_end_by: datetime | None = None
    begins: datetime | None = None
    promised: bool = True

    @property
    def each(self) -> tuple[Expectation, ...]:
        """How long the run of each of `hops` is expected to take."""
        known = self.expected_hops or ((self.expected,) if self.expected else ())
        return tuple(
            known[min(place, len(known) - 1)] for place in range(len(self.hops) if known else 0)
        )

    def expected_from(self, version: str) -> Expectation | None:
        """How long the run that begins at a minor is expected to take.

        One that is not on the way, because node groups have to go first say, is taken to last as
        long as the longest.
        """
        begins = (self.from_version, *self.hops)
        known = dict(zip(begins, self.each, strict=False))
        longest = max(self.each, key=lambda one: one.minutes, default=self.expected)
        return known.get(version, longest)


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
        next_opening: the first after this one, of any cluster; None: there is none.
        broken: accounts and regions that could not be looked at.
        notes: what a person should know beside: a cluster found twice, a name in two accounts.
    """

    made_at: datetime
    closes: datetime | None
    rings: tuple[RingPlan, ...]
    outside: tuple[ClusterPlan, ...] = ()
    stopped: str = ""
    next_opening: datetime | None = None
    broken: tuple[BrokenPlace, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def clusters(self) -> tuple[ClusterPlan, ...]:
        """All of them, in the order of the rings; those outside last."""
        return (*(each for ring in self.rings for each in ring.clusters), *self.outside)

    @property
    def runs(self) -> tuple[ClusterPlan, ...]:
        """All that are to be upgraded in this opening."""
        return tuple(each for ring in self.rings for each in ring.runs)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, for XCom."""
        return dict(_ADAPTER.dump_python(self, mode="json"))

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "FleetPlan":
        """Read `as_json` back."""
        return _ADAPTER.validate_python(raw)


_ADAPTER = TypeAdapter(FleetPlan)
