"""The report of a release: found, lifted, left, and whose it was."""

from typing import Any

import pytest

from include.eks_upgrade.report.release import note_text, release_report
from include.eks_upgrade.report.render import Rendered, rendered
from tests.eks_upgrade.report.conftest import RUN, result
from tests.eks_upgrade.report.test_page import links

Record = dict[str, Any]
TAINT, CORDON = "node group 'workers': the taint x:NO_SCHEDULE", "node a: the cordon of 'dead'"
RUN_REPORT = "https://airflow.example/eks-upgrade/reports/eks_upgrade/dead"


def step(name: str, state: str = "success", **more: Any) -> Record:
    return {"stage": None, "name": name, "state": state, "result": result(f"{name}ed"), **more}


def record(*tasks: Record, **told: Any) -> Record:
    usual = {"found": [CORDON, TAINT], "lifted": [CORDON, TAINT], "left": ["node b: not by us"]}
    usual |= {"lock": "its run has ended", "only_look": False}
    runs = [["eks_upgrade, run dead", RUN_REPORT]]
    return {
        "plan": None,
        "run": RUN | {"dag_id": "eks_upgrade_release"},
        "request": {"cluster_name": "shop", "lock_holder": ""},
        "tasks": list(tasks or (step("look"), step("lock"), step("lift"))),
        "release": usual | {"runs": runs} | told,
    }


def told(given: Record) -> Rendered:
    return rendered(release_report(given))


OUTCOMES = [
    pytest.param(record(), "released", "release, 2 things lifted", id="lifted"),
    pytest.param(
        record(found=[], lifted=[]), "unchanged", "release, there was nothing to lift", id="nothing"
    ),
    pytest.param(
        record(step("look"), step("lift", "skipped"), lifted=[], only_look=True),
        "looked",
        "release, only looked: 2 things to lift",
        id="only looked",
    ),
    pytest.param(
        record(step("look"), step("lift", "failed", failure="x"), lifted=[CORDON]),
        "stopped",
        "release stopped, 1 thing lifted before",
        id="stopped half-way",
    ),
    pytest.param(
        record(step("look", "failed", failure="the run lives"), found=[], lifted=[]),
        "refused",
        "release refused, nothing was lifted",
        id="the run lives",
    ),
    pytest.param(
        {"tasks": []}, "refused", "release refused, nothing was lifted", id="nothing known"
    ),
]


@pytest.mark.parametrize(("given", "kind", "outcome"), OUTCOMES)
def test_the_heading_says_what_came_of_it(given: Record, kind: str, outcome: str) -> None:
    found = told(given).summary
    assert (found["kind"], found["outcome"]) == (kind, outcome)


def test_what_was_found_lifted_and_left_stands_in_both_forms() -> None:
    report = told(record())
    for heading, items in (
        ("Found to lift", [CORDON, TAINT]),
        ("Lifted", [CORDON, TAINT]),
        ("Left alone", ["node b: not by us"]),
        ("Lock", ["its run has ended"]),
    ):
        section = report.markdown.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert section.split("\n- ")[1:] == [*items[:-1], items[-1] + "\n"]
        assert f"<h2>{heading}</h2>" in report.html
    assert report.markdown.splitlines()[0] == "# shop: release, 2 things lifted"


def test_nothing_is_said_to_be_nothing() -> None:
    markdown = told(record(found=[], lifted=[], left=[])).markdown
    assert "Nothing carried our mark." in markdown
    assert "Nothing was lifted." in markdown


def test_it_leads_to_the_report_of_the_run_that_had_left_it() -> None:
    assert links(told(record()).html)[RUN_REPORT] == RUN_REPORT
    assert "eks\\_upgrade, run dead" in told(record()).markdown.replace("eks_up", "eks\\_up")


def test_a_release_that_failed_says_why_and_how_to_go_on() -> None:
    markdown = told(
        record(step("look", "failed", failure="the lock is held by a run that lives"))
    ).markdown
    assert "the lock is held by a run that lives" in markdown
    assert "start a new run of this DAG" in markdown
    assert "What is lifted stays lifted" in markdown


def test_a_token_in_what_was_left_is_hidden() -> None:
    report = told(record(left=["node x: Bearer abcdefgh12345"]))
    assert "abcdefgh12345" not in report.markdown + report.html


def test_the_note_for_the_dead_runs_report_names_the_first_things() -> None:
    assert note_text([]) == ""
    assert note_text([f"t{number}" for number in range(5)]) == (
        "What this run had left was lifted (5 things): t0; t1; t2 and 2 more"
    )
