"""The release's report, and its note in that of the run that died."""

from pathlib import Path
from typing import Any

import pytest
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)
from eks_upgrade_airflow.operators.release_report import EksReleaseReportOperator
from eks_upgrade_airflow.operators.report import EksUpgradeReportOperator
from eks_upgrade_airflow.run.report_notes import notes_of
from eks_upgrade_airflow.run.report_store import Form, ReportStore

from include.rehearsal.aws import interference
from tests.airflow.real.outside import World
from tests.airflow.release.release_lab import (
    DEAD,
    OLD,
    die_fenced,
    members,
    open_up,
    refusal,
    release,
    release_run,
)
from tests.airflow.run.test_report_store import SETTING
from tests.airflow.upgrade import QUICK
from tests.airflow.worker import Run


def report_of_release(run: Run, **given: Any) -> str:
    told = run.do("report", EksReleaseReportOperator, **given)
    return Path(told["data"]["html"]).read_text()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReportStore:
    monkeypatch.setenv(SETTING, str(tmp_path))
    return ReportStore(str(tmp_path))


def test_a_release_has_a_report_of_its_own_and_is_noted_in_that_of_the_dead_run(
    world: World, kept: ReportStore
) -> None:
    open_up(world, OLD, 7)
    theirs = members(world, OLD)[0]
    die_fenced(world).do("report", EksUpgradeReportOperator)
    run = release_run()
    release(run)
    page = report_of_release(run)
    assert "<h1>shop: release, 6 things lifted</h1>" in page
    assert "maxSize 3 back to 7" in page.partition("<h2>Lifted</h2>")[2].partition("<h2>")[0]
    assert f"node {theirs}: cordoned, but not by us".partition(":")[2] in page
    assert f"/eks-upgrade/reports/eks_upgrade/{DEAD}" in page
    for form in (Form.HTML, Form.MARKDOWN):
        noted = (kept.read("eks_upgrade", DEAD, form) or b"").decode()
        assert "What this run had left was lifted (6 things)" in noted
        assert f"/eks-upgrade/reports/eks_upgrade/{run.run_id}" in noted


def test_a_run_that_died_without_a_report_is_told_all_the_same(
    world: World, kept: ReportStore
) -> None:
    die_fenced(world)
    run = release_run()
    release(run)
    report_of_release(run)
    (note,) = notes_of(kept, "eks_upgrade", DEAD)
    assert note["text"].startswith("What this run had left was lifted")
    assert note["url"].endswith(f"/reports/eks_upgrade/{run.run_id}")


def test_who_only_looked_has_a_report_and_leaves_no_note(world: World, kept: ReportStore) -> None:
    die_fenced(world)
    run = release_run()
    run.do("look", EksReleaseLookOperator, only_look=True)
    page = report_of_release(run, only_look=True)
    assert "release, only looked: " in page
    assert notes_of(kept, "eks_upgrade", DEAD) == []


def test_a_release_that_is_refused_has_a_report(world: World, kept: ReportStore) -> None:
    die_fenced(world)
    run = release_run(state="running")
    refusal(run.do, "look", EksReleaseLookOperator)
    assert "release refused, nothing was lifted" in report_of_release(run)


def test_what_was_lifted_before_a_failure_is_told(world: World, kept: ReportStore) -> None:
    open_up(world, OLD, 10)
    die_fenced(world)
    world.rehearsal.world.faults.degraded_refuses = True
    interference.set_node_group_health(world.rehearsal.world, "shop", OLD, "DEGRADED", [])
    run = release_run()
    run.do("look", EksReleaseLookOperator)
    run.do("lock", EksReleaseLockOperator)
    refusal(run.do, "lift", EksReleaseLiftOperator, **QUICK)
    page = report_of_release(run)
    assert "release stopped, 4 things lifted before" in page
    assert "the cordon of" in page.partition("<h2>Lifted</h2>")[2].partition("<h2>")[0]
    (note,) = notes_of(kept, "eks_upgrade", DEAD)
    assert "4 things" in note["text"]


def test_a_note_that_cannot_be_kept_fails_nothing(
    world: World,
    kept: ReportStore,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    die_fenced(world)
    (Path(kept.place) / "eks_upgrade" / f"{DEAD}.notes.json").mkdir(parents=True)
    run = release_run()
    release(run)
    assert "things lifted" in report_of_release(run)
    assert (
        f"the report of run {DEAD} could not be given a note"
        in caplog.text + capsys.readouterr().out
    )
