"""What is known of one run of the fleet when its report is written: plain data, whoever ran it."""

from dataclasses import dataclass

from include.eks_upgrade.fleet.judge_ring import ClusterResult, RingVerdict
from include.eks_upgrade.fleet.plan import FleetPlan


@dataclass(frozen=True, kw_only=True)
class RingRecord:
    """What one ring came to.

    Attributes:
        name: of the ring.
        results: of its clusters, as far as they have any.
        verdict: after the bake; None: it was not judged.
        why: why it was not begun or not judged; empty when it was.
        approved_by: who let it begin; empty: nobody had to be asked.
    """

    name: str
    results: tuple[ClusterResult, ...] = ()
    verdict: RingVerdict | None = None
    why: str = ""
    approved_by: str = ""


@dataclass(frozen=True, kw_only=True)
class FleetRecord:
    """One run of the fleet.

    Attributes:
        dag_id, run_id: of the run.
        plan: what was decided at its beginning; None: it never came to that.
        rings: in their order.
        closed: why there was nothing to be done (no window is open); empty: there was.
        broke: what stopped the run before its first ring; empty: nothing did.
        stopped: why the fleet is stopped now; empty: it is not.
        verdict: the run's own sentence about itself; empty: it has none.
        started, ended: ISO 8601; empty when not known.
        url: of the run. reports: of the list of all reports. docs: where the documentation is.
    """

    dag_id: str = ""
    run_id: str = ""
    plan: FleetPlan | None = None
    rings: tuple[RingRecord, ...] = ()
    closed: str = ""
    broke: str = ""
    stopped: str = ""
    verdict: str = ""
    started: str = ""
    ended: str = ""
    url: str = ""
    reports: str = ""
    docs: str = ""
