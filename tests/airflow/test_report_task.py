"""The report's task: what it says where, when the report is kept and when it cannot be."""

import errno
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.io import attach
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator
from eks_upgrade_airflow.operators.report import MAX_XCOM_TEXT, EksUpgradeReportOperator
from eks_upgrade_airflow.run.report_list import newest_first
from eks_upgrade_airflow.run.report_notes import add_note
from eks_upgrade_airflow.run.report_store import Form, ReportStore
from eks_upgrade_airflow.ui.links import ReportLink
from fsspec.implementations.memory import MemoryFileSystem

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.run.test_report_store import SETTING, Refusing
from tests.airflow.worker import Run, TaskInstance, environment, parameters

CLUSTER = "shop"
FOLDER = "a file where the folder should be"


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    with Rehearsal(speed=0.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        plain(rehearsal.world, CLUSTER, "1.33", 1, PlainOptions(addons={}))
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def upgrade() -> Run:
    """A run in which something was done before its report."""
    done = {"plan": None, "lock": {"text": "took the lock", "changed": True}}
    return Run(parameters(cluster_name=CLUSTER, region="eu-west-1"), run_id="a/b", done=done)


@pytest.fixture(
    params=["full", "read-only", "no right", "no bucket", FOLDER, "unknown kind", "no library"]
)
def bad_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Places that cannot be written, each for a reason of its own."""
    (tmp_path / FOLDER).write_text("")
    errors = {
        "full": OSError(errno.ENOSPC, "No space left on device"),
        "read-only": OSError(errno.EROFS, "Read-only file system"),
        "no right": PermissionError("Access Denied"),
        "no bucket": FileNotFoundError("The specified bucket does not exist"),
    }
    if request.param in errors:
        refusing = Refusing()
        refusing.error = errors[request.param]
        attach("memory", "refusing", fs=refusing)
        return "memory://refusing@bucket/x"
    given = {FOLDER: str(tmp_path / FOLDER), "unknown kind": "nosuch://x", "no library": "gs://x/y"}
    return given[request.param]


PAGE = "/eks-upgrade/reports/eks_upgrade/a%2Fb"


def link(upgrade: Run, task_id: str = "report") -> str:
    """What the UI's link of a task is."""
    ti = TaskInstance(upgrade.run_id, {}, {}, task_id=task_id)
    return ReportLink().get_link(None, ti_key=ti)  # type: ignore[arg-type] # not looked at


def test_the_link_stands_on_the_tasks_that_people_open_before_there_is_a_report(
    upgrade: Run,
) -> None:
    linked = [EksPlanUpgradeOperator, EksDrainNodesOperator, EksUpgradeReportOperator]
    for kind in linked:
        assert [each.name for each in kind.operator_extra_links] == ["Upgrade report"]
    assert link(upgrade, "plan") == link(upgrade, "node_group.drain_old") == PAGE


def test_the_log_of_a_plan_ends_with_the_reports_address_also_when_it_is_refused(
    upgrade: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(AirflowFailException):
        upgrade.do("plan", EksPlanUpgradeOperator, options={"target_version": "1.30"})
    assert caplog.messages[-1].endswith(PAGE)


def test_the_address_is_whole_where_airflows_own_is_known(
    upgrade: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path))
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://example.com/team/airflow/")
    with caplog.at_level(logging.INFO):
        result = upgrade.do("report", EksUpgradeReportOperator)
    assert f"https://example.com/team/airflow{PAGE}" in caplog.text
    page = Path(result["data"]["html"]).read_text()
    run = "https://example.com/team/airflow/dags/eks_upgrade/runs/a%2Fb"
    assert f'href="{run}"' in page
    assert f'href="{run}/tasks/lock"' in page
    assert 'href="https://example.com/team/airflow/eks-upgrade-docs/runbook.md"' in page


def test_the_documentation_may_be_read_elsewhere(
    upgrade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path))
    monkeypatch.setenv("AIRFLOW__EKS_UPGRADE__DOCS_URL", "https://git.example/eks/docs/")
    result = upgrade.do("report", EksUpgradeReportOperator)
    assert (
        'href="https://git.example/eks/docs/runbook.md"' in Path(result["data"]["html"]).read_text()
    )


