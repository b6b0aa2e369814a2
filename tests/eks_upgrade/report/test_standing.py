"""After a stop: how far each node group is, what is safe, and the one action that goes on."""

from typing import Any

import pytest

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import REPLACEMENT, Stage
from include.eks_upgrade.report.advice import next_action, stop_lines
from include.eks_upgrade.report.build import build_report
from include.eks_upgrade.report.html import as_html
from include.eks_upgrade.report.markdown import as_markdown
from include.eks_upgrade.report.record import Record
from include.eks_upgrade.report.standing import Progress, progress, safe_now


def a_task(
    stage: Stage, state: str | None = "success", *, index: int = 0, **more: Any
) -> dict[str, Any]:
    mapped = stage in {*REPLACEMENT, Stage.ADDONS_BEFORE, Stage.ADDONS_AFTER}
    return {
        "stage": stage.value,
        "name": f"do-{stage.value}",
        "map_index": index if mapped else -1,
        "state": state,
    } | more


def stopped(raw: Raw, *tasks: Raw, world: Any = None) -> Record:
    return Record.from_json({**raw, "tasks": list(tasks), "world": world})


def world(**groups: str) -> dict[str, Any]:
    names = {"old": "workers", "new": "workers-k126"}
    return {"node_groups": [{"name": names[n], "status": s} for n, s in groups.items()]}


STAGES = [
    pytest.param([], None, Progress.UNTOUCHED, id="nothing-done"),
    pytest.param([(Stage.NEW_GROUP, "failed")], None, Progress.BESIDE, id="green-begun"),
    pytest.param([], world(old="ACTIVE", new="ACTIVE"), Progress.BESIDE, id="green-of-before"),
    pytest.param([(Stage.FENCE, "failed")], None, Progress.FENCED, id="fence-failed-half-way"),
    pytest.param([(Stage.FENCE, "upstream_failed")], None, Progress.UNTOUCHED, id="never-fenced"),
    pytest.param([(Stage.FENCE, "success")], None, Progress.FENCED, id="between-fence-and-drain"),
    pytest.param(
        [(Stage.FENCE, "success"), (Stage.DRAIN, "failed")],
        None,
        Progress.FENCED,
        id="drain-failed",
    ),
    pytest.param([(Stage.DRAIN, "success")], None, Progress.DRAINED, id="drained"),
    pytest.param([(Stage.DELETION, "success")], None, Progress.GOING, id="asked-to-go"),
    pytest.param(
        [(Stage.DRAIN, "success")], world(old="DELETING"), Progress.GOING, id="seen-going"
    ),
    pytest.param([(Stage.OLD_GROUP_GONE, "success")], None, Progress.GONE, id="waited-until-gone"),
    pytest.param([], world(new="ACTIVE"), Progress.GONE, id="seen-gone"),
]


@pytest.mark.parametrize(("tasks", "seen", "reached"), STAGES)
def test_a_group_is_as_far_as_tasks_and_cluster_show(
    failed_drain: Raw, tasks: list[tuple[Stage, str]], seen: Any, reached: Progress
) -> None:
    done = [a_task(stage, state) for stage, state in tasks]
    assert progress(stopped(failed_drain, *done, world=seen), 0) is reached


def test_a_stop_between_fence_and_drain_leaves_workloads_running_and_says_how_to_unfence(
    failed_drain: Raw,
) -> None:
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert any("go on running there" in sentence for sentence in stop.safe)
    assert "trigger `let-go`, or do it by hand" in stop.left[0]
    assert "Release: give the old node group back" in stop.left[0]


def test_a_group_that_goes_is_not_offered_back(failed_drain: Raw) -> None:
    failed_drain["world"]["node_groups"][0]["status"] = "DELETING"
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert "on its way out" in stop.left[0]
    assert "give it back" not in stop.left[0]
    assert any("cannot be given back" in sentence for sentence in stop.safe)


def test_an_update_whose_end_was_not_seen_is_told_to_go_on_by_itself(failed_drain: Raw) -> None:
    record = stopped(
        failed_drain, a_task(Stage.CONTROL_PLANE), a_task(Stage.CONTROL_PLANE_WAIT, "failed")
    )
    assert "EKS goes on with the update of the control plane by itself" in safe_now(record)[0]
    done = stopped(failed_drain, a_task(Stage.CONTROL_PLANE), a_task(Stage.CONTROL_PLANE_WAIT))
    assert "EKS goes on" not in " ".join(safe_now(done))


def test_the_lock_of_a_run_that_was_killed_is_told_to_be_taken_over(failed_drain: Raw) -> None:
    assert "takes the lock over" in safe_now(stopped(failed_drain, a_task(Stage.LOCK)))[-1]
    assert "lock" not in " ".join(safe_now(stopped(failed_drain, a_task(Stage.LOCK, "failed"))))


DRAIN = Stage.DRAIN
NEEDS_EMPTYDIR = "remedy: set delete_emptydir_data"
ACTIONS = [
    pytest.param(
        [a_task(Stage.PLAN, "failed")], "if no parameter was wrong, clear", id="refused-plan"
    ),
    pytest.param(
        [a_task(Stage.LOCK, "failed")], "the run that holds the lock has ended", id="locked"
    ),
    pytest.param(
        [a_task(DRAIN, "failed", failure=NEEDS_EMPTYDIR)],
        "a new run with the same parameters and `delete_emptydir_data` on.",
        id="a-switch-lifts-it",
    ),
    pytest.param(
        [a_task(Stage.CONTROL_PLANE_WAIT, "failed", failure="stuck")],
        "clear `do-control-plane`.",
        id="a-stuck-wait",
    ),
    pytest.param(
        [a_task(DRAIN, "failed", failure="a"), a_task(DRAIN, "failed", index=1, failure="b")],
        "Put right what is named here, then start a new run with the same parameters",
        id="two-groups-failed",
    ),
    pytest.param([a_task(Stage.CLUSTER, None)], "Start a new run with the same", id="killed"),
]


@pytest.mark.parametrize(("tasks", "action"), ACTIONS)
def test_there_is_one_action_that_goes_on(failed_drain: Raw, tasks: list[Raw], action: str) -> None:
    assert action in next_action(stopped(failed_drain, *tasks))


def test_the_action_comes_first_in_both_forms_of_the_report(failed_drain: Raw) -> None:
    report = build_report(failed_drain)
    for text in (as_markdown(report), as_html(report)):
        places = [
            text.index(heading) for heading in ("What to do now", "Why it stopped", "Safe right")
        ]
        assert places == sorted(places)


def test_the_lines_for_the_log_say_the_same_as_the_report(failed_drain: Raw) -> None:
    stop = build_report(failed_drain).continuation
    assert stop is not None
    lines = stop_lines(Record.from_json(failed_drain))
    assert lines[1] == f"What to do now: {stop.action}"
    assert [line.split(":")[0] for line in lines] == [
        "Safe right now",
        "What to do now",
        "In the cluster",
        "Done",
        "Not done",
    ]
    assert all(sentence.rstrip(".") in "".join(lines) for sentence in stop.safe)


def test_a_run_that_came_to_its_end_has_no_such_lines(upgraded: Raw) -> None:
    assert stop_lines(Record.from_json(upgraded)) == []
