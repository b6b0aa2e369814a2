"""How to go on after a failure: which stage to repeat, which parameter lifts what, what is left.

Every failed wait is repeated from the stage that started what was waited for: it looks first and
adopts what is still running, so it is safe in every case. How a stage is repeated is the runner's
business; the record says it (`Record.repeat`).
"""

import re
from collections.abc import Sequence

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import REPLACEMENT, Stage
from include.eks_upgrade.report.durations import with_moments
from include.eks_upgrade.report.model import Continuation, FailedStep
from include.eks_upgrade.report.record import (
    Record,
    TaskRecord,
    ended_by_person,
    failed,
    held_back,
    unfinished,
)
from include.eks_upgrade.report.standing import left_in_cluster, safe_now

REPEATED_FROM = {
    Stage.CONTROL_PLANE_WAIT: Stage.CONTROL_PLANE,
    Stage.NEW_NODES: Stage.NEW_GROUP,
    Stage.DELETION_WAIT: Stage.DELETION,
    Stage.SECOND_DELETION_WAIT: Stage.SECOND_DELETION,
    Stage.OLD_GROUP_GONE: Stage.LAST_DELETION,
}
"""The stage that starts what another one waits for."""

WHOLE, WHOLE_BACK = "The whole upgrade", "The whole way back"

_RAN = frozenset({"success", "failed"})

LIFTING = (
    "override_insights",
    "ignore_daemonsets",
    "delete_emptydir_data",
    "force_unmanaged_pods",
    "may_strand_pods",
    "may_unprotect",
    "may_delete_asg",
)
"""The switches that lift a refusal (docs/parameters.md)."""


def continuation(record: Record) -> Continuation | None:
    """What a person needs to go on with a run that stopped; None when it did not stop."""
    tasks = record.worked
    if not unfinished(tasks):
        return None
    return Continuation(
        action=next_action(record),
        safe=tuple(safe_now(record)),
        failed=tuple(_failed_step(task, record) for task in failed(tasks)),
        done=tuple(_done(task) for task in tasks if task.state == "success" and task.text),
        not_done=tuple(not_done(record)),
        left=tuple(left_in_cluster(record)),
    )


def _done(task: TaskRecord) -> str:
    told = with_moments(task.text)
    return told if task.changed else f"{told.rstrip('.')} (nothing changed)"


def not_done(record: Record) -> list[str]:
    """The phases that did not come to their end, each once.

    A node group of which nothing was done yet is one entry, and so is an upgrade whose plan failed.
    """
    missing = unfinished(record.worked)
    if any(task.stage is Stage.PLAN for task in missing):
        return [WHOLE_BACK if record.goes_back else WHOLE]
    begun = {
        record.about(task)
        for task in record.worked
        if task.stage in REPLACEMENT and task.stage is not Stage.TURN and task.state in _RAN
    }
    parts = (
        f"Replacement of {record.about(task)}"
        if task.stage in REPLACEMENT and record.about(task) not in begun
        else record.part(task)
        for task in missing
    )
    return list(dict.fromkeys(parts))


def next_action(record: Record) -> str:
    """The one thing to do now; it is right for all tasks that failed together."""
    if ended_by_person(record.worked):
        return "Start a new run with the same parameters: it adopts what is done."
    broken = failed(record.worked)
    stages = {task.stage for task in broken}
    lifting = _lifting(broken, record)
    if Stage.PLAN in stages:
        again = record.repeat.get(Stage.PLAN.value, f"repeat {Stage.PLAN.title}")
        again = again.replace("{about}", "")
        return (
            "Put right what is named here, then start a new run; "
            f"if no parameter was wrong, {again}."
        )
    if Stage.LOCK in stages:
        release = f" If that run is dead, {record.release} first." if record.release else ""
        return (
            "Wait until the run that holds the lock has ended, then start a new run with the same "
            f"parameters.{release}"
        )
    if lifting:
        wanted = " and ".join(f"`{name}` on" for name in lifting)
        return f"Decide on it, then start a new run with the same parameters and {wanted}."
    if len(broken) == 1:
        repeat = how_to_repeat(broken[0], record)
        return f"Put right what is named here, then {repeat}{_then_held_back(record)}."
    cause = "Put right what is named here, then start" if broken else "Start"
    return f"{cause} a new run with the same parameters: it adopts what is done."


