"""From the record of a fleet's run to its report: pure, no clock and no network."""

from collections.abc import Iterable
from dataclasses import replace

from include.eks_upgrade.common.time.durations import duration_text
from include.eks_upgrade.fleet.judge_ring import BAD, ClusterResult, Outcome
from include.eks_upgrade.fleet.plan import Action, ClusterPlan
from include.eks_upgrade.fleet.report.headline import actions, headline
from include.eks_upgrade.fleet.report.model import ClusterRow, FleetReport, RingSection
from include.eks_upgrade.fleet.report.record import FleetRecord, RingRecord
from include.eks_upgrade.fleet.summary import clean, cleaned, details, sentences, versions
from include.eks_upgrade.report.durations import moment_text, seconds_between

_STATES = {
    Outcome.HEALTHY: "upgraded, healthy",
    Outcome.UNHEALTHY: "upgraded, unhealthy",
    Outcome.FAILED: "failed",
    Outcome.NOT_TRIED: "not touched",
    Outcome.LEFT: "left for a later opening",
    Outcome.NOTHING_TO_DO: "nothing to do",
}
_NOT_BEGUN = {
    Action.RUN: "not begun",
    Action.SKIP: "skipped",
    Action.DONE: "nothing to do",
}


def build_report(record: FleetRecord) -> FleetReport:
    """Decide everything a report says."""
    plan = record.plan
    return FleetReport(
        headline=headline(record),
        actions=tuple(cleaned(actions(record))),
        rings=tuple(_ring(ring, record) for ring in record.rings),
        outside=tuple(_row(each, None) for each in plan.outside) if plan else (),
        notes=tuple(cleaned(sentences(plan))) if plan else (),
        facts=tuple(_facts(record)),
        url=record.url,
        others=record.reports,
        docs=record.docs,
    )


def _ring(ring: RingRecord, record: FleetRecord) -> RingSection:
    state, kind, why = _standing(ring)
    approved = f"; {ring.approved_by} let it begin" if ring.approved_by else ""
    return RingSection(
        name=ring.name,
        state=state,
        kind=kind,
        why=clean(why[:1].upper() + why[1:] + approved),
        clusters=tuple(_rows(ring, record)),
    )


def _standing(ring: RingRecord) -> tuple[str, str, str]:
    if ring.verdict is None:
        return (
            "not begun" if not ring.results else "not judged",
            "",
            ring.why or "it was not reached",
        )
    kind = "success" if ring.verdict.held else "failed" if ring.verdict.broken else ""
    return ring.verdict.standing.value, kind, ring.verdict.why


def _rows(ring: RingRecord, record: FleetRecord) -> Iterable[ClusterRow]:
    """Clusters in the plan's order; a result that the plan does not know is told as well."""
    results = {each.arn: each for each in ring.results}
    rings = record.plan.rings if record.plan else ()
    for planned in (each for one in rings if one.name == ring.name for each in one.clusters):
        yield _row(planned, results.pop(planned.arn, None))
    for result in results.values():
        yield _of_result(result, result.version)


def _row(planned: ClusterPlan, result: ClusterResult | None) -> ClusterRow:
    if result is None:
        state = _NOT_BEGUN[planned.action]
        if planned.action is Action.RUN:  # its ring says why; what was promised is over
            planned = replace(planned, action=Action.SKIP, why="", waiting_costs=0.0)
        why = "; ".join(details(planned))
        return ClusterRow(
            title=clean(planned.title),
            versions=versions(planned),
            state=state,
            kind="",
            why=clean(why),
        )
    return _of_result(result, _between(planned, result))


def _between(planned: ClusterPlan, result: ClusterResult) -> str:
    """From which minor to which; of a run that failed in its first hop, its way as planned.

    How far that one came is not known here: its control plane may be at the new minor already.
    """
    if result.version and result.version != planned.from_version:
        return f"{planned.from_version} to {result.version}"
    return versions(planned) if result.outcome is Outcome.FAILED else planned.from_version


def _of_result(result: ClusterResult, between: str) -> ClusterRow:
    kind = "success" if result.outcome is Outcome.HEALTHY else ""
    return ClusterRow(
        title=clean(result.title),
        versions=between,
        state=_STATES[result.outcome],
        kind="failed" if result.outcome in BAD else kind,
        why=clean(result.why),
        url=result.url,
        report_url=result.report_url,
    )


def _facts(record: FleetRecord) -> list[tuple[str, str]]:
    pairs = [
        ("DAG", record.dag_id),
        ("Run", record.run_id),
        ("Address", record.url),
        ("Started", moment_text(record.started) if record.started else ""),
        ("Ended", moment_text(record.ended) if record.ended else ""),
        ("Took", duration_text(seconds_between(record.started, record.ended))),
    ]
    return [(name, value) for name, value in pairs if value and value != "-"]
