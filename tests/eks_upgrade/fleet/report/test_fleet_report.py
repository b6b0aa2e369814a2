"""The report of a run of the fleet: rings, clusters, verdicts, and how to go on."""

from dataclasses import replace
from typing import Any

import pytest

from include.eks_upgrade.fleet.cluster import BrokenPlace
from include.eks_upgrade.fleet.file.model import Threshold
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome, judge_ring
from include.eks_upgrade.fleet.make_plan import make_plan
from include.eks_upgrade.fleet.plan import FleetPlan
from include.eks_upgrade.fleet.report.build import build_report
from include.eks_upgrade.fleet.report.record import FleetRecord, RingRecord
from include.eks_upgrade.fleet.report.render import render_fleet_report
from tests.eks_upgrade.fleet.builders import OPENS, cluster, fleet_file, found

NASTY = "<script>alert(1)</script> | [x](javascript:alert(1)) `x`"
CANARY = cluster("canary", tags={"ring": "canary"})
SHOP, DONE, ICE = cluster("shop"), cluster("done", version="1.35"), cluster("ice")


def the_plan(**given: Any) -> FleetPlan:
    file = fleet_file(
        rings=[{"name": "canary", "clusters": {"tags": {"ring": "canary"}}}, {"name": "main"}],
        clusters={"exclude": [{"names": ["foreign"]}]},
    )
    here = found(CANARY, SHOP, DONE, ICE, cluster("foreign"), **given)
    return make_plan(file, here, OPENS, skipped={"ice": "its owner is away"})


def result(of: Any, outcome: Outcome, why: str = "seen", **given: Any) -> ClusterResult:
    version = "1.35" if outcome is Outcome.HEALTHY else of.version
    return ClusterResult(
        arn=of.arn, title=of.title, outcome=outcome, why=why, version=version, **given
    )


def ring(name: str, *results: ClusterResult, **given: Any) -> RingRecord:
    verdict = judge_ring(Threshold(), results) if results else None
    return RingRecord(name=name, results=results, verdict=verdict, **given)


def record(*rings: RingRecord, **given: Any) -> FleetRecord:
    made: dict[str, Any] = {"plan": the_plan(), "dag_id": "eks_fleet", "run_id": "scheduled__1"}
    return FleetRecord(**{**made, **given}, rings=rings)


WELL = (
    ring("canary", result(CANARY, Outcome.HEALTHY)),
    ring("main", result(SHOP, Outcome.HEALTHY), result(DONE, Outcome.NOTHING_TO_DO)),
)
BROKEN = (
    ring("canary", result(CANARY, Outcome.FAILED, NASTY, url="/run", report_url="/report")),
    ring("main", why="the ring before it, 'canary', is broken"),
)

HEADLINES: list[Any] = [
    pytest.param(record(*WELL), "upgraded", "2 clusters upgraded and healthy", id="all well"),
    pytest.param(record(*BROKEN), "stopped", "stopped at ring canary", id="a ring broke"),
    pytest.param(
        record(closed="its windows are shut"), "unchanged", "nothing was to be done", id="shut"
    ),
    pytest.param(
        record(broke="the file is wrong", plan=None),
        "stopped",
        "stopped before its first ring",
        id="before any ring",
    ),
    pytest.param(
        record(stopped="ring canary broke"), "stopped", "stopped, nothing was begun", id="stopped"
    ),
    pytest.param(
        record(
            ring("main", result(DONE, Outcome.NOTHING_TO_DO)),
            plan=make_plan(fleet_file(), found(DONE), OPENS),
        ),
        "unchanged",
        "nothing to do",
        id="nothing to do",
    ),
    pytest.param(
        record(plan=make_plan(fleet_file(), found(ICE), OPENS, skipped={"ice": "x"})),
        "unchanged",
        "nothing was upgraded",
        id="all skipped",
    ),
    pytest.param(record(), "stopped", "nobody has seen what came of it", id="no results"),
    pytest.param(
        FleetRecord(), "stopped", "nobody has seen what came of it", id="nothing is known at all"
    ),
    pytest.param(
        record(ring("canary", result(CANARY, Outcome.NOT_TRIED, "locked"))),
        "unchanged",
        "nothing was upgraded",
        id="locked",
    ),
    pytest.param(
        record(ring("main", result(SHOP, Outcome.HEALTHY), result(DONE, Outcome.LEFT))),
        "upgraded",
        "1 cluster upgraded and healthy",
        id="some left",
    ),
]


@pytest.mark.parametrize(("given", "kind", "outcome"), HEADLINES)
def test_a_headline_says_what_was_seen(given: FleetRecord, kind: str, outcome: str) -> None:
    head = build_report(given).headline
    assert (head.kind, head.outcome) == (kind, outcome)
    assert head.text == f"The fleet: {outcome}"
    assert head.summary.endswith(".")


def test_the_runs_own_sentence_goes_before_ours() -> None:
    assert build_report(record(*WELL, verdict="all is well")).headline.summary == "All is well."


def test_every_cluster_of_the_plan_is_there_with_what_came_of_it() -> None:
    report = build_report(record(*WELL))
    rows = {
        (ring.name, each.title.rpartition("/")[2]): each
        for ring in report.rings
        for each in ring.clusters
    }
    assert {key: (each.versions, each.state, each.kind) for key, each in rows.items()} == {
        ("canary", "canary"): ("1.34 to 1.35", "upgraded, healthy", "success"),
        ("main", "shop"): ("1.34 to 1.35", "upgraded, healthy", "success"),
        ("main", "ice"): ("1.34 (wants 1.35)", "skipped", ""),
        ("main", "done"): ("1.35", "nothing to do", ""),
    }
    assert "its owner is away" in rows["main", "ice"].why
    assert [each.title.rpartition("/")[2] for each in report.outside] == ["foreign"]


