"""The preflight as a task: the verdict it leaves, the state it ends in, and its report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator
from eks_upgrade_airflow.operators.preflight import (
    EksPreflightOperator,
    EksPreflightReportOperator,
)
from eks_upgrade_airflow.run.report_store import Form, ReportStore

from include.eks_upgrade.planning.preflight.verdict import Verdict
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.worker import Run, environment, parameters

CLUSTER = "shop"


@pytest.fixture(scope="module", autouse=True)
def rehearsal() -> Iterator[Rehearsal]:
    with Rehearsal(speed=0.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        plain(rehearsal.world, CLUSTER, "1.33", 1, PlainOptions(addons={}))
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield rehearsal


def new_run(**given: Any) -> Run:
    return Run(parameters(cluster_name=CLUSTER, region="eu-west-1", **given))


def reported(run: Run, folder: Path) -> tuple[str, str]:
    """The report's page and Markdown."""
    run.do("report", EksPreflightReportOperator, folder=str(folder), goals=["preflight"])
    (store, where) = ReportStore(str(folder)), ("eks_upgrade", run.run_id)
    html, markdown = (store.read(*where, form) for form in (Form.HTML, Form.MARKDOWN))
    assert html
    assert markdown
    return html.decode(), markdown.decode()


def test_a_tidy_cluster_passes_and_the_report_says_so(tmp_path: Path) -> None:
    run = new_run()
    verdict = Verdict.from_json(run.do("preflight", EksPreflightOperator, options=run.params))
    assert not verdict.blocked
    assert Verdict.from_json(run.pushes["preflight"]["preflight"]) == verdict
    html, markdown = reported(run, tmp_path)
    assert "shop 1.33 → 1.34" in html
    assert markdown.startswith("# shop 1.33 → 1.34")


def test_what_blocks_ends_the_task_and_the_verdict_and_the_report_are_there(
    tmp_path: Path,
) -> None:
    run = new_run(target_version="1.32")
    with pytest.raises(AirflowFailException, match="blocked"):
        run.do("preflight", EksPreflightOperator, options=run.params)
    assert Verdict.from_json(run.pushes["preflight"]["preflight"]).blocked
    html, _ = reported(run, tmp_path)
    assert "What blocks" in html


def test_a_cluster_that_cannot_be_asked_has_a_report_without_a_verdict(tmp_path: Path) -> None:
    run = Run(parameters(cluster_name="nobody", region="eu-west-1"))
    with pytest.raises(AirflowFailException, match="no such cluster"):
        run.do("preflight", EksPreflightOperator, options=run.params)
    assert "preflight" not in run.pushes.get("preflight", {})
    html, _ = reported(run, tmp_path)
    assert "What blocks" not in html


@pytest.mark.parametrize("given", [{"target_version": "x"}, {"waivers": [{"check": "budget"}]}])
def test_what_is_wrong_with_the_parameters_is_told(given: dict[str, Any]) -> None:
    run = new_run(**given)
    with pytest.raises(AirflowFailException):
        run.do("preflight", EksPreflightOperator, options=run.params)


def test_a_plan_leaves_the_verdict_too_when_it_is_made_and_when_it_is_refused() -> None:
    made, refused = new_run(), new_run(target_version="1.32")
    made.do("plan", EksPlanUpgradeOperator, options=made.params)
    assert not Verdict.from_json(made.pushes["plan"]["preflight"]).blocked
    with pytest.raises(AirflowFailException):
        refused.do("plan", EksPlanUpgradeOperator, options=refused.params)
    assert Verdict.from_json(refused.pushes["plan"]["preflight"]).blocked
