"""What is known of a run: the record that the runner hands in, read once and typed.

As JSON it is `{"plan": Plan.as_json | None, "run": {"dag_id", "run_id", "url", "docs", "reports",
"started", "ended"}, "request": {parameter: value}, "tasks": [TaskRecord as a dict], "world":
{"version", "node_groups": [...], "addons": [...]} | None, "repeat": {Stage value: how}, "release":
how, "notes": [{"at", "text", "url"}], "goes_back": bool}`. `url` is where the runner shows the run,
`docs` where the documentation is read, `reports` where all reports are listed. `world` is the
cluster as it was when the report was written. `repeat` and `release` are the runner's own words for
doing a stage again and for lifting what a run left; `{about}` in them stands for a mapped task's
object. `notes` is what other runs have added since. `goes_back` says that the run is to take the
control plane back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import REPLACEMENT, TELLING, Stage
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.report.redaction import without_secrets
from include.eks_upgrade.report.words import NODE_GROUPS, PARTS

# Removed: a run that is cleared as a whole plans anew, and may find fewer node groups to replace.
_WELL = frozenset({"success", "skipped", "removed"})
_RECOVERY = frozenset(
    {
        Stage.DIAGNOSIS,
        Stage.UNPROTECTION,
        Stage.SECOND_DELETION,
        Stage.SECOND_DELETION_WAIT,
        Stage.ASG_DELETION,
        Stage.LAST_DELETION,
    }
)
# Worst first: a phase is as well as its worst step.
_STATES = ("failed", "upstream_failed", "up_for_retry", "running", "deferred", "queued", "success")

Wait = tuple[str, float, float | None]
"""Kind (`aws`, `drain`, `person`), began and ended in seconds since the epoch."""


@dataclass(frozen=True, kw_only=True)
class TaskRecord:
    """One task of the run.

    Attributes:
        stage: what it does; None for a task that this library does not know.
        name: as the runner shows it.
        map_index: which of the plan's steps it is about; -1 for a task that is not mapped.
        label: what it is about, where the runner says so.
        state: the runner's word (`success`, `failed`, `upstream_failed`, ...); None: never ran.
        started, ended: ISO 8601. seconds: how long it took where these two are not known.
        waits: `StepResult.waits`; the last may be open (`None`) where the task was ended in it.
        result: `StepResult.as_json()`; empty when it left none.
        failure: its message when it failed.
        approval: who said yes to it (`Approval.as_json`); empty: nobody was asked, or said no.
        url: where the runner shows it.
        by_hand: the state that a person gave it instead of its own end: `failed`, `success`, or
            `skipped` for one that had not begun when a person ended the run; empty: nobody did.
    """

    stage: Stage | None
    name: str
    map_index: int = -1
    label: str = ""
    state: str | None = None
    started: str | None = None
    ended: str | None = None
    seconds: float | None = None
    waits: tuple[Wait, ...] = ()
    result: Raw = field(default_factory=dict)
    failure: str = ""
    approval: Raw = field(default_factory=dict)
    url: str = ""
    by_hand: str = ""

    @classmethod
    def from_json(cls, plain: Raw) -> Self:
        """Read one entry of `tasks`; what is no step result counts as none."""
        result, stage = plain.get("result"), plain.get("stage")
        told = result if isinstance(result, Mapping) and "text" in result else {}
        return cls(
            stage=Stage(stage) if stage in _STAGES else None,
            name=str(plain["name"]),
            map_index=-1 if plain.get("map_index") is None else int(plain["map_index"]),
            label=str(plain.get("label") or ""),
            state=plain.get("state"),
            started=plain.get("started"),
            ended=plain.get("ended"),
            seconds=plain.get("seconds"),
            waits=tuple(map(tuple, told.get("waits") or plain.get("waits") or ())),
            result=told,
            failure=str(plain.get("failure") or "").strip(),
            approval=(told.get("data") or {}).get("approval") or plain.get("approval") or {},
            url=str(plain.get("url") or ""),
            by_hand=str(plain.get("by_hand") or ""),
        )

    @property
    def text(self) -> str:
        """The sentence of its result."""
        return str(self.result.get("text", ""))

    @property
    def changed(self) -> bool:
        """Whether it changed anything in AWS or Kubernetes."""
        return bool(self.result.get("changed"))

    @property
    def data(self) -> Raw:
        """The small JSON of its result."""
        return self.result.get("data") or {}


_STAGES = frozenset(stage.value for stage in Stage)


@dataclass(frozen=True, kw_only=True)
class Record:
    """Everything a report is made from; see the module's docstring."""

    plan: Plan | None = None
    run: Raw = field(default_factory=dict)
    request: Raw = field(default_factory=dict)
    tasks: tuple[TaskRecord, ...] = ()
    world: Raw | None = None
    repeat: Mapping[str, str] = field(default_factory=dict)
    release: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[Raw, ...] = ()
    goes_back: bool = False

    @classmethod
    def from_json(cls, raw: Raw) -> Self:
        """Read a record; tokens are taken out first.

        A plan that cannot be read (another release wrote it) costs the report its plan, not
        the report: it becomes a warning.
        """
        clean: dict[str, Any] = without_secrets(dict(raw))
        plan, warnings = _plan(clean.get("plan"))
        return cls(
            plan=plan,
            run=clean.get("run") or {},
            request=clean.get("request") or {},
            tasks=tuple(
                _skipped_anyway(TaskRecord.from_json(one), plan) for one in clean.get("tasks") or ()
            ),
            world=clean.get("world"),
            repeat=clean.get("repeat") or {},
            release=str(clean.get("release") or ""),
            warnings=warnings,
            notes=tuple(clean.get("notes") or ()),
            goes_back=bool(clean.get("goes_back")),
        )

    @property
    def worked(self) -> tuple[TaskRecord, ...]:
        """The tasks that do the upgrade, without those that tell about it."""
        return tuple(task for task in self.tasks if task.stage not in TELLING)

    @property
    def cluster(self) -> str:
        """The cluster's name from the plan, or else from what was asked for."""
        named = self.plan.cluster if self.plan else self.request.get("cluster_name")
        return str(named or "unknown cluster")

    def state(self, stage: Stage, index: int = -1) -> str | None:
        """The state of the task that does a stage; None when it never ran."""
        for task in self.tasks:
            if task.stage is stage and task.map_index == index:
                return task.state
        return None

    def label(self, task: TaskRecord) -> str:
        """What a mapped task is about: the runner's label, or the plan's name for its index."""
        if task.label or task.map_index < 0:
            return task.label
        names = self._mapped_over(task.stage)
        return names[task.map_index] if task.map_index < len(names) else str(task.map_index)

    def title(self, task: TaskRecord) -> str:
        """The task as the runner names it, with what it is about in brackets."""
        about = self.label(task)
        return f"{task.name} [{about}]" if about else task.name

    def part(self, task: TaskRecord) -> str:
        """The phase a task belongs to, in words; an unknown task is a phase of its own."""
        words = PARTS.get(task.stage) if task.stage else None
        return words.format(about=self.about(task)) if words else self.title(task)

    def about(self, task: TaskRecord) -> str:
        """The node group a task is about, with its cluster: `shop/workers`."""
        label = self.label(task)
        if not label:
            return NODE_GROUPS
        return label if label.startswith(f"{self.cluster}/") else f"{self.cluster}/{label}"

    def _mapped_over(self, stage: Stage | None) -> Sequence[str]:
        """Names of the plan's steps that the stage is done for, in the plan's order."""
        return _names(self.plan, stage) if self.plan else ()


