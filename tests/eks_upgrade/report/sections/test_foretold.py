"""What was foretold stands beside what it took, with the error; and only what has ended has one."""

from copy import deepcopy
from typing import Any

import pytest

from include.eks_upgrade.planning.prediction.model import (
    DrainPrediction,
    GroupPrediction,
    LimitPrediction,
    Prediction,
    StepPrediction,
)
from include.eks_upgrade.report import build_report, render_report

Record = dict[str, Any]
LIMIT = LimitPrediction(
    name="budget shop/web", rule="maxUnavailable 1", pods=4, allowed=1, best=60.0, probable=66.0
)
FORETOLD = Prediction(
    made_at="2026-11-23T10:00:00+00:00",
    best=9.0,
    probable=12.0,
    steps=(
        StepPrediction(name="plan and lock", best=1, probable=2, source="assumed"),
        StepPrediction(name="control plane", best=8, probable=12, source="assumed"),
    ),
    groups=(
        GroupPrediction(
            name="workers",
            nodes_removed=2,
            nodes_made=2,
            best=5,
            probable=8,
            drain=DrainPrediction(pods=4, best=60.0, probable=66.0, limits=(LIMIT,)),
        ),
    ),
)


@pytest.fixture
def told(upgraded: Record) -> Record:
    """The run of a plan that foretold."""
    made = deepcopy(upgraded)
    made["plan"]["prediction"] = FORETOLD.as_json()
    return made


def test_each_part_is_told_with_its_error(told: Record) -> None:
    rows = {row.what: row for row in build_report(told).foretold}
    assert list(rows) == [
        "control plane",
        "drain of workers",
        "node group workers",
        "the whole run",
    ]
    drain = rows["drain of workers"]
    assert (drain.best, drain.probable, drain.took, drain.error) == (60.0, 66.0, 61.2, 8)
    assert drain.decided_by == "budget shop/web (maxUnavailable 1): 4 pods, 1 at a time"
    whole = rows["the whole run"]
    assert (whole.probable, whole.took, whole.error) == (720.0, 600.0, 20)


def test_it_stands_in_both_forms_of_the_report(told: Record) -> None:
    made = render_report(told)
    assert "## Foretold, and what it took" in made.markdown
    assert "| drain of workers | 1 min | 1 min 6 s | 1 min 1 s | +8 % |" in made.markdown
    assert "<h2>Foretold, and what it took</h2>" in made.html
    assert ">+8 %<" in made.html


def test_time_until_a_person_answered_is_not_counted(told: Record) -> None:
    drained = next(task for task in told["tasks"] if task["stage"] == "drain")
    drained["result"]["waits"].append(["person", 1000.0, 1060.0])
    whole = build_report(told).foretold[-1]
    assert whole.took == 540.0


def test_what_stopped_has_no_truth(told: Record) -> None:
    for task in told["tasks"]:
        if task["stage"] == "drain":
            task["state"] = "failed"
    rows = {row.what: row for row in build_report(told).foretold}
    for name in ("drain of workers", "node group workers", "the whole run"):
        assert (rows[name].took, rows[name].error) == (None, None)
    assert rows["control plane"].took == 600.0


WITHOUT: list[Any] = [
    pytest.param(None, id="a plan of a release that did not foretell"),
    pytest.param({"groups": "?"}, id="one of another release"),
]


@pytest.mark.parametrize("given", WITHOUT)
def test_without_a_prediction_there_is_no_comparison(told: Record, given: Any) -> None:
    told["plan"]["prediction"] = given
    report = build_report(told)
    assert report.foretold == ()
    assert report.warnings == ("Subnet subnet-1 has 9 free addresses.",)


def test_a_run_that_only_planned_has_nothing_to_compare(told: Record) -> None:
    told["tasks"] = [task for task in told["tasks"] if task["stage"] == "plan"]
    assert build_report(told).foretold == ()


def test_what_does_not_end_by_itself_is_shown_without_minutes(told: Record) -> None:
    plain = told["plan"]["prediction"]
    plain["probable"] = plain["groups"][0]["probable"] = None
    plain["groups"][0]["drain"] |= {"best": None, "probable": None, "never": ["budget shop/web"]}
    rows = build_report(told).foretold
    assert [(row.probable, row.error) for row in rows[1:]] == [(None, None)] * 3


def test_a_prediction_survives_the_way_through_json() -> None:
    assert Prediction.from_json(FORETOLD.as_json()) == FORETOLD
