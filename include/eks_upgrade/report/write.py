"""Put a report on disk: one Markdown and one HTML file, each replaced whole or not at all."""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.eks_upgrade.report.build import build_report
from include.eks_upgrade.report.html import as_html
from include.eks_upgrade.report.markdown import as_markdown


@dataclass(frozen=True)
class ReportPaths:
    """Where the two forms of one report are."""

    markdown: Path
    html: Path


def write_report(record: Mapping[str, Any], folder: Path, *, name: str) -> ReportPaths:
    """Write the report of a record into `folder` (made when missing).

    Args:
        record: as `record.py` describes it.
        folder: where reports are kept.
        name: names the files; what a file name cannot hold becomes `-`. Writing under the
            same name again replaces the report.
    """
    report = build_report(record)
    folder.mkdir(parents=True, exist_ok=True)
    stem = file_stem(name)
    paths = ReportPaths(folder / f"{stem}.md", folder / f"{stem}.html")
    _replace(paths.markdown, as_markdown(report))
    _replace(paths.html, as_html(report))
    return paths


def file_stem(name: str) -> str:
    """A file name from a run id: no separators, no leading dots, not too long."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:150] or "report"


def _replace(path: Path, content: str) -> None:
    """Write beside and rename, so that a reader never sees half a report."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    # mkstemp makes it readable by its owner alone; a report is for others too.
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