def test_it_is_kept_where_airflows_configuration_says_and_linked(
    upgrade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path))
    result = upgrade.do("report", EksUpgradeReportOperator)
    kept = ReportStore(str(tmp_path))
    page = kept.read("eks_upgrade", "a/b", Form.HTML)
    assert page is not None
    assert b"took the lock" in page
    assert Path(result["data"]["html"]).read_bytes() == page
    assert Path(result["data"]["markdown"]).read_text().startswith("# ")
    assert link(upgrade) == PAGE


def test_beside_it_stands_what_the_list_of_reports_shows(
    upgrade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path))
    upgrade.do("report", EksUpgradeReportOperator)
    (found,) = newest_first(str(tmp_path))
    assert found["run_id"] == "a/b"
    assert (found["cluster"], found["kind"]) == (CLUSTER, "upgraded")


def test_a_note_of_another_run_outlives_a_report_that_is_written_anew(
    upgrade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path))
    upgrade.do("report", EksUpgradeReportOperator)
    note = {"at": "2026-11-26T05:00:00+00:00", "text": "Six things lifted.", "url": "/x"}
    add_note(ReportStore(str(tmp_path)), "eks_upgrade", "a/b", note)
    result = upgrade.do("report", EksUpgradeReportOperator)
    for form in ("html", "markdown"):
        assert Path(result["data"][form]).read_text().count("Six things lifted.") == 1


def test_a_bucket_is_only_another_address(upgrade: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    attach("memory", "store", fs=MemoryFileSystem())
    place = "memory://store@bucket/reports"
    monkeypatch.setenv(SETTING, place)
    result = upgrade.do("report", EksUpgradeReportOperator)
    assert result["data"]["html"].startswith("memory://store@")
    assert ReportStore(place).read("eks_upgrade", "a/b", Form.MARKDOWN)


def test_a_place_that_cannot_be_written_fails_nothing_and_is_said_loudly(
    upgrade: Run,
    bad_place: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(SETTING, bad_place)
    with caplog.at_level(logging.INFO):
        result = upgrade.do("report", EksUpgradeReportOperator)
    assert f"NOT KEPT in {bad_place}" in result["text"]
    why = result["data"]["not_kept"]
    assert why
    assert result["data"] == {"not_kept": why}
    (obstacle,) = result["obstacles"]
    assert (bad_place in obstacle["what"], obstacle["passed_by"]) == (True, "")
    log = capsys.readouterr().out + caplog.text
    assert f"THE REPORT WAS NOT KEPT: {bad_place} cannot be written: {why}. Remedy: " in log
    # The report itself is where the words send the reader, and its beginning in an XCom.
    assert "## Every step" in log
    assert "took the lock" in log
    assert "took the lock" in upgrade.pushed["report"]
    assert len(upgrade.pushed["report"]) <= MAX_XCOM_TEXT


def test_it_is_kept_once_the_place_is_put_right_and_the_task_is_cleared(
    upgrade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FOLDER).write_text("")
    monkeypatch.setenv(SETTING, str(tmp_path / FOLDER))
    assert "not_kept" in upgrade.do("report", EksUpgradeReportOperator)["data"]
    (tmp_path / FOLDER).unlink()
    assert Path(upgrade.do("report", EksUpgradeReportOperator)["data"]["html"]).exists()


def test_a_token_in_the_words_of_a_storage_is_hidden(
    upgrade: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    refusing = Refusing()
    refusing.error = OSError("403 for https://b/x?X-Amz-Signature=deadbeef")
    attach("memory", "refusing", fs=refusing)
    monkeypatch.setenv(SETTING, "memory://refusing@bucket/x")
    result = upgrade.do("report", EksUpgradeReportOperator)
    log = capsys.readouterr().out + caplog.text
    assert "NOT KEPT" in log
    assert "deadbeef" not in f"{result}{log}{upgrade.pushed}"
