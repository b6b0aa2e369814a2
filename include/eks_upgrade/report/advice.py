"""How to go on after a failure: which task to clear, which parameter lifts what, what is left.

Every wait's advice is to clear the task that started what was waited for: that task looks
first and adopts what is still running, so it is safe in every case.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from include.eks_upgrade.report.model import Continuation, FailedStep
from include.eks_upgrade.report.redaction import without_secrets
from include.eks_upgrade.report.standing import left_in_cluster, safe_now
from include.eks_upgrade.report.tasks import (
    Record,
    Task,
    failed,
    label,
    result,
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
        action=next_action(record),
        safe=tuple(safe_now(record)),
        failed=tuple(_failed_step(task, record) for task in failed(tasks)),
        done=tuple(_done(tasks)),
        not_done=tuple(title(task, plan) for task in unfinished(tasks)),
        left=tuple(left_in_cluster(record)),
    )


def next_action(record: Record) -> str:
    """The one thing to do now; it is right for all tasks that failed together."""
    broken = failed(worked(record))
    names = {task["task_id"] for task in broken}
    lifting = _lifting(broken, record)
    if "plan" in names:
        return "Put right what is named here, then start a new run."
    if "lock" in names:
        return (
            "Wait until the run that holds the lock has ended, then start a new run with the same "
            "parameters. If that run is dead, trigger `eks_upgrade_undo` first."
        )
    if lifting:
        wanted = " and ".join(f"`{name}` on" for name in lifting)
        return f"Decide on it, then start a new run with the same parameters and {wanted}."
    if len(broken) == 1:
        return f"Put right what is named here, then clear {_place(broken[0], record)}."
    cause = "Put right what is named here, then start" if broken else "Start"
    return f"{cause} a new run with the same parameters: it adopts what is done."


def _lifting(tasks: Sequence[Task], record: Record) -> list[str]:
    request = record.get("request") or {}
    found = [lifting_parameters(task.get("failure") or "", request) for task in tasks]
    return list(dict.fromkeys(name for names in found for name in names))


def stop_lines(record: Record) -> list[str]:
    """The same advice as a few lines for the log of the task that stopped the run."""
    stop = continuation(without_secrets(record))
    if stop is None:
        return []
    parts = (("Done", stop.done), ("Safe right now", stop.safe), ("In the cluster", stop.left))
    lines = [f"{name}: {' '.join(_full(one) for one in told)}" for name, told in parts if told]
    lines.append(f"Not done: {', '.join(stop.not_done)}, and what follows")
    return [*lines, f"What to do now: {stop.action}"]


def _full(sentence: str) -> str:
    return f"{sentence.rstrip('.')}."


def _failed_step(task: Task, record: Record) -> FailedStep:
    why = (task.get("failure") or "The task left no words; see its log in the Airflow UI.").strip()
    return FailedStep(
        task=title(task, record.get("plan") or {}),
        why=why,
        remedies=tuple(remedies(task, why, record)),
    )


def _done(tasks: Sequence[Task]) -> list[str]:
    return [
        result(task)["text"]
        for task in tasks
        if task.get("state") == "success" and result(task).get("text")
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
    return [
        f"When the cause is put right: in the Airflow UI open run `{run.get('run_id', '')}`, "
        f"clear {_place(task, record)}.",
        "Or start a new run with the same parameters: it adopts what is done and does nothing "
        "twice.",
    ]


def _place(task: Task, record: Record) -> str:
    """What to clear so that this task and what it hangs on is done again."""
    name = CLEAR_INSTEAD.get(task["task_id"], task["task_id"])
    about = label(task, record.get("plan") or {})
    where = f"`{name}` [{about}]" if about else f"`{name}`"
    return f"{where} with its downstream tasks"


def lifting_parameters(why: str, request: Mapping[str, Any]) -> list[str]:
    """Parameters that the failure's own words name and that this run had switched off."""
    return [
        name for name in LIFTING if request.get(name) is False and re.search(rf"\b{name}\b", why)
    ]
