"""What came of a run of the fleet, and what a person has to do now."""

from collections import Counter
from collections.abc import Iterator

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import first_few, unstopped
from include.eks_upgrade.fleet.judge_ring import BAD, Outcome, Standing
from include.eks_upgrade.fleet.plan import Action
from include.eks_upgrade.fleet.report.record import FleetRecord, RingRecord
from include.eks_upgrade.report.model import Headline


def headline(record: FleetRecord) -> Headline:
    """Judge the run by what was seen of its clusters."""
    kind, outcome, because = _outcome(record)
    summary = f"{unstopped(record.verdict or because)}."
    return Headline(
        kind, f"The fleet: {outcome}", summary[:1].upper() + summary[1:], outcome=outcome
    )


def _outcome(record: FleetRecord) -> tuple[str, str, str]:
    broken = broken_ring(record)
    if record.closed:
        return "unchanged", "nothing was to be done", record.closed
    if record.broke:
        return "stopped", "stopped before its first ring", record.broke
    if broken and broken.verdict:
        return "stopped", f"stopped at ring {broken.name}", broken.verdict.why
    if record.stopped:
        return "stopped", "stopped, nothing was begun", record.stopped
    return _went(record)


def _went(record: FleetRecord) -> tuple[str, str, str]:
    count = Counter(each.outcome for ring in record.rings for each in ring.results)
    waits = [f"ring {ring.name}: {ring.why}" for ring in record.rings if ring.why]
    waits += [f"ring {ring.name}: {why}" for ring in record.rings if (why := _unfinished(ring))]
    if not count[Outcome.HEALTHY]:
        return _nothing_upgraded(record, "; ".join(waits))
    upgraded = f"{counted(count[Outcome.HEALTHY], 'cluster')} upgraded and healthy"
    bad = sum(count[each] for each in BAD)
    outcome = f"{upgraded}, {bad} unhealthy" if bad else upgraded
    return "upgraded", outcome, "; ".join(waits) or "every ring that was begun has held"


def _nothing_upgraded(record: FleetRecord, waits: str) -> tuple[str, str, str]:
    """Only a plan that found every cluster where it should be says that there is nothing to do."""
    plan = record.plan
    if waits:
        return "unchanged", "nothing was upgraded", waits
    if plan is None or plan.runs:
        return "stopped", "nobody has seen what came of it", "no ring has left a result"
    if any(each.action is Action.SKIP and each.ring for each in plan.clusters):
        return "unchanged", "nothing was upgraded", "no cluster may be now; below stands why"
    return "unchanged", "nothing to do", "every cluster is where it should be"


def _unfinished(ring: RingRecord) -> str:
    verdict = ring.verdict
    return verdict.why if verdict and verdict.standing is Standing.UNFINISHED else ""


def broken_ring(record: FleetRecord) -> RingRecord | None:
    """The ring that broke its threshold; None: none did."""
    return next((ring for ring in record.rings if ring.verdict and ring.verdict.broken), None)


def actions(record: FleetRecord) -> Iterator[str]:
    """What to do now, in order; nothing when the next opening goes on by itself."""
    broken = broken_ring(record)
    if broken:
        bad = [each.title for each in broken.results if each.outcome in BAD]
        yield f"Find out what ails {first_few(bad)}: each has its run and its report below."
        yield "Repair the cause, there and in the clusters that are still to come."
    if broken or record.stopped:
        dag = f"`{record.dag_id}`" if record.dag_id else "its DAG"
        yield (
            f"Resume the fleet: trigger {dag} with `resume` and `resume_reason` (docs/fleet.md). "
            "Until then every window does nothing; what was upgraded stays as it is."
        )
    if record.broke and not (record.stopped and record.stopped in record.broke):
        yield "Correct what the sentence above names, and start the fleet again: it looks first."
    if record.plan and record.plan.broken:
        names = [f"{each.account_name} {each.region}".strip() for each in record.plan.broken]
        yield f"Look into {first_few(names)}: clusters there were not seen at all."
