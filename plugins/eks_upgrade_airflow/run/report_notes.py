"""What a run adds to the report of another one, such as a release to that of the upgrade.

A note is `{"at": ISO 8601, "text", "url"}`. Notes are kept beside the report they are about, which
shows them; where a run has died before its report, the page of its report does.
"""

import json
from collections.abc import Mapping
from typing import Any

from eks_upgrade_airflow.run.report_store import Form, ReportStore
from include.eks_upgrade.report.notes import with_notes_html, with_notes_markdown

Note = Mapping[str, str]


def notes_of(store: ReportStore, dag_id: str, run_id: str) -> list[Note]:
    """The notes on a run, oldest first; what is none is passed over."""
    try:
        told: Any = json.loads(store.read(dag_id, run_id, Form.NOTES) or b"[]")
    except ValueError:
        return []
    notes = told if isinstance(told, list) else []
    return [note for note in notes if isinstance(note, dict) and {"at", "text"} <= set(note)]


def add_note(store: ReportStore, dag_id: str, run_id: str, note: Note) -> None:
    """Keep a note on a run and show it in its report, if there is one; the same note only once.

    A second note that leads to the same report replaces the first.
    """
    others = [one for one in notes_of(store, dag_id, run_id) if one.get("url") != note["url"]]
    notes = [*others, note]
    store.write(dag_id, run_id, Form.NOTES, json.dumps([dict(one) for one in notes]))
    for form, put_in in ((Form.HTML, with_notes_html), (Form.MARKDOWN, with_notes_markdown)):
        report = store.read(dag_id, run_id, form)
        if report is not None:
            store.write(dag_id, run_id, form, put_in(report.decode(), notes))
