"""What a report says, without what chance decides: ids, times, names of pods."""

from pathlib import Path
from typing import Any

BY_WAITING = {"waiting until it allowed them"}
"""Whether a budget held a pod back for a moment is chance."""


EARLIER = ", in an earlier try"


def report_facts(markdown: str, cluster: str) -> dict[str, Any]:
    """Headline, versions before and after, how obstacles were passed, pods moved, task states."""
    text = Path(markdown).read_text("utf-8").replace(cluster, "<cluster>")
    lines = text.splitlines()
    passed = _table(lines, "Obstacles, and how they")
    moved = [int(row[2]) for row in _table(lines, "Drain, node by node") if row[1] == "all nodes"]
    return {
        "headline": lines[0],
        "versions": [" | ".join(row) for row in _table(lines, "Versions")],
        "passed by": sorted({row[1].removesuffix(EARLIER) for row in passed} - BY_WAITING),
        "moved": moved,
        "states": {row[0]: row[1] for row in _table(lines, "Every step")},
    }


def _table(lines: list[str], title: str) -> list[list[str]]:
    """The rows of the first table below a heading that begins so."""
    found: list[list[str]] = []
    inside = False
    for line in lines:
        if line.startswith("## "):
            inside = line.startswith(f"## {title}")
        elif inside and line.startswith("| "):
            found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return [row for row in found if not set(row[0]) <= {"-"}][1:]