def _then_held_back(record: Record) -> str:
    """What follows where other node groups wait for the one that is repeated."""
    held = held_back(record.worked)
    if not held:
        return ""
    about = ", ".join(record.label(task) for task in held)
    how = record.repeat.get(Stage.TURN.value, f"repeat {Stage.TURN.title} for {{about}}")
    return f"; after that {how.replace('{about}', f' [{about}]')}"


def how_to_repeat(task: TaskRecord, record: Record) -> str:
    """What to do so that this task and what it hangs on is done again, in the runner's words.

    A message that itself names an earlier stage to be repeated ("repeat the drain of the old
    nodes") is about that one.
    """
    if task.stage is None:
        return f"repeat `{record.title(task)}`"
    named = stages_named(task.failure)
    stage = named[0] if named else REPEATED_FROM.get(task.stage, task.stage)
    about = record.label(task)
    how = record.repeat.get(stage.value)
    if how:
        return how.replace("{about}", f" [{about}]" if about else "")
    return f"repeat {stage.title}" + (f" for `{about}`" if about else "")


def stages_named(message: str) -> list[Stage]:
    """The stages that a message asks to repeat, in the order of the journey."""
    return [stage for stage in Stage if f"repeat {stage.title}" in message]


def stop_lines(record: Record) -> list[str]:
    """The same advice as a few lines for the log of the task that stopped the run.

    What a person needs at once comes first: what is safe, and what to do.
    """
    stop = continuation(record)
    if stop is None:
        return []
    follows = "" if stop.not_done in {(WHOLE,), (WHOLE_BACK,)} else ", and what follows"
    return [
        *_told("Safe right now", stop.safe),
        f"What to do now: {stop.action}",
        *_told("In the cluster", stop.left),
        *_told("Done", stop.done),
        f"Not done: {', '.join(stop.not_done)}{follows}",
    ]


def _told(name: str, sentences: Sequence[str]) -> list[str]:
    return [f"{name}: {' '.join(map(_full, sentences))}"] if sentences else []


def _full(sentence: str) -> str:
    return f"{sentence.rstrip('.')}."


def _lifting(tasks: Sequence[TaskRecord], record: Record) -> list[str]:
    found = [lifting_parameters(task.failure, record.request) for task in tasks]
    return list(dict.fromkeys(name for names in found for name in names))


def _failed_step(task: TaskRecord, record: Record) -> FailedStep:
    why = task.failure or "It left no message; see its log."
    return FailedStep(
        task=record.title(task),
        part=record.part(task),
        why=why,
        remedies=tuple(remedies(task, record)),
        url=task.url,
    )


def remedies(task: TaskRecord, record: Record) -> list[str]:
    """Sentences that say how to go on from one failed task."""
    lifting = lifting_parameters(task.failure, record.request)
    sentences = [f"`{name}` lifts this; it was off in this run." for name in lifting]
    if task.stage is Stage.PLAN:
        return [
            *sentences,
            "Nothing was touched. Put right what is named above, then start a new run.",
        ]
    if lifting:
        sentences.append(
            "A step that is repeated keeps the run's parameters: start a new run with the same "
            "parameters and the one named above. It adopts what is done and does nothing twice."
        )
        return sentences
    return [*sentences, *_repeating(task, record)]


def _repeating(task: TaskRecord, record: Record) -> list[str]:
    run = f" in run `{record.run['run_id']}`" if record.run.get("run_id") else ""
    return [
        f"When the cause is put right: {how_to_repeat(task, record)}{run}.",
        "Or start a new run with the same parameters: it adopts what is done and does nothing "
        "twice.",
    ]


def lifting_parameters(why: str, request: Raw) -> list[str]:
    """Parameters that the failure's own message names and that this run had switched off."""
    return [
        name for name in LIFTING if request.get(name) is False and re.search(rf"\b{name}\b", why)
    ]
