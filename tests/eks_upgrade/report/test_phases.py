"""A run in a person's words: its heading, its phases, and whose time went where."""

import re
from typing import Any

import pytest

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.step_result import Obstacle, once
from include.eks_upgrade.report import build_report, render_report
from include.eks_upgrade.report.advice import stop_lines
from include.eks_upgrade.report.durations import moment_text, with_moments
from include.eks_upgrade.report.record import Record as Typed
from include.eks_upgrade.report.words import PARTS
from tests.eks_upgrade.report.conftest import REFUSED, RUN, UPGRADED, result, task
from tests.eks_upgrade.report.test_render import parsed

Record = dict[str, Any]


def world(version: str) -> Record:
    return {"version": version, "node_groups": [], "addons": []}


HEADINGS = [
    pytest.param(UPGRADED, "shop from 1.25 to 1.26: upgraded", id="upgraded"),
    pytest.param(REFUSED, "shop: refused, the plan does not allow this upgrade", id="unread"),
    pytest.param(
        REFUSED | {"world": world("1.33")},
        "shop at 1.33: refused, the plan does not allow this upgrade",
        id="refused, no target named",
    ),
    pytest.param(
        REFUSED
        | {"world": world("1.33"), "request": {"cluster_name": "shop", "target_version": "1.35"}},
        "shop from 1.33 to 1.35: refused, the plan does not allow this upgrade",
        id="refused, target named",
    ),
    pytest.param(
        REFUSED | {"request": {"cluster_name": "shop", "target_version": "1.35"}},
        "shop to 1.35: refused, the plan does not allow this upgrade",
        id="refused, cluster not read",
    ),
    pytest.param({"tasks": []}, "unknown cluster: stopped at an unknown step", id="nothing known"),
    pytest.param(
        UPGRADED | {"tasks": [task(Stage.CONTROL_PLANE_WAIT, "failed", failure="x")]},
        "shop from 1.25 to 1.26: stopped at the control plane",
        id="stopped",
    ),
]


@pytest.mark.parametrize(("record", "heading"), HEADINGS)
def test_the_heading_and_the_pages_title_have_cluster_versions_and_outcome(
    record: Record, heading: str
) -> None:
    rendered = render_report(record)
    page = parsed(rendered.html)
    assert page.findtext(".//title") == page.findtext(".//h1") == heading
    assert rendered.markdown.splitlines()[0] == f"# {heading}"


def test_every_stage_that_works_has_a_phase_in_words(upgraded: Record) -> None:
    telling = {Stage.REPORT, Stage.UNLOCK, Stage.VERDICT}
    assert set(PARTS) == set(Stage) - telling


def test_what_is_not_done_is_told_in_phases_and_never_in_task_ids(failed_drain: Record) -> None:
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert stop.not_done == (
        "Drain of shop/workers",
        "Deletion of shop/workers",
        "Check of the cluster",
    )


def test_a_group_of_which_nothing_was_done_is_one_line(failed_drain: Record) -> None:
    groups = failed_drain["plan"]["node_groups"]
    groups.append({**groups[0], "name": "batch", "replacement": "batch-k126"})
    stages = (Stage.IMAGE, Stage.NEW_GROUP, Stage.DRAIN, Stage.DELETION)
    failed_drain["tasks"] += [task(each, "upstream_failed", map_index=1) for each in stages]
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert "Replacement of shop/batch" in stop.not_done
    assert not [line for line in stop.not_done if "of shop/batch" in line and "Repl" not in line]


def test_groups_that_were_never_told_apart_are_one_line(refused: Record) -> None:
    refused["tasks"][0] |= {"state": "success", "failure": None, "result": result("x")}
    refused["tasks"].append(task(Stage.DRAIN, "upstream_failed", map_index=-1))
    refused["tasks"].append(task(Stage.DELETION, "upstream_failed", map_index=-1))
    stop = build_report(refused).continuation
    assert stop is not None
    assert stop.not_done == ("Lock", "Control plane", "Replacement of the node groups")


