"""All reports of one place, newest first, by the summaries that are kept beside them.

A summary is `{"dag_id", "run_id", "at", "cluster", "place", "versions", "outcome", "kind"}`: `at`
is when the report was written (ISO 8601), the last five are `report/render.py`'s.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from airflow.sdk import ObjectStoragePath

from eks_upgrade_airflow.run.report_store import Form, safe_name

BATCH = 100
"""Summaries that are read at a time; an object store sends those of one batch side by side."""

Summary = Mapping[str, str]

KEYS = ("dag_id", "run_id", "at", "cluster", "versions", "outcome", "kind")

PLACE = "place"
"""Summaries of fleets have none, nor have those that earlier releases have written."""

_TIMES = ("mtime", "LastModified", "updated", "last_modified", "created")
"""What the kinds of storage call the time at which a file was last written."""


def summary_text(summary: Summary) -> str:
    """A summary as it is kept."""
    return json.dumps({key: summary[key] for key in KEYS} | {PLACE: summary.get(PLACE, "")})


def newest_first(place: str) -> Iterator[Summary]:
    """The summaries below a place, as they are asked for; what is none of ours is passed over."""
    root = ObjectStoragePath(place)
    try:
        found = root.fs.find(root.path, detail=True)
    except FileNotFoundError:
        return
    files = {name: info for name, info in found.items() if _is_summary(name)}
    names = sorted(files, key=lambda name: _written(files[name]), reverse=True)
    for begin in range(0, len(names), BATCH):
        batch = names[begin : begin + BATCH]
        texts = root.fs.cat(batch, on_error="omit")
        summaries = (_read(name, texts[name]) for name in batch if name in texts)
        # The storage's time decides what is read, the report's own what stands where.
        yield from sorted(filter(None, summaries), key=lambda one: one["at"], reverse=True)


def _is_summary(name: str) -> bool:
    return name.endswith(f".{Form.SUMMARY}") and not name.endswith(f".{Form.NOTES}")


def _written(info: Mapping[str, Any]) -> float:
    """Seconds since the epoch; 0 where the storage does not say."""
    told = next((info[key] for key in _TIMES if info.get(key)), 0.0)
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    return told.timestamp() if isinstance(told, datetime) else float(told)


def _read(name: str, content: bytes) -> Summary | None:
    """The summary in a file; None for one that is not that of the run it stands for."""
    try:
        raw: Any = json.loads(content)
    except ValueError:
        return None
    if not isinstance(raw, dict) or not all(isinstance(raw.get(key), str) for key in KEYS):
        return None
    wanted = f"/{safe_name(raw['dag_id'])}/{safe_name(raw['run_id'])}.{Form.SUMMARY}"
    place = raw.get(PLACE)
    known = {**raw, PLACE: place if isinstance(place, str) else ""}
    return cast("Summary", known) if name.endswith(wanted) else None
