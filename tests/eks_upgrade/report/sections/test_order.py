"""The order in which node groups were replaced, as a section of its own."""

from typing import Any

import pytest

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.report import build_report, render_report

Record = dict[str, Any]
GROUPS = ("south", "west", "north")


def groups_of(record: Record, *names: str, at_once: int | None = 2) -> Record:
    """The same run with these groups in its plan."""
    (group,) = record["plan"]["node_groups"]
    plan = record["plan"] | {"node_groups": [group | {"name": name} for name in names]}
    request = {"max_groups_at_once": at_once} if at_once else {}
    return record | {"plan": plan, "request": record["request"] | request, "tasks": []}


def task(record: Record, stage: Stage, place: int, state: str = "success", *minutes: int) -> None:
    """Its times are minutes into the run, none where it has left no result."""
    began, ended = (f"2026-11-23T10:{each:02d}:00+00:00" for each in minutes or (0, 0))
    record["tasks"].append(
        {
            "stage": stage.value,
            "name": f"do-{stage.value}",
            "map_index": place,
            "state": state,
            "started": began if minutes else None,
            "ended": ended if minutes else None,
        }
    )


@pytest.fixture
def three(upgraded: Record) -> Record:
    made = groups_of(upgraded, *GROUPS)
    for place, (began, ended) in enumerate(((1, 4), (4, 8), (5, 7))):
        # A group that waits for its turn is not at work.
        task(made, Stage.TURN, place, "success", 0, began)
        task(made, Stage.IMAGE, place, "success", began, began)
        task(made, Stage.OLD_GROUP_GONE, place, "success", began + 1, ended)
    return made


def test_the_canary_stands_first_and_then_the_others_in_their_turns(three: Record) -> None:
    order = build_report(three).order
    assert [(each.place, each.node_group, each.turn) for each in order] == [
        (1, "south", "the canary, by itself"),
        (2, "west", "then 2 at a time"),
        (3, "north", "then 2 at a time"),
    ]
    assert [(each.began, each.seconds) for each in order] == [(60, 180), (240, 240), (300, 120)]


@pytest.mark.parametrize(
    ("at_once", "turn"),
    [
        pytest.param(1, "then one after the other", id="one"),
        pytest.param(5, "then 5 at a time", id="five"),
        pytest.param(None, "then", id="nobody-says"),
    ],
)
def test_a_turn_says_how_many_go_at_a_time(upgraded: Record, at_once: int, turn: str) -> None:
    record = groups_of(upgraded, "south", "west", at_once=at_once)
    task(record, Stage.IMAGE, 0, "success", 1, 2)
    assert build_report(record).order[1].turn == turn


def test_a_group_that_was_held_back_is_not_begun(upgraded: Record) -> None:
    record = groups_of(upgraded, *GROUPS)
    task(record, Stage.IMAGE, 0, "success", 1, 2)
    task(record, Stage.NEW_NODES, 0, "failed")
    for place in (1, 2):
        task(record, Stage.TURN, place, "failed")
        task(record, Stage.IMAGE, place, "upstream_failed")
    found = [(each.state, each.began, each.seconds) for each in build_report(record).order]
    assert found == [("failed", 60, 60), ("not begun", None, None), ("not begun", None, None)]


def test_one_group_needs_no_order(upgraded: Record) -> None:
    record = groups_of(upgraded, "south")
    task(record, Stage.IMAGE, 0, "success", 1, 2)
    assert build_report(record).order == ()


def test_a_run_that_only_planned_has_the_order_in_its_plan_alone(upgraded: Record) -> None:
    assert build_report(groups_of(upgraded, *GROUPS)).order == ()


def test_both_forms_show_the_order(three: Record) -> None:
    rendered = render_report(three)
    assert "## Order of the node groups" in rendered.markdown
    row = "| 1 | south | the canary, by itself | done | 1 min | 3 min |"
    assert row in rendered.markdown
    assert "<h2>Order of the node groups</h2>" in rendered.html
    assert "<td>then 2 at a time</td>" in rendered.html
