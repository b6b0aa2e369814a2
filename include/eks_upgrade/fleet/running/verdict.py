"""Whether a run of the fleet has done what its window was for, in one sentence. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import first_few, unstopped
from include.eks_upgrade.fleet.judge_ring import BAD, ClusterResult, Outcome, Standing
from include.eks_upgrade.fleet.running.gate import RingSoFar, RingState


@dataclass(frozen=True)
class FleetVerdict:
    """Whether a run is good, and the sentence that says why."""

    good: bool
    message: str


@dataclass(frozen=True, kw_only=True)
class FleetRun:
    """What is known of a run of the fleet at its end.

    Attributes:
        closed: why nothing was to be done, as the first task found it; empty: it was open.
        broke: what stopped it before its first ring; empty: nothing did.
        rings: of the run, in their order.
        results: of all clusters of all rings.
        stopped: why the fleet is stopped now; empty when it is not.
    """

    closed: str = ""
    broke: str = ""
    rings: tuple[RingSoFar, ...] = ()
    results: tuple[ClusterResult, ...] = ()
    stopped: str = ""


def fleet_verdict(run: FleetRun) -> FleetVerdict:
    """Judge a run: good when every ring was judged, or was left for a reason that is known."""
    if run.closed:
        return FleetVerdict(good=True, message=f"nothing was to be done: {unstopped(run.closed)}")
    if run.broke:
        return FleetVerdict(good=False, message=unstopped(run.broke))
    did = what_was_done(run.results)
    broken = next((ring for ring in run.rings if ring.standing is Standing.BROKEN), None)
    if broken:
        message = (
            f"the fleet stopped at ring '{broken.name}': {unstopped(broken.why)}; {did}. Later "
            "windows stop as well until a person resumes (docs/fleet.md)"
        )
        return FleetVerdict(good=False, message=message)
    lost = next((ring for ring in run.rings if _unseen(ring)), None)
    if lost:
        why = f": {unstopped(lost.why)}" if lost.why else ""
        message = f"the run ended before ring '{lost.name}' was judged{why}; {did}"
        return FleetVerdict(good=False, message=message)
    return FleetVerdict(good=True, message=did + _left(run.rings))


def what_was_done(results: Sequence[ClusterResult]) -> str:
    """How many clusters are what, and those that are not well by name."""
    count = Counter(each.outcome for each in results)
    if not set(count) - {Outcome.NOTHING_TO_DO}:
        return "there was nothing to do"
    said = [f"{counted(count[Outcome.HEALTHY], 'cluster')} upgraded and healthy"]
    bad = [each.title for each in results if each.outcome in BAD]
    if bad:
        said.append(f"{len(bad)} not well ({first_few(bad)})")
    untouched = [each.title for each in results if each.outcome is Outcome.NOT_TRIED]
    if untouched:
        said.append(f"{len(untouched)} untouched ({first_few(untouched)})")
    if count[Outcome.LEFT]:
        said.append(f"{count[Outcome.LEFT]} left for the next window")
    return ", ".join(said)


def _unseen(ring: RingSoFar) -> bool:
    return ring.state is None or (ring.state is RingState.BEGUN and ring.standing is None)


def _left(rings: Sequence[RingSoFar]) -> str:
    left = next((ring for ring in rings if ring.state is RingState.LEFT), None)
    return f"; ring '{left.name}' was not begun: {unstopped(left.why)}" if left else ""