def test_a_ring_that_was_not_begun_says_why_and_leaves_its_clusters_so() -> None:
    main = build_report(record(*BROKEN)).rings[1]
    assert (main.state, main.why) == ("not begun", "The ring before it, 'canary', is broken")
    shop = main.clusters[0]
    assert (shop.versions, shop.state) == ("1.34 (wants 1.35)", "not begun")
    assert "turn" not in shop.why


def test_a_fleet_that_stopped_says_how_to_go_on() -> None:
    actions = build_report(record(*BROKEN)).actions
    assert "payments/eu-west-1/canary" in actions[0]
    assert actions[2].startswith("Resume the fleet: trigger `eks_fleet` with `resume`")


def test_a_run_that_found_the_fleet_stopped_asks_for_one_thing_and_not_to_correct_that() -> None:
    stopped = "the fleet is stopped at ring 'canary'"
    (action,) = build_report(
        record(broke=f"The fleet does not begin: 1. fleet: {stopped}", stopped=stopped)
    ).actions
    assert action.startswith("Resume the fleet")


def test_what_is_wrong_beside_the_stop_is_to_be_corrected_as_well() -> None:
    given = record(broke="resume_reason: is not given", stopped="the fleet is stopped")
    resume, correct = build_report(given).actions
    assert resume.startswith("Resume the fleet")
    assert correct.startswith("Correct what the sentence above names")


def test_a_cluster_whose_run_failed_is_not_said_to_be_where_it_was() -> None:
    (canary,) = build_report(record(*BROKEN)).rings[0].clusters
    assert (canary.versions, canary.state) == ("1.34 to 1.35", "failed")


def test_the_way_out_that_the_headline_names_is_shown_as_code() -> None:
    given = record(broke="start a run with `resume` and `x<y>`", plan=None)
    html = render_fleet_report(given).html
    assert "Start a run with <code>resume</code> and <code>x&lt;y&gt;</code>." in html


def test_a_fleet_that_goes_on_by_itself_asks_for_nothing() -> None:
    assert build_report(record(*WELL)).actions == ()


def test_a_place_that_was_not_seen_is_asked_to_be_looked_into() -> None:
    broken = (BrokenPlace("search", "eu-west-1", "AccessDenied"),)
    report = build_report(record(*WELL, plan=the_plan(broken=broken)))
    assert report.actions == ("Look into search eu-west-1: clusters there were not seen at all.",)
    assert "Could not be looked at: search eu-west-1: AccessDenied" in report.notes


def test_a_result_that_the_plan_does_not_know_is_told_as_well() -> None:
    stray = result(cluster("stray"), Outcome.HEALTHY)
    (only,) = build_report(record(ring("canary", stray), plan=None)).rings[0].clusters
    assert only.title.endswith("stray")


def test_who_let_a_ring_begin_is_told() -> None:
    given = ring("canary", result(CANARY, Outcome.HEALTHY), approved_by="ann")
    assert build_report(record(given)).rings[0].why.endswith("; ann let it begin")


def test_nothing_from_outside_is_markup_in_either_form() -> None:
    rendered = render_fleet_report(record(*BROKEN, docs="https://docs.example"))
    assert "<script>" not in rendered.html
    assert "&lt;script&gt;" in rendered.html
    assert "<script>" not in rendered.markdown
    assert "\\[x\\](javascript" in rendered.markdown


def test_a_cluster_links_to_its_run_and_report_and_to_nothing_else() -> None:
    html = render_fleet_report(record(*BROKEN)).html
    assert '<a href="/run">payments/eu-west-1/canary</a>' in html
    assert '<a href="/report">its report</a>' in html
    failed = replace(BROKEN[0].results[0], url="javascript:alert(1)", report_url="//evil")
    evil = render_fleet_report(record(ring("canary", failed)))
    assert 'href="javascript' not in evil.html
    assert "evil" not in evil.html
    assert "evil" not in evil.markdown


def test_the_page_needs_nothing_else_and_links_the_documentation() -> None:
    html = render_fleet_report(record(*BROKEN, docs="https://docs.example", url="/r")).html
    assert html.startswith("<!DOCTYPE html>")
    assert "<script" not in html
    assert '<a href="https://docs.example/fleet.md">docs/fleet.md</a>' in html


def test_a_list_of_reports_shows_it_as_the_fleets() -> None:
    summary = render_fleet_report(record(*BROKEN)).summary
    assert summary == {
        "cluster": "the fleet",
        "versions": "",
        "outcome": "stopped at ring canary",
        "kind": "stopped",
    }


def test_the_markdown_has_a_table_for_each_ring() -> None:
    lines = render_fleet_report(record(*BROKEN)).markdown.splitlines()
    assert "## Ring canary: broken" in lines
    assert "- payments/eu-west-1/canary: run </run>, report </report>" in lines
    assert lines.count("| Cluster | Versions | State | Why |") == 3


def test_a_record_of_which_nothing_is_known_still_has_a_report() -> None:
    rendered = render_fleet_report(FleetRecord())
    assert "nobody has seen" in rendered.markdown
    assert "</html>" in rendered.html


def test_keys_that_a_reason_names_are_shown_as_code() -> None:
    html = render_fleet_report(record(*WELL)).html
    assert "not of the fleet: <code>clusters</code> of the fleet file does not mean it" in html
