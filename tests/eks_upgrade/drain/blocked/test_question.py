"""The question to a person, and what each answer makes of `when_blocked`."""

from typing import Any

import pytest

from include.eks_upgrade.drain.blocked.policy import ALLOWED, Action, action_for, check_when_blocked
from include.eks_upgrade.drain.blocked.question import (
    DELETE,
    MAX_LISTED_BLOCKS,
    RESTART,
    STOP,
    WAIT_ON,
    Answer,
    DeferredQuestion,
    block_lines,
    body,
    end_message,
    obstacle,
    options,
    subject,
)
from include.eks_upgrade.drain.options import DrainOptions


def block(kind: str, pod: str = "shop/web-1", **more: Any) -> dict[str, Any]:
    plain = {"pod": pod, "node": "node-1", "class": kind, "text": "why", "remedy": "do this"}
    return {**plain, "since": "2026-11-24T03:12:45+00:00", **more}


def given(option: str, *kinds: str) -> Answer:
    return Answer(
        option=option, who="Ada", at="2026-11-24T03:20:00+00:00", blocks=[*map(block, kinds)]
    )


ANSWERS = [
    pytest.param(RESTART, ["never_allowed"], {"never_allowed": "restart"}, id="restart"),
    pytest.param(DELETE, ["never_healthy"], {"never_healthy": "delete"}, id="delete"),
    pytest.param(WAIT_ON, ["refused"], {"refused": "ask"}, id="waiting on is asked again"),
    pytest.param(
        RESTART,
        ["never_allowed", "slow_to_stop"],
        {"never_allowed": "restart"},
        id="only for classes that take it",
    ),
]


@pytest.mark.parametrize(("option", "kinds", "changes"), ANSWERS)
def test_an_answer_holds_for_the_classes_that_were_asked_about_and_for_no_other(
    option: str, kinds: list[str], changes: dict[str, str]
) -> None:
    before = {**dict.fromkeys(kinds, "ask"), "budget_full": "fail"}
    after = given(option, *kinds).applied_to(before)
    assert after == before | changes
    assert check_when_blocked(after, may_delete=True) == []


@pytest.mark.parametrize("option", [RESTART, DELETE])
@pytest.mark.parametrize("kind", sorted(ALLOWED))
def test_for_whom_an_answer_does_nothing_is_known(option: str, kind: str) -> None:
    answer = {RESTART: Action.RESTART, DELETE: Action.DELETE}[option]
    assert bool(given(option, kind).left_waiting) == (answer not in ALLOWED[kind])


@pytest.mark.parametrize("may_delete", [True, False])
def test_deleting_is_offered_and_explained_only_where_it_is_allowed(may_delete: bool) -> None:
    offered = options(may_delete=may_delete)
    limits = DrainOptions(may_delete_blocked_pods=may_delete, delete_pause_seconds=7)
    text = body([block("refused")], limits, now=0.0, deadline=60.0, ask_again_minutes=30)
    assert (DELETE in offered) == (DELETE in text) == ("7 s apart" in text) == may_delete
    for option in offered:
        assert f"**{option}**" in text


def test_no_option_is_taken_for_granted_and_stopping_is_always_offered() -> None:
    assert options(may_delete=False) == [WAIT_ON, RESTART, STOP]


def test_foreign_text_stays_inside_its_cell() -> None:
    evil = block("refused", text="denied | <script> [x](http://evil) **now**", remedy="a\nb")
    text = body([evil], DrainOptions(), now=0.0, deadline=60.0, ask_again_minutes=30)
    (row,) = (line for line in text.splitlines() if "shop/web-1" in line)
    assert row.replace("\\|", "").count("|") == 7
    assert "<script>" not in text
    assert "\\[x\\]" in row


def test_the_place_where_it_is_read_adds_its_own_note_and_nothing_else_is_said_of_it() -> None:
    blocks, limits = [block("refused")], DrainOptions()
    plain = body(blocks, limits, now=0.0, deadline=60.0, ask_again_minutes=30)
    noted = body(blocks, limits, now=0.0, deadline=60.0, ask_again_minutes=30, note="Look there.")
    assert noted == f"{plain} Look there."
    assert not [word for word in ("Airflow", "task", "XCom") if word in plain]


def test_a_table_of_hundreds_is_cut_and_the_rest_counted() -> None:
    blocks = [block("refused", f"shop/web-{n}") for n in range(MAX_LISTED_BLOCKS + 7)]
    text = body(blocks, DrainOptions(), now=0.0, deadline=60.0, ask_again_minutes=30)
    assert text.count("shop/web-") == MAX_LISTED_BLOCKS
    assert "and 7 more." in text
    assert f"{MAX_LISTED_BLOCKS + 7} pods are blocked" in text


def test_nobody_is_asked_before_it_is_time() -> None:
    now = [100.0]
    wanted = {"never_allowed": "ask", "refused": "fail"}
    later = DeferredQuestion(wanted, not_before=200.0, now=lambda: now[0])
    drain = DrainOptions(when_blocked=later)
    assert dict(later) == {"never_allowed": "wait", "refused": "fail"}
    assert action_for("never_allowed", drain) == Action.WAIT
    assert action_for("slow_to_stop", drain) == Action.WAIT
    now[0] = 200.0
    assert action_for("never_allowed", drain) == Action.ASK
    assert len(later) == 2


def test_the_report_says_who_answered_what_and_names_some_pods() -> None:
    blocks = [block("refused", f"shop/web-{n}") for n in range(5)]
    found = obstacle(
        Answer(option=WAIT_ON, who="Ada", at="2026-11-24T03:20:00+00:00", blocks=blocks).as_json()
    )
    assert found.what == "5 pods blocked (refused): shop/web-0, shop/web-1, shop/web-2 and 2 more"
    assert found.passed_by == "Ada answered 'Keep waiting' at 2026-11-24T03:20:00+00:00"


def test_the_log_has_a_line_for_each_reason_and_not_for_each_pod() -> None:
    blocks = [block("refused", f"shop/web-{n}") for n in range(9)]
    one, other = block_lines([*blocks, block("slow_to_stop", "shop/db-0")])
    assert one.startswith("9 pods (shop/web-0, shop/web-1, shop/web-2 and 6 more): ")
    assert other.startswith("pod shop/db-0 on node-1: ")


def test_a_question_names_the_cluster_where_one_is_known() -> None:
    assert subject("node group workers", "demo").startswith(
        "Cluster demo: the drain of node group workers waits"
    )
    assert subject("nodes pool=old").startswith("The drain of nodes pool=old waits")


def test_a_drain_that_ends_with_its_question_names_every_pod_and_who_ended_it() -> None:
    blocks = [block("refused", f"shop/web-{n}") for n in range(60)]
    nobody, somebody = end_message("workers", blocks), end_message("workers", blocks, given(STOP))
    for text in (nobody, somebody):
        assert all(str(each["pod"]) in text for each in blocks)
        assert text.count(str(blocks[0]["text"])) == 1
        assert "Nothing was deleted" in text
        assert "repeat the drain of the old nodes to go on" in text
    assert "Ada" not in nobody
    assert "Ada answered 'Stop here' at 2026-11-24T03:20:00+00:00" in somebody
