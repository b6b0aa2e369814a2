"""When a run is good: only when it was seen to have reached what it was for."""

from copy import deepcopy
from typing import Any

import pytest

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.report import build_report
from include.eks_upgrade.report.record import Record
from include.eks_upgrade.report.verdict import Verdict, judge
from tests.eks_upgrade.report.conftest import result, task

GOAL = "do-cluster"
SEEN = task(Stage.CLUSTER, result=result("All at 1.26."))
BY_PERSON = "a person ended it: it was marked as failed in Airflow"
EMPTY = {"addons_before": [], "addons_after": [], "node_groups": [], "control_plane_needed": False}

Raw = dict[str, Any]


def verdict(record: Raw, *tasks: Raw, goals: tuple[str, ...] = (GOAL,)) -> Verdict:
    """Of the record, with these tasks instead of those of the same stage and index."""
    given = {(each["name"], each["map_index"]): each for each in tasks}
    kept = [x for x in record["tasks"] if (x["name"], x["map_index"]) not in given]
    return judge(Record.from_json({**record, "tasks": [*kept, *tasks]}), goals)


def cut(record: Raw, stage: Stage, at: Raw | None, rest: str = "skipped") -> list[Raw]:
    """The tasks of a run that came as far as the stage; `at` stands for its task."""
    order = list(Stage)
    tasks = []
    for each in deepcopy(record["tasks"]):
        place = Stage(each["stage"])
        if order.index(place) < order.index(stage):
            tasks.append(each)
        elif place is stage and at is not None:
            tasks.append(at)
        else:
            by_hand = "skipped" if rest == "skipped" else ""
            tasks.append(each | {"state": rest, "result": None, "by_hand": by_hand})
    return tasks


PHASES = [
    Stage.PLAN,
    Stage.ADDONS_BEFORE,
    Stage.CONTROL_PLANE,
    Stage.CONTROL_PLANE_WAIT,
    Stage.DRAIN,
    Stage.DELETION_WAIT,
    Stage.CLUSTER,
]


def test_a_run_is_good_when_the_cluster_was_seen_as_planned(upgraded: Raw) -> None:
    assert verdict(upgraded) == Verdict(good=True, message="All at 1.26")


@pytest.mark.parametrize("stage", PHASES)
def test_a_run_that_a_person_ends_while_a_task_is_at_work_is_red(
    upgraded: Raw, stage: Stage
) -> None:
    ended = task(stage, "failed", by_hand="failed", failure=BY_PERSON)
    found = verdict(upgraded | {"tasks": cut(upgraded, stage, ended)})
    assert not found.good
    assert found.message.startswith(f"a person ended the run at do-{stage.value} [shop")
    assert found.message.endswith("it adopts what is done")


@pytest.mark.parametrize("stage", PHASES)
def test_a_run_that_a_person_calls_a_success_is_red(upgraded: Raw, stage: Stage) -> None:
    called = task(stage, "success", by_hand="success")
    found = verdict(upgraded | {"tasks": cut(upgraded, stage, called)})
    assert not found.good
    assert f"at do-{stage.value} [shop" in found.message or "nobody has seen" in found.message


@pytest.mark.parametrize("stage", PHASES)
def test_a_run_that_a_person_ends_while_nothing_is_at_work_is_red(
    upgraded: Raw, stage: Stage
) -> None:
    found = verdict(upgraded | {"tasks": cut(upgraded, stage, None)})
    assert not found.good
    assert found.message.startswith(f"a person ended the run at do-{stage.value} [shop")


@pytest.mark.parametrize("stage", PHASES)
def test_a_run_whose_tasks_failed_by_themselves_says_what_where_and_what_to_do(
    upgraded: Raw, stage: Stage
) -> None:
    why = "AWS says no.\n1. and more of it"
    broken = task(stage, "failed", failure=why)
    found = verdict(upgraded | {"tasks": cut(upgraded, stage, broken, "upstream_failed")})
    assert not found.good
    assert found.message.startswith(f"the run stopped at do-{stage.value} [shop")
    assert ": AWS says no; put right what is named here, then " in found.message
    assert "\n" not in found.message


@pytest.mark.parametrize("state", [None, "upstream_failed", "skipped", "failed", "removed"])
def test_without_its_goal_no_run_is_good(upgraded: Raw, state: str | None) -> None:
    assert not verdict(upgraded, task(Stage.CLUSTER, state)).good


def test_a_goal_without_a_result_of_its_own_shows_nothing(upgraded: Raw) -> None:
    assert not verdict(upgraded, task(Stage.CLUSTER, "success")).good
    called = SEEN | {"by_hand": "success"}  # the result is that of an earlier try
    found = verdict(upgraded, called)
    assert not found.good
    assert found.message == (
        "a person marked do-cluster [shop] as success, and so nobody has seen that the cluster is "
        "as planned; clear `do-cluster`"
    )


def test_the_goal_of_another_dag_that_a_person_calls_a_success_is_told_as_that(
    upgraded: Raw,
) -> None:
    drained = task(Stage.DRAIN, by_hand="success")
    alone = {**upgraded, "plan": None, "tasks": [drained]}
    found = judge(Record.from_json(alone), [drained["name"]])
    assert not found.good
    assert found.message.startswith("a person marked do-drain [shop")
    assert "as success, and so nobody has seen that it is done" in found.message


def test_a_task_on_the_way_may_be_called_a_success_when_the_cluster_is_as_planned(
    upgraded: Raw,
) -> None:
    assert verdict(upgraded, task(Stage.CONTROL_PLANE_WAIT, by_hand="success")).good
    assert not verdict(upgraded, task(Stage.CONTROL_PLANE_WAIT, "failed", by_hand="failed")).good


