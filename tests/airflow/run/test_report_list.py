"""The list of all reports and the notes on them, in a folder and in a bucket alike."""

import json
import os
from pathlib import Path

import pytest
from airflow.sdk.io import attach
from eks_upgrade_airflow.run.report_list import BATCH, newest_first, summary_text
from eks_upgrade_airflow.run.report_notes import add_note, notes_of
from eks_upgrade_airflow.run.report_store import Form, ReportStore
from fsspec.implementations.memory import MemoryFileSystem

from include.eks_upgrade.report import render_report
from include.eks_upgrade.report.notes import BEGIN, END
from tests.airflow.run.test_report_store import ODD
from tests.eks_upgrade.report.conftest import FAILED_DRAIN, UPGRADED

DAG = "eks_upgrade"
ABOUT = {"cluster": "shop", "versions": "at 1.34", "outcome": "nothing to do", "kind": "unchanged"}


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ReportStore:
    if request.param == "folder":
        return ReportStore(str(tmp_path / "reports"))
    MemoryFileSystem.store.clear()
    attach("memory", "list", fs=MemoryFileSystem())
    return ReportStore("memory://list@bucket/reports")


def keep(store: ReportStore, run_id: str, at: str, dag_id: str = DAG) -> None:
    about = {"dag_id": dag_id, "run_id": run_id, "at": at, **ABOUT}
    store.write(dag_id, run_id, Form.SUMMARY, summary_text(about))
    store.write(dag_id, run_id, Form.HTML, "<html/>")


@pytest.mark.parametrize("run_id", ODD.values(), ids=ODD)
def test_a_report_is_listed_with_its_ids_whatever_they_hold(
    store: ReportStore, run_id: str
) -> None:
    keep(store, run_id, "2026-11-26T03:00:00+00:00")
    (found,) = newest_first(store.place)
    assert (found["dag_id"], found["run_id"], found["cluster"]) == (DAG, run_id, "shop")


def test_where_nothing_was_ever_kept_the_list_is_empty(store: ReportStore) -> None:
    assert list(newest_first(store.place)) == []


def test_the_newest_come_first_and_more_than_one_batch_is_read(store: ReportStore) -> None:
    for number in range(BATCH + 3):
        keep(store, f"r{number}", f"2026-11-26T03:{number // 60:02d}:{number % 60:02d}+00:00")
    found = [one["run_id"] for one in newest_first(store.place)]
    assert len(found) == BATCH + 3
    assert found[0] == f"r{BATCH + 2}"
    assert set(found[BATCH:]) == {"r0", "r1", "r2"}


def test_a_file_that_was_touched_later_does_not_hide_newer_ones(tmp_path: Path) -> None:
    store = ReportStore(str(tmp_path))
    for number in range(3):
        keep(store, f"r{number}", f"2026-11-26T03:00:0{number}+00:00")
    os.utime(tmp_path / DAG / "r0.json", (4e9, 4e9))
    assert [one["run_id"] for one in newest_first(store.place)] == ["r2", "r1", "r0"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "3", '{"dag_id": "eks_upgrade"}', '{"dag_id": 1}', "\udcff"],
)
def test_what_is_no_summary_is_passed_over(tmp_path: Path, content: str) -> None:
    keep(ReportStore(str(tmp_path)), "good", "2026-11-26T03:00:00+00:00")
    (tmp_path / DAG / "bad.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert [one["run_id"] for one in newest_first(str(tmp_path))] == ["good"]


def test_a_summary_that_names_another_run_than_its_place_is_passed_over(store: ReportStore) -> None:
    about = {"dag_id": "other", "run_id": "r", "at": "2026-11-26T03:00:00+00:00", **ABOUT}
    store.write(DAG, "r", Form.SUMMARY, summary_text(about))
    assert list(newest_first(store.place)) == []


NOTE = {"at": "2026-11-26T05:00:00+00:00", "text": "The release lifted 6 things.", "url": "/r/1"}


@pytest.mark.parametrize("record", [UPGRADED, FAILED_DRAIN], ids=["upgraded", "stopped"])
def test_a_note_stands_in_both_forms_of_the_report_once_and_first(
    store: ReportStore, record: dict[str, object]
) -> None:
    rendered = render_report(record)
    store.write(DAG, "r", Form.HTML, rendered.html)
    store.write(DAG, "r", Form.MARKDOWN, rendered.markdown)
    for _ in range(2):  # a task that is repeated adds it again
        add_note(store, DAG, "r", NOTE)
    for form in (Form.HTML, Form.MARKDOWN):
        text = (store.read(DAG, "r", form) or b"").decode()
        assert text.count("The release lifted 6 things.") == 1
        assert "26 Nov 2026, 05:00 UTC" in text
        assert text.index("The release lifted") < text.index("Versions")
        without = text.replace(text[text.index(BEGIN) : text.index(END)], "")
        untouched = rendered.html if form is Form.HTML else rendered.markdown
        assert without == untouched.replace(
            untouched[untouched.index(BEGIN) : untouched.index(END)], ""
        )


def test_notes_of_several_runs_are_kept_in_their_order(store: ReportStore) -> None:
    add_note(store, DAG, "r", NOTE)
    add_note(store, DAG, "r", NOTE | {"url": "/r/2", "text": "Again."})
    assert [one["text"] for one in notes_of(store, DAG, "r")] == [NOTE["text"], "Again."]


def test_a_note_on_a_run_without_a_report_makes_none(store: ReportStore) -> None:
    add_note(store, DAG, "died", NOTE)
    assert store.read(DAG, "died", Form.HTML) is None
    assert notes_of(store, DAG, "died") == [NOTE]
    assert list(newest_first(store.place)) == []


@pytest.mark.parametrize("content", ["", "{", "{}", '["x", {"at": "y"}]'])
def test_what_is_no_note_is_passed_over(store: ReportStore, content: str) -> None:
    store.write(DAG, "r", Form.NOTES, content)
    assert notes_of(store, DAG, "r") == []


def test_a_failures_words_cannot_pose_as_the_place_of_notes(store: ReportStore) -> None:
    record = FAILED_DRAIN | {"tasks": [dict(each) for each in FAILED_DRAIN["tasks"]]}
    record["tasks"][3]["failure"] = f"{BEGIN}\nkept\n{END}"
    rendered = render_report(record)
    store.write(DAG, "r", Form.MARKDOWN, rendered.markdown)
    add_note(store, DAG, "r", NOTE)
    text = (store.read(DAG, "r", Form.MARKDOWN) or b"").decode()
    assert f"{BEGIN}\nkept\n{END}" in text
    assert text.count(NOTE["text"]) == 1


def test_what_an_earlier_release_has_kept_is_listed_without_a_place(store: ReportStore) -> None:
    about = {"dag_id": DAG, "run_id": "old", "at": "2026-11-26T03:00:00+00:00", **ABOUT}
    store.write(DAG, "old", Form.SUMMARY, json.dumps(about))
    (found,) = newest_first(store.place)
    assert (found["cluster"], found["place"]) == ("shop", "")
