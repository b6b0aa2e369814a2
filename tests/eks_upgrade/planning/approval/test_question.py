"""The question before a step: a line for lists, and all that is known to decide it by."""

from datetime import date

import pytest

from include.eks_upgrade.planning.approval.points import (
    MEANINGS,
    NOBODY,
    ApprovalOptions,
    Point,
    approval_problems,
    users_of,
)
from include.eks_upgrade.planning.approval.question import Question, body, what_begins
from include.eks_upgrade.planning.prediction.lines import prediction_lines
from include.eks_upgrade.planning.prediction.model import Prediction
from include.eks_upgrade.planning.preflight.check import Finding, Severity
from include.eks_upgrade.planning.preflight.waiver import Waiver
from include.eks_upgrade.request import UpgradeRequest

SUMMARY = ["control plane: 1.32 -> 1.33", "node group a|b (1.32, 3 nodes): is replaced"]


def waived(severity: Severity) -> Finding:
    waiver = Waiver("budgets", "budget shop/web", "it is drained by hand", date(2026, 12, 31))
    return Finding(severity, "budget shop/web", "never allows", "raise it", waiver=waiver)


def asked(point: Point = Point.CONTROL_PLANE, **names: str) -> Question:
    what = what_begins(point, from_version="1.32", to_version="1.33", **names)
    return Question(
        point=point,
        cluster="shop",
        what=what,
        fingerprint="0123456789ab",
        asked=0.0,
        deadline=86400.0,
    )


SUBJECTS = {
    Point.CONTROL_PLANE: (
        "Cluster shop: may the update of the control plane from 1.32 to 1.33 begin?"
    ),
    Point.FENCE: (
        "Cluster shop: may the fence and the drain of node group 'old', whose pods go to 'new', "
        "begin?"
    ),
    Point.OLD_GROUP_DELETION: "Cluster shop: may the deletion of node group 'old' begin?",
    Point.ASG_DELETION: (
        "Cluster shop: may the deletion of the Auto Scaling group of node group 'old' begin?"
    ),
    Point.HOPS: "Cluster shop: may the run of the next hop (1.33 to 1.34) begin?",
}


@pytest.mark.parametrize("point", Point)
def test_a_question_names_its_cluster_and_what_begins(point: Point) -> None:
    new = "new" if point is Point.FENCE else ""
    told = asked(point, old="old", new=new, following="1.33 to 1.34").subject
    assert told == SUBJECTS[point]


def test_the_text_says_what_each_answer_does_and_until_when_one_counts() -> None:
    told = body(asked(), {"summary": SUMMARY})
    assert "no answer until 1970-01-02 00:00 UTC, does not" in told
    assert "`0123456789ab`" in told
    assert "- control plane: 1.32 -&gt; 1.33" in told
    assert "a\\|b" in told


HOURS = "How long it will take, and what it costs"
LINES: dict[str, tuple[str, str, str]] = {
    "a step": ("summary", "control plane: to 1.33", "The plan"),
    "a prediction": ("summary", "prediction: about 41 min in all", HOURS),
    "the end of support": ("summary", "support: 1.32 is supported for 90 days", HOURS),
    "the way back": ("summary", "going back with the nodes: until then", "The way back"),
    "a waived warning": ("summary", waived(Severity.WARNS).text, "Waived findings"),
    "a waived block": ("warnings", waived(Severity.BLOCKS).text, "Waived findings"),
    "a finding": ("warnings", "budget shop/web: never allows", "Findings and warnings"),
}


@pytest.mark.parametrize(("key", "line", "title"), LINES.values(), ids=list(LINES))
def test_each_line_of_the_plan_stands_below_its_heading(key: str, line: str, title: str) -> None:
    told = body(asked(), {key: [line]})
    assert f"**{title}**\n\n- {line.removeprefix('prediction: ')}" in told
    assert told.count("\n- ") == 1


def test_a_plan_without_lines_is_asked_about_without_headings() -> None:
    for plan in ({}, {"summary": [], "warnings": None}):
        assert "\n- " not in body(asked(), plan)


def test_what_is_foretold_of_a_real_plan_stands_below_its_heading() -> None:
    found = Prediction.from_json(
        {
            "made_at": "2026-11-26T20:00:00+00:00",
            "best": 20.0,
            "probable": 41.0,
            "steps": [],
            "groups": [],
        }
    )
    assert found is not None
    lines = list(prediction_lines(found))
    told = body(asked(), {"summary": lines})
    assert f"**{HOURS}**\n\n- about 41 min" in told
    assert "**The plan**" not in told


def test_a_plan_of_a_thousand_lines_is_a_question_that_can_be_read() -> None:
    text = body(asked(), {"summary": [f"line {number}" for number in range(1000)]})
    assert len(text.splitlines()) < 80
    assert "and 940 more" in text


def test_every_point_says_in_the_form_what_it_is_before() -> None:
    assert set(MEANINGS) == set(Point)


def test_users_are_ids_with_or_without_a_name_and_blank_lines_are_none() -> None:
    users = users_of(["7  Ada Lovelace ", "bob@example.com", " ", ""])
    assert [tuple(user) for user in users] == [
        ("7", "Ada Lovelace"),
        ("bob@example.com", "bob@example.com"),
    ]


WRONG = {
    "unknown point": (ApprovalOptions(approvals=("control-plane",)), "write control_plane"),
    "no such point at all": (ApprovalOptions(approvals=("lunch",)), "choose of control_plane"),
    "a point twice": (ApprovalOptions(approvals=("fence", "fence")), "fence named twice"),
    "approvers of nothing": (ApprovalOptions(approvers=("7",)), "nobody is asked"),
    "a user twice": (
        ApprovalOptions(approvals=("fence",), approvers=("7 Ada", "7")),
        "7 named twice",
    ),
    "no time": (ApprovalOptions(approval_minutes=0), "not a time to wait"),
}


@pytest.mark.parametrize(("options", "words"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_is_refused_with_its_remedy(options: ApprovalOptions, words: str) -> None:
    (problem,) = approval_problems(options)
    assert words in str(problem)


def test_all_points_and_no_point_are_well() -> None:
    assert list(approval_problems(NOBODY)) == []
    assert list(approval_problems(ApprovalOptions(approvals=tuple(map(str, Point))))) == []


def test_the_parameters_are_read_with_and_without_values() -> None:
    given = {"approvals": ["fence"], "approvers": ["7 Ada", " "], "approval_minutes": 5}
    read = UpgradeRequest.from_params({"cluster_name": "c", **given}).approval
    assert read == ApprovalOptions(approvals=("fence",), approvers=("7 Ada",), approval_minutes=5)
    empty = UpgradeRequest.from_params({"approvals": None, "approvers": None}).approval
    assert empty == NOBODY