def _names(plan: Plan, stage: Stage | None) -> list[str]:
    if stage is Stage.ADDONS_BEFORE:
        return [step.name for step in plan.addons_before]
    if stage is Stage.ADDONS_AFTER:
        return [step.name for step in plan.addons_after]
    return [step.name for step in plan.node_groups]


def _skipped_anyway(task: TaskRecord, plan: Plan | None) -> TaskRecord:
    """The task; no person skipped what a good run does not need either."""
    mapped = task.stage in {*REPLACEMENT, Stage.ADDONS_BEFORE, Stage.ADDONS_AFTER}
    nothing_planned = mapped and plan is not None and not _names(plan, task.stage)
    if task.by_hand == "skipped" and (task.stage in _RECOVERY or nothing_planned):
        return replace(task, by_hand="")
    return task


def _plan(raw: Raw | None) -> tuple[Plan | None, tuple[str, ...]]:
    if not raw:
        return None, ()
    try:
        return Plan.from_json(raw), ()
    except Refused as error:
        return None, (f"this report does without the run's plan: {error}",)


def worst(states: Iterable[str | None]) -> str:
    """The state that tells most about a phase; `skipped` when nothing in it ran."""
    present = {state or "not run" for state in states}
    for state in _STATES:
        if state in present:
            return state
    return "skipped" if present == {"skipped"} else "not run"


def failed(tasks: Iterable[TaskRecord]) -> list[TaskRecord]:
    """The tasks that failed themselves, not those that only lost their upstream.

    A group that was held back, because one before it was stopped, only lost that.
    """
    broken = [task for task in tasks if task.state == "failed"]
    causes = [task for task in broken if task.stage is not Stage.TURN]
    return causes or broken


def held_back(tasks: Iterable[TaskRecord]) -> list[TaskRecord]:
    """The tasks that stopped because a group before theirs was stopped."""
    broken = [task for task in tasks if task.state == "failed"]
    held = [task for task in broken if task.stage is Stage.TURN]
    return held if len(held) < len(broken) else []


def unfinished(tasks: Iterable[TaskRecord]) -> list[TaskRecord]:
    """The tasks that should have run and did not come to a good end.

    A cluster that a person calls as planned was not seen to be so.
    """
    return [
        task
        for task in tasks
        if task.state not in _WELL
        or task.by_hand == "skipped"
        or (task.by_hand and task.stage is Stage.CLUSTER)
    ]


def ended_by_person(tasks: Iterable[TaskRecord]) -> bool:
    """Whether a person ended the run, or a task of it that was to do something."""
    return any(task.by_hand in {"failed", "skipped"} for task in tasks)


def culprits(tasks: Sequence[TaskRecord]) -> list[TaskRecord]:
    """The tasks at which a run stopped: those that failed, or else the first that is missing.

    What a person ended is named where it was at work, also when the person called it a success.
    """
    called_success = [task for task in tasks if task.by_hand == "success"]
    at_work = called_success[-1:] if ended_by_person(tasks) else []
    return failed(tasks) or at_work or unfinished(tasks)[:1]