def test_of_a_refused_plan_the_whole_upgrade_is_not_done(refused: Record) -> None:
    stop = build_report(refused).continuation
    assert stop is not None
    assert stop.not_done == ("The whole upgrade",)
    assert "Not done: The whole upgrade" in stop_lines(Typed.from_json(refused))


def test_a_label_that_names_the_cluster_does_not_name_it_twice(
    failed_drain: Record,
) -> None:
    for each in failed_drain["tasks"]:
        if each["map_index"] == 0:
            each["label"] = "shop/workers"
    assert build_report(failed_drain).headline.outcome == "stopped at the drain of shop/workers"


def test_what_was_done_is_told_once_and_says_where_nothing_was_changed(
    failed_drain: Record,
) -> None:
    rendered = render_report(failed_drain)
    for text in (rendered.markdown, rendered.html):
        before_steps = text.partition("Every step")[0]
        assert before_steps.count("Created workers-k126.") == 1
        assert "What was changed" not in text
        assert "Planned 1.25 to 1.26 (nothing changed)" in before_steps


def test_a_run_that_came_to_its_end_tells_what_was_changed_once(upgraded: Record) -> None:
    before_steps = render_report(upgraded).markdown.partition("Every step")[0]
    assert before_steps.count("Updated coredns.") == 1


def test_states_are_told_in_words(failed_drain: Record) -> None:
    rendered = render_report(failed_drain)
    assert "| Deletion of shop/workers | not begun |" in rendered.markdown
    words = {each.text for each in parsed(rendered.html).iter("span") if each.text}
    assert words == {"done", "failed", "not begun"}


GUARD = "Auto Scaling group asg-1: deletion protection"


@pytest.mark.parametrize(
    ("later", "passed_by"),
    [
        pytest.param(
            [task(Stage.ASG_DELETION, result=result("x", obstacles=[{"what": GUARD,
             "passed_by": "DeleteAutoScalingGroup"}]))],
            "DeleteAutoScalingGroup",
            id="by a later step",
        ),
        pytest.param(
            [task(Stage.OLD_GROUP_GONE, result=result("gone"))],
            "the node group went in the end",
            id="by nobody, yet the group is gone",
        ),
        pytest.param([task(Stage.LAST_DELETION, "failed", failure="x")], "", id="not at all"),
    ],
)  # fmt: skip
def test_what_one_step_did_not_pass_and_another_did_is_told_as_passed(
    upgraded: Record, later: list[Record], passed_by: str
) -> None:
    met = result("x", changed=True, obstacles=[{"what": GUARD, "passed_by": ""}])
    upgraded["tasks"] = [upgraded["tasks"][0], task(Stage.UNPROTECTION, result=met), *later]
    (found,) = build_report(upgraded).obstacles
    assert (found.what, found.passed_by) == (GUARD, passed_by)


def test_an_obstacle_met_twice_in_one_step_and_passed_then_is_one() -> None:
    held, passed = Obstacle("a budget"), Obstacle("a budget", "a restart")
    other = Obstacle("another")
    assert once([held, other, passed]) == (other, passed)


def asked(seconds_open: float | None) -> list[list[Any]]:
    """Waits of a drain: 60 s of work, then a question. In seconds after the run's start."""
    began = 1_795_000_000.0
    end = None if seconds_open is None else began + 60 + seconds_open
    return [["drain", began, began + 60], ["person", began + 60, end]]


def at(record: Record, minutes: float) -> None:
    record["run"] = RUN | {
        "started": "2026-11-18T11:06:40+00:00",  # 1_795_000_000
        "ended": f"2026-11-18T11:{6 + int(minutes):02d}:40+00:00",
    }


