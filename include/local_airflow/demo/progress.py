"""What a person sees of a running upgrade, computed from Airflow's task instances.

Pure: plain dicts as the REST API answers go in, rows and lines come out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.eks_upgrade.common.log_lines import WIDTH

PHASES = {
    "plan": "plan",
    "lock": "lock",
    "update_addons_before": "add-ons before",
    "control_plane": "control plane",
    "update_addons_after": "add-ons after",
    "node_group": "node group",
    "verify_cluster": "verification",
    "report": "report",
    "unlock": "unlock",
    "verdict": "verdict",
}
STATES = {
    "deferred": "waiting",
    "up_for_retry": "will be tried again",
    "upstream_failed": "not reached",
    "success": "done",
}
NOT_SHOWN = {None, "none", "scheduled", "skipped", "removed", "upstream_failed"}
FINISHED = {"success", "failed", "skipped", "upstream_failed", "removed"}


@dataclass(frozen=True)
class Row:
    """One task that has begun.

    Attributes:
        phase: the part of the upgrade.
        task: the task, with the name of what it is mapped over.
        state: Airflow's state as a person would say it.
        seconds: how long it has taken so far, or took.
        message: what it waits for, or what it did.
    """

    phase: str
    task: str
    state: str
    seconds: float
    message: str

    @property
    def is_active(self) -> bool:
        """Whether it still goes on."""
        return self.state not in ("done", "failed")


Key = tuple[str, int]


def key_of(instance: Mapping[str, Any]) -> Key:
    """What names a task instance within a run: task id and map index (-1: not mapped)."""
    return str(instance["task_id"]), int(instance["map_index"])


def epoch(text: str | None) -> float | None:
    """An ISO 8601 time, as Airflow writes it, in seconds since the epoch."""
    return None if text is None else datetime.fromisoformat(text).timestamp()


def rows(
    instances: Iterable[Mapping[str, Any]], messages: Mapping[Key, str], now: float
) -> list[Row]:
    """The tasks that have begun, in the order in which they did.

    Args:
        instances: task instances as the REST API lists them.
        messages: what is known about some of them, by `key_of`.
        now: seconds since the epoch.
    """
    begun = [each for each in instances if each["state"] not in NOT_SHOWN and each["start_date"]]
    begun.sort(key=lambda each: (each["start_date"], key_of(each)))
    return [_row(each, messages.get(key_of(each), ""), now) for each in begun]


def _row(instance: Mapping[str, Any], message: str, now: float) -> Row:
    first, _, rest = str(instance["task_id"]).partition(".")
    name = (rest or first).replace("_", " ").replace(".", ": ")
    mapped = instance.get("rendered_map_index") or instance["map_index"]
    began = epoch(instance["start_date"]) or now
    ended = epoch(instance["end_date"]) if instance["state"] in FINISHED else None
    return Row(
        phase=PHASES.get(first, first),
        task=name if mapped in (-1, "-1") else f"{name} [{mapped}]",
        state=STATES.get(instance["state"], str(instance["state"]).replace("_", " ")),
        seconds=max(0.0, (now if ended is None else ended) - began),
        message=message,
    )


def changed_lines(old: Sequence[Row], new: Sequence[Row], passed: float) -> list[str]:
    """Lines for a log or a pipe: one for each task whose state or message changed.

    Args:
        old: rows shown before.
        new: rows now.
        passed: seconds since the run was started.
    """
    shown = {(row.phase, row.task): (row.state, row.message) for row in old}
    return [
        f"{passed:5.0f} s  {row.phase}: {row.task}, {row.state} ({row.seconds:.0f} s)"
        + (f": {row.message}" if row.message else "")
        for row in new
        if shown.get((row.phase, row.task)) != (row.state, row.message)
    ]


def last_message(content: Iterable[Any], marks: Sequence[str] = ("eks_upgrade",)) -> str:
    """The last thing that a task said about its work, from its log.

    Indented lines belong to the line before them: as one more thing, as a drain's lines about each
    node, or as the rest of a sentence that was too long for a line.

    Args:
        content: `content` of the REST API's log: dicts with `event` and `logger`.
        marks: parts of names; one of them is in the name of a logger that speaks about the work.
    """
    found = before = ""
    for line in content:
        if isinstance(line, Mapping) and any(mark in str(line.get("logger")) for mark in marks):
            event = str(line.get("event", ""))
            if event.startswith("  ") and found:  # goes on with what was said before
                next_word = event.split(maxsplit=1)[0] if event.strip() else ""
                broken = len(before) + 1 + len(next_word) > WIDTH
                found = f"{found}{' ' if broken else '; '}{event.strip()}"
            elif not event.startswith("::"):
                found = event
            before = event
    return found
