"""What an answer is worth: only a yes, of somebody who may give it, to the plan that is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from include.eks_upgrade.common.errors import Busy, Stuck, UnexpectedResponse, UpgradeError
from include.eks_upgrade.planning.approval.answer import Approval, judge_answer, read_answer
from include.eks_upgrade.planning.approval.points import Point
from include.eks_upgrade.planning.approval.question import GO_ON, STOP, Question

AT = datetime(2026, 11, 24, 3, 12, 45, tzinfo=UTC)
ASKED = Question(
    point="fence",
    cluster="shop",
    what="the fence and the drain of node group 'workers'",
    node_group="workers",
    fingerprint="0123456789ab",
    asked=1000.0,
    deadline=1000.0 + 90 * 60,
)
ADA = {"id": "7", "name": "Ada"}


def event(*options: str, user: dict[str, str] | None = ADA, at: Any = AT) -> dict[str, Any]:
    return {"chosen_options": list(options), "responded_by_user": user, "responded_at": at}


TIMEOUT = {"error": "The response timeout has passed.", "error_type": "timeout"}


@dataclass(frozen=True)
class Case:
    """One answer and what becomes of it."""

    event: dict[str, Any]
    becomes: type[Approval | UpgradeError]
    words: str = ""
    approvers: tuple[str, ...] = ()
    present: str | None = ASKED.fingerprint


CASES = {
    "approved": Case(event(GO_ON), Approval),
    "approved by one of those who may": Case(event(GO_ON), Approval, approvers=("9", "7 Ada")),
    "rejected": Case(event(STOP), Stuck, "Ada answered 'Stop here' at 2026-11-24 03:12 UTC"),
    "rejected by somebody else": Case(event(STOP), Stuck, "Ada answered", approvers=("9",)),
    "timed out": Case(TIMEOUT, Stuck, "nobody has answered within 90 minutes"),
    "timed out, the plan changed meanwhile": Case(TIMEOUT, Stuck, "nobody", present="other"),
    "answered by somebody else": Case(
        event(GO_ON), Stuck, "only these users may (approvers): 8, 9", approvers=("8 Bob", "9")
    ),
    "answered by a name and not by the id": Case(event(GO_ON), Stuck, "only", approvers=("Ada",)),
    "answered by nobody who is known": Case(
        event(GO_ON, user=None), Stuck, "somebody (id unknown)", approvers=("7",)
    ),
    "answered by nobody who is known, and anybody may": Case(event(GO_ON, user=None), Approval),
    "plan changed": Case(event(GO_ON), Busy, "the plan has changed", present="ba9876543210"),
    "plan without this step": Case(event(GO_ON), Busy, "without this step", present=None),
    "both options": Case(event(GO_ON, STOP), Stuck, "'Approve and Stop here'"),
    "no option": Case(event(), Stuck, "'nothing'"),
    "an option that nobody offered": Case(event("approve"), Stuck, "'approve'"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_an_answer_is_a_yes_or_the_step_is_not_begun(case: Case) -> None:
    answer = read_answer(case.event)
    judged = judge_answer(ASKED, answer, present=case.present, approvers=case.approvers, now=2000.0)
    assert type(judged) is case.becomes
    assert case.words in str(judged)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.becomes is Stuck])
def test_who_is_told_no_hears_which_cluster_and_how_to_be_asked_again(name: str) -> None:
    case = CASES[name]
    told = str(
        judge_answer(
            ASKED, read_answer(case.event), present=None, approvers=case.approvers, now=1.0
        )
    )
    assert "node group 'workers' of cluster 'shop' was not begun" in told
    assert "has changed nothing" in told
    assert "repeat the fence around the old node group" in told


def test_an_approval_says_who_when_and_what() -> None:
    judged = judge_answer(
        ASKED, read_answer(event(GO_ON)), present="0123456789ab", approvers=(), now=1500.0
    )
    assert isinstance(judged, Approval)
    assert (judged.who, judged.user_id, judged.at) == ("Ada", "7", "2026-11-24T03:12:45+00:00")
    assert (judged.asked, judged.answered) == (1000.0, 1500.0)
    assert judged.still_holds(Point.FENCE, "0123456789ab")
    assert not judged.still_holds(Point.FENCE, "ba9876543210")
    assert not judged.still_holds(Point.OLD_GROUP_DELETION, "0123456789ab")
    assert Approval.from_json(judged.as_json()) == judged


def test_an_error_that_is_no_timeout_is_no_answer() -> None:
    with pytest.raises(UnexpectedResponse, match="the database is gone"):
        read_answer({"error": "the database is gone", "error_type": "unknown"})


def test_a_question_survives_the_way_while_it_is_awaited() -> None:
    assert Question.from_json(ASKED.as_json()) == ASKED
    assert Question.from_json({**ASKED.as_json(), "of a later release": 1}) == ASKED


def test_who_is_asked_at_no_stage_of_ours_repeats_the_step_itself() -> None:
    hop = Question.from_json({**ASKED.as_json(), "point": "hops"})
    told = judge_answer(hop, read_answer(TIMEOUT), present=None, approvers=(), now=1.0)
    assert "repeat this step" in str(told)