def test_waiting_for_a_person_is_its_own_time_in_bar_totals_and_phase(upgraded: Record) -> None:
    at(upgraded, 10)
    upgraded["tasks"] = [
        task(Stage.DRAIN, result=result("Moved.", changed=True, waits=asked(300.0)))
    ]
    split = build_report(upgraded).split
    assert split is not None
    assert (split.drain, split.person, split.rest, split.total) == (60.0, 300.0, 240.0, 600.0)
    rendered = render_report(upgraded)
    assert "| Waiting for a person | 5 min |" in rendered.markdown
    assert "of it 5 min waiting for a person" in rendered.markdown
    bars = [each.get("class") for each in parsed(rendered.html).iter("i")]
    assert bars == ["drain", "rest", "person"]


@pytest.mark.parametrize(
    ("open_for", "person"),
    [pytest.param(120.0, 120.0, id="said to stop"), pytest.param(None, 540.0, id="ended by hand")],
)
def test_so_is_that_of_a_drain_that_left_no_result(
    failed_drain: Record, open_for: float | None, person: float
) -> None:
    at(failed_drain, 10)
    drain = next(each for each in failed_drain["tasks"] if each["stage"] == Stage.DRAIN.value)
    drain["waits"] = asked(open_for)
    split = build_report(failed_drain).split
    assert split is not None
    assert split.person == person


def test_a_task_that_left_no_times_still_tells_how_long_it_took(failed_drain: Record) -> None:
    drain = next(each for each in failed_drain["tasks"] if each["stage"] == Stage.DRAIN.value)
    drain |= {"started": None, "ended": None, "seconds": 125.0}
    assert "| Drain of shop/workers | failed | 2 min 5 s |" in render_report(failed_drain).markdown


MOMENTS = [
    pytest.param("2026-11-26T03:12:45+00:00", "26 Nov 2026, 03:12 UTC", id="UTC"),
    pytest.param("2026-11-26T03:12:45.123456Z", "26 Nov 2026, 03:12 UTC", id="Z and fractions"),
    pytest.param("2026-11-26T03:12:45+05:30", "25 Nov 2026, 21:42 UTC", id="another zone"),
    pytest.param("2026-01-02T03:04:05", "2 Jan 2026, 03:04 UTC", id="no zone: ours is UTC"),
]


@pytest.mark.parametrize(("iso", "said"), MOMENTS)
def test_moments_are_said_as_people_write_them_with_their_zone(iso: str, said: str) -> None:
    assert moment_text(iso) == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        pytest.param(
            "Ada answered 'Stop' at 2026-11-24T03:12:45+00:00",
            "Ada answered 'Stop' at 24 Nov 2026, 03:12 UTC",
            id="in a sentence",
        ),
        *(
            pytest.param(same, same, id=why)
            for why, same in {
                "a run's id": "run manual__2026-11-24T03:12:45+00:00 holds it",
                "a command": "kubectl logs x --since-time=2026-11-24T03:12:45Z",
                "code": "annotation `2026-11-24T03:12:45Z`",
                "no time": "1.33, 2026 and 10:12",
            }.items()
        ),
    ],
)
def test_moments_in_our_sentences_are_told_so_and_names_are_left(sentence: str, said: str) -> None:
    assert with_moments(sentence) == said


def test_no_form_of_a_report_has_a_raw_time(upgraded: Record) -> None:
    told = {"what": "budget full since 2026-11-24T03:12:45+00:00", "passed_by": "time"}
    upgraded["tasks"][1]["result"]["obstacles"] = [told]
    upgraded["tasks"][1]["result"]["text"] = "Ended 2026-11-24T03:12:45+00:00."
    upgraded["plan"]["warnings"] = ["Until 2026-11-24T03:12:45+00:00."]
    rendered = render_report(upgraded)
    for text in (rendered.markdown, rendered.html):
        left = text.replace(RUN["run_id"], "")
        assert not re.search(r"\d{4}-\d\d-\d\dT|\b\d+:\d\d:\d\d\b", left)
        assert "23 Nov 2026, 10:00 UTC" in left
        assert "10 min" in left
