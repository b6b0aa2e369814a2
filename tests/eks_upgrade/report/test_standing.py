"""After a stop: how far each node group is, what is safe, and the one action that goes on."""

from typing import Any

import pytest

from include.eks_upgrade.report.advice import next_action, stop_lines
from include.eks_upgrade.report.build import build_report
from include.eks_upgrade.report.html import as_html
from include.eks_upgrade.report.markdown import as_markdown
from include.eks_upgrade.report.standing import Stage, safe_now, stage

Record = dict[str, Any]


def a_task(task_id: str, state: str | None = "success", *, index: int = 0, **more: Any) -> Record:
    mapped = task_id.startswith(("node_group.", "update_addons"))
    return {
        "task_id": task_id,
        "map_index": index if mapped else -1,
        "label": None,
        "state": state,
        "result": None,
        "failure": None,
    } | more


def stopped(record: Record, *tasks: Record, world: Any = None) -> Record:
    return record | {"tasks": list(tasks), "world": world}


def world(**groups: str) -> Record:
    names = {"blue": "workers", "green": "workers-k126"}
    return {"node_groups": [{"name": names[n], "status": s} for n, s in groups.items()]}


STAGES = [
    pytest.param([], None, Stage.UNTOUCHED, id="nothing-done"),
    pytest.param([("create_green", "failed")], None, Stage.BESIDE, id="green-begun"),
    pytest.param([], world(blue="ACTIVE", green="ACTIVE"), Stage.BESIDE, id="green-of-before"),
    pytest.param([("fence_blue", "failed")], None, Stage.FENCED, id="fence-failed-half-way"),
    pytest.param([("fence_blue", "upstream_failed")], None, Stage.UNTOUCHED, id="never-fenced"),
    pytest.param([("fence_blue", "success")], None, Stage.FENCED, id="between-fence-and-drain"),
    pytest.param(
        [("fence_blue", "success"), ("drain_blue", "failed")], None, Stage.FENCED, id="drain-failed"
    ),
    pytest.param([("drain_blue", "success")], None, Stage.DRAINED, id="drained"),
    pytest.param([("delete_blue", "success")], None, Stage.GOING, id="asked-to-go"),
    pytest.param([("drain_blue", "success")], world(blue="DELETING"), Stage.GOING, id="seen-going"),
    pytest.param([("wait_gone", "success")], None, Stage.GONE, id="waited-until-gone"),
    pytest.param([], world(green="ACTIVE"), Stage.GONE, id="seen-gone"),
]


@pytest.mark.parametrize(("tasks", "seen", "reached"), STAGES)
def test_a_group_is_as_far_as_tasks_and_cluster_show(
    failed_drain: Record, tasks: list[tuple[str, str]], seen: Any, reached: Stage
) -> None:
    done = [a_task(f"node_group.{name}", state) for name, state in tasks]
    assert stage(stopped(failed_drain, *done, world=seen), 0) is reached


def test_a_stop_between_fence_and_drain_leaves_workloads_running_and_says_how_to_unfence(
    failed_drain: Record,
) -> None:
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert any("go on running there" in sentence for sentence in stop.safe)
    assert "`eks_upgrade_undo`" in stop.left[0]
    assert "Undo: give the old node group back" in stop.left[0]


def test_a_group_that_goes_is_not_offered_an_undo(failed_drain: Record) -> None:
    failed_drain["world"]["node_groups"][0]["status"] = "DELETING"
    stop = build_report(failed_drain).continuation
    assert stop is not None
    assert "on its way out" in stop.left[0]
    assert "undo" not in stop.left[0]
    assert any("cannot be given back" in sentence for sentence in stop.safe)


def test_an_update_whose_end_was_not_seen_is_told_to_go_on_by_itself(failed_drain: Record) -> None:
    record = stopped(
        failed_drain, a_task("control_plane.start"), a_task("control_plane.wait", "failed")
    )
    assert "EKS goes on with the update of the control plane by itself" in safe_now(record)[0]
    done = stopped(failed_drain, a_task("control_plane.start"), a_task("control_plane.wait"))
    assert "EKS goes on" not in " ".join(safe_now(done))


def test_the_lock_of_a_run_that_was_killed_is_told_to_be_taken_over(failed_drain: Record) -> None:
    assert "takes the lock over" in safe_now(stopped(failed_drain, a_task("lock")))[-1]
    assert "lock" not in " ".join(safe_now(stopped(failed_drain, a_task("lock", "failed"))))


DRAIN = "node_group.drain_blue"
NEEDS_EMPTYDIR = "remedy: set delete_emptydir_data"
ACTIONS = [
    pytest.param([a_task("plan", "failed")], "then start a new run.", id="refused-plan"),
    pytest.param([a_task("lock", "failed")], "the run that holds the lock has ended", id="locked"),
    pytest.param(
        [a_task(DRAIN, "failed", failure=NEEDS_EMPTYDIR)],
        "a new run with the same parameters and `delete_emptydir_data` on.",
        id="a-switch-lifts-it",
    ),
    pytest.param(
        [a_task("control_plane.wait", "failed", failure="stuck")],
        "clear `control_plane.start` with its downstream tasks.",
        id="a-stuck-wait",
    ),
    pytest.param(
        [a_task(DRAIN, "failed", failure="a"), a_task(DRAIN, "failed", index=1, failure="b")],
        "Put right what is named here, then start a new run with the same parameters",
        id="two-groups-failed",
    ),
    pytest.param([a_task("verify_cluster", None)], "Start a new run with the same", id="killed"),
]


@pytest.mark.parametrize(("tasks", "duration_text"), ACTIONS)
def test_there_is_one_action_that_goes_on(
    failed_drain: Record, tasks: list[Record], duration_text: str
) -> None:
    assert duration_text in next_action(stopped(failed_drain, *tasks))


def test_the_action_comes_first_in_both_forms_of_the_report(failed_drain: Record) -> None:
    report = build_report(failed_drain)
    for text in (as_markdown(report), as_html(report)):
        places = [
            text.index(duration_text)
            for duration_text in ("What to do now", "Why it stopped", "Safe right")
        ]
        assert places == sorted(places)


def test_the_lines_for_the_log_say_the_same_as_the_report(failed_drain: Record) -> None:
    stop = build_report(failed_drain).continuation
    assert stop is not None
    lines = stop_lines(failed_drain)
    assert lines[-1] == f"What to do now: {stop.action}"
    assert [line.split(":")[0] for line in lines] == [
        "Done",
        "Safe right now",
        "In the cluster",
        "Not done",
        "What to do now",
    ]
    assert all(sentence.rstrip(".") in "".join(lines) for sentence in stop.safe)


def test_a_run_that_came_to_its_end_has_no_such_lines(upgraded: Record) -> None:
    assert stop_lines(upgraded) == []