def test_an_empty_run_and_one_of_no_known_goal_are_red() -> None:
    for record in ({}, {"tasks": []}, {"tasks": [SEEN]}):
        found = judge(Record.from_json(record), ["another"])
        assert not found.good
        assert "nothing shows that the run has reached what it was for" in found.message


def test_a_plan_with_nothing_to_do_is_enough(upgraded: Raw) -> None:
    plan = upgraded["plan"] | EMPTY
    rest = [task(Stage.LOCK, "skipped"), task(Stage.CLUSTER, "skipped")]
    record = upgraded | {"plan": plan, "tasks": [task(Stage.PLAN), *rest]}
    assert verdict(record) == Verdict(good=True, message="the plan found nothing to do")
    # Whose plan it is counts: not that of a try before the last one.
    for told in ({"by_hand": "success"}, {"state": "failed"}, {"state": "skipped"}):
        assert not verdict(record, task(Stage.PLAN) | told).good
    assert not verdict(record, task(Stage.CLUSTER, "failed", failure="DEGRADED")).good


def test_a_run_that_is_cleared_as_a_whole_misses_no_group_that_is_gone_by_then(
    upgraded: Raw,
) -> None:
    groups = [task(Stage.DRAIN, "removed"), task(Stage.DELETION, "removed")]
    assert verdict(upgraded, *groups) == Verdict(good=True, message="All at 1.26")


def test_a_plan_alone_is_the_goal_of_a_run_that_only_plans(upgraded: Raw) -> None:
    record = upgraded | {"tasks": [task(Stage.PLAN)]}
    assert verdict(record, goals=("do-plan",)).good
    assert not verdict(record | {"plan": None}, goals=("do-plan",)).good


@pytest.mark.parametrize("stage", [Stage.UNLOCK, Stage.REPORT])
def test_a_lock_that_was_not_given_back_and_a_report_that_was_not_written_are_told(
    upgraded: Raw, stage: Stage
) -> None:
    found = verdict(upgraded, task(stage, "failed", failure="503"))
    assert not found.good
    assert found.message == (
        f"all is done (All at 1.26), but {stage.title} failed at do-{stage.value} [shop]: 503; "
        "clear that task"
    )


def test_what_is_about_a_node_group_names_cluster_and_group(upgraded: Raw) -> None:
    broken = task(Stage.DRAIN, "failed", failure="a budget allows nothing")
    found = verdict(upgraded | {"tasks": cut(upgraded, Stage.DRAIN, broken, "upstream_failed")})
    assert found.message == (
        "the run stopped at do-drain [shop/workers]: a budget allows nothing; put right what is "
        "named here, then clear `do-drain` [workers]"
    )


def test_of_a_long_failure_the_verdict_has_the_beginning(upgraded: Raw) -> None:
    broken = task(Stage.DRAIN, "failed", failure="x" * 5000)
    found = verdict(upgraded | {"tasks": cut(upgraded, Stage.DRAIN, broken, "upstream_failed")})
    assert len(found.message) < 700


def test_the_report_says_that_a_person_ended_the_run(upgraded: Raw) -> None:
    ended = task(Stage.DRAIN, "failed", by_hand="failed", failure=BY_PERSON)
    report = build_report(upgraded | {"tasks": cut(upgraded, Stage.DRAIN, ended)})
    assert report.headline.outcome == "ended by a person at the drain of shop/workers"
    assert report.continuation is not None
    assert report.continuation.action.startswith("Start a new run with the same parameters")
    assert report.continuation.failed[0].why == BY_PERSON
    assert "no message" not in str(report)


def test_the_report_of_a_run_that_was_ended_between_tasks_names_the_next_one(
    upgraded: Raw,
) -> None:
    report = build_report(upgraded | {"tasks": cut(upgraded, Stage.CONTROL_PLANE, None)})
    assert report.headline.outcome == "ended by a person at the control plane"


def test_the_report_calls_no_run_upgraded_whose_check_a_person_called_a_success(
    upgraded: Raw,
) -> None:
    tasks = cut(upgraded, Stage.CLUSTER, SEEN | {"by_hand": "success"})
    assert build_report(upgraded | {"tasks": tasks}).headline.kind == "stopped"


def test_what_a_good_run_skips_as_well_is_not_missing_in_one_that_a_person_ended(
    upgraded: Raw,
) -> None:
    skipped = {"state": "skipped", "by_hand": "skipped"}
    record = Record.from_json(
        upgraded
        | {
            "plan": upgraded["plan"] | {"addons_after": []},
            "tasks": [
                task(Stage.ADDONS_BEFORE) | skipped,
                task(Stage.ADDONS_AFTER) | skipped,
                task(Stage.DIAGNOSIS) | skipped,
            ],
        }
    )
    assert [bool(each.by_hand) for each in record.tasks] == [True, False, False]


def test_of_a_refusal_the_verdict_names_the_first_problem(upgraded: Raw) -> None:
    refused = Refused(
        "The upgrade of cluster 'shop' cannot go ahead",
        [
            Problem("3 pods of shop/cache", "each has an emptyDir volume", "allow it"),
            Problem("region", "it is empty", "set it"),
        ],
    )
    plan = task(Stage.PLAN, "failed", failure=str(refused))
    told = verdict(upgraded, *cut(upgraded, Stage.PLAN, plan, "upstream_failed")).message
    assert "cannot go ahead: 2 problems: 1. 3 pods of shop/cache: each has an emptyDir" in told
