import pytest

from include.eks_upgrade.common.log_lines import log_lines
from include.local_airflow.demo.progress import changed_lines, last_message, rows

NOW = 1_800_000_100.0  # 2027-01-15T08:01:40Z


def instance(task_id, state, began="2027-01-15T08:01:30Z", ended=None, **more):
    return {
        "task_id": task_id,
        "map_index": -1,
        "state": state,
        "start_date": began,
        "end_date": ended,
        "rendered_map_index": None,
        **more,
    }


def test_a_deferred_task_is_shown_as_waiting_with_what_it_waits_for():
    [row] = rows(
        [instance("control_plane.await_update", "deferred")],
        {("control_plane.await_update", -1): "update is InProgress"},
        NOW,
    )

    assert (row.phase, row.task, row.state) == ("control plane", "await update", "waiting")
    assert row.seconds == 10
    assert row.message == "update is InProgress"
    assert row.is_active


@pytest.mark.parametrize("state", [None, "scheduled", "skipped", "upstream_failed"], ids=str)
def test_a_task_that_has_not_begun_or_is_skipped_is_not_shown(state):
    assert rows([instance("plan", state)], {}, NOW) == []


def test_a_finished_task_shows_how_long_it_took():
    [row] = rows([instance("plan", "success", ended="2027-01-15T08:01:34Z")], {}, NOW)

    assert (row.state, row.seconds, row.is_active) == ("done", 4, False)


@pytest.mark.parametrize(
    ("more", "task"),
    [
        pytest.param({"map_index": 1}, "drain old [1]", id="index"),
        pytest.param(
            {"map_index": 1, "rendered_map_index": "workers"}, "drain old [workers]", id="name"
        ),
        pytest.param({}, "drain old", id="not-mapped"),
    ],
)
def test_a_mapped_task_is_named_after_what_it_is_mapped_over(more, task):
    [row] = rows([instance("node_group.drain_old", "running", **more)], {}, NOW)

    assert row.task == task


def test_tasks_are_shown_in_the_order_in_which_they_began():
    shown = rows(
        [
            instance("lock", "running", "2027-01-15T08:01:35Z"),
            instance("plan", "success", "2027-01-15T08:01:30Z", "2027-01-15T08:01:34Z"),
        ],
        {},
        NOW,
    )

    assert [row.task for row in shown] == ["plan", "lock"]


def test_a_line_is_written_only_when_state_or_message_changes():
    wait = instance("control_plane.await_update", "deferred")
    key = ("control_plane.await_update", -1)
    first = rows([wait], {key: "1 of 2"}, NOW)
    same = rows([wait], {key: "1 of 2"}, NOW + 5)
    later = rows([wait], {key: "2 of 2"}, NOW + 6)

    assert changed_lines([], first, 3) == [
        "    3 s  control plane: await update, waiting (10 s): 1 of 2"
    ]
    assert changed_lines(first, same, 8) == []
    assert changed_lines(same, later, 9) == [
        "    9 s  control plane: await update, waiting (16 s): 2 of 2"
    ]


def test_the_last_message_is_what_our_own_code_said_last():
    ours = "eks_upgrade_airflow.triggers.watch.WatchTrigger"
    content = [
        {"event": "first look", "logger": ours},
        {"event": "second look", "logger": ours},
        {"event": "::endgroup::", "logger": ours},
        {"event": "trigger started", "logger": "airflow.triggers"},
        "a bare line",
    ]

    assert last_message(content) == "second look"


def test_there_is_no_message_before_our_code_said_something():
    assert last_message([{"event": "x", "logger": "airflow"}]) == ""


def test_a_sentence_that_was_too_long_for_a_line_is_whole_again():
    message = f"update {'a' * 36} (VersionUpdate) of cluster 'demo' is in progress, and goes on"
    content = [{"event": line, "logger": "eks_upgrade_airflow.x"} for line in log_lines(message)]

    assert len(content) > 1
    assert last_message(content) == message


def test_indented_lines_about_each_node_belong_to_the_message():
    events = [
        "3 of 9 pods moved",
        "drain: 5 of 9 pods moved",
        "  node a: 2 of 4",
        "  node b: 3 of 5",
    ]
    content = [{"event": event, "logger": "eks_upgrade_airflow.x"} for event in events]

    assert last_message(content) == "drain: 5 of 9 pods moved; node a: 2 of 4; node b: 3 of 5"
