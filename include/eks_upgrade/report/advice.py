"""How to go on after a failure: which task to clear, which parameter lifts what, what is left.

Every wait's advice is to clear the task that started what was waited for: that task looks
first and adopts what is still running, so it is safe in every case.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from include.eks_upgrade.report.model import Continuation, FailedStep
from include.eks_upgrade.report.tasks import (
    Record,
    Task,
    deed,
    failed,
    label,
    title,
    unfinished,
    worked,
)

#: A wait that failed is repeated from the task that starts what it waits for.
CLEAR_INSTEAD = {
    "control_plane.wait": "control_plane.start",
    "node_group.wait_for_green": "node_group.create_green",
    "node_group.wait_for_deletion": "node_group.delete_blue",
    "node_group.wait_again": "node_group.delete_again",
    "node_group.wait_gone": "node_group.delete_last",
}
#: The DAG's switches that lift a refusal (docs/parameters.md).
LIFTING = (
    "override_insights",
    "ignore_daemonsets",
    "delete_emptydir_data",
    "force_unmanaged_pods",
    "may_unprotect",
    "may_delete_asg",
)


def continuation(record: Record) -> Continuation | None:
    """What a person needs to go on with a run that stopped; None when it did not stop."""
    tasks = worked(record)
    if not unfinished(tasks):
        return None
    plan = record.get("plan") or {}
    return Continuation(
        failed=tuple(_failed_step(task, record) for task in failed(tasks)),
        done=tuple(_done(tasks)),
        not_done=tuple(title(task, plan) for task in unfinished(tasks)),
        left=tuple(left_in_cluster(record)),
    )


def _failed_step(task: Task, record: Record) -> FailedStep:
    why = (task.get("failure") or "The task left no words; see its log in the Airflow UI.").strip()
    return FailedStep(
        task=title(task, record.get("plan") or {}),
        why=why,
        remedies=tuple(remedies(task, why, record)),
    )


def _done(tasks: Sequence[Task]) -> list[str]:
    return [
        deed(task)["text"]
        for task in tasks
        if task.get("state") == "success" and deed(task).get("text")
    ]


def remedies(task: Task, why: str, record: Record) -> list[str]:
    """Sentences that say how to go on from one failed task."""
    lifting = lifting_parameters(why, record.get("request") or {})
    sentences = [f"`{name}` lifts this; it was off in this run." for name in lifting]
    if task["task_id"] == "plan":
        return [
            *sentences,
            "Nothing was touched. Put right what is named above, then start a new run.",
        ]
    if lifting:
        sentences.append(
            "A cleared task keeps the run's parameters: start a new run with the same parameters "
            "and the one named above. It adopts what is done and does nothing twice."
        )
        return sentences
    return [*sentences, *_clearing(task, record)]


def _clearing(task: Task, record: Record) -> list[str]:
    run = record.get("run") or {}
    name = CLEAR_INSTEAD.get(task["task_id"], task["task_id"])
    about = label(task, record.get("plan") or {})
    where = f"`{name}` [{about}]" if about else f"`{name}`"
    return [
        f"When the cause is put right: in the Airflow UI open run `{run.get('run_id', '')}`, "
        f"clear {where} with its downstream tasks.",
        "Or start a new run with the same parameters: it adopts what is done and does nothing "
        "twice.",
    ]


def lifting_parameters(why: str, request: Mapping[str, Any]) -> list[str]:
    """Parameters that the failure's own words name and that this run had switched off."""
    return [
        name for name in LIFTING if request.get(name) is False and re.search(rf"\b{name}\b", why)
    ]


def left_in_cluster(record: Record) -> list[str]:
    """What stands in the cluster between the old state and the new one."""
    groups = {group["name"] for group in (record.get("world") or {}).get("node_groups", [])}
    sentences = []
    for index, step in enumerate((record.get("plan") or {}).get("node_groups", [])):
        if {step["blue"], step["green"]} <= groups:
            sentences.append(_both(step, fenced=_fenced(record, index)))
    return sentences


def _fenced(record: Record, index: int) -> bool:
    """Whether the old group of that map index was fenced, or at least begun to be."""
    return any(
        task["task_id"] == "node_group.fence_blue"
        and task.get("map_index") == index
        and task.get("state") not in {None, "upstream_failed", "skipped"}
        for task in worked(record)
    )


def _both(step: Mapping[str, Any], *, fenced: bool) -> str:
    pair = f"Both node groups exist: `{step['blue']}` (old) and `{step['green']}` (new)."
    if not fenced:
        return f"{pair} `{step['blue']}` is not cordoned and takes pods as before."
    return (
        f"{pair} The nodes of `{step['blue']}` are cordoned and tainted and its size is capped. "
        f"Go on as said above, or undo it as docs/runbook.md says under "
        f'"Undo: give the old node group back".'
    )
