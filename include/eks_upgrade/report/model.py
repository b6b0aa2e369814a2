"""What a report holds: frozen values, with every sentence already decided."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Headline:
    """The headline.

    Attributes:
        kind: `upgraded`, `unchanged`, `planned`, `stopped` or `refused`.
        text: one line: cluster, versions, outcome.
        summary: one or two sentences below it.
        versions: `from 1.25 to 1.26`, `at 1.26`; empty when they are not known.
        outcome: what came of it: `upgraded`, `stopped at the drain of shop/workers`.
    """

    kind: str
    text: str
    summary: str
    versions: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class VersionRow:
    """One thing that has a version, before the run and after it ("-": absent or not seen)."""

    thing: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """One task of the run.

    Attributes:
        task: its name as the runner shows it, with what it is about in brackets.
        state: the runner's own word (`success`, `failed`, `upstream_failed`, ...).
        seconds: how long it took; None when it never ran or did not end.
        text: the result's sentence, or the failure's first line.
        changed: whether it changed anything in AWS or Kubernetes.
        url: where the runner shows it; empty when that is not known.
    """

    task: str
    state: str
    seconds: float | None
    text: str
    changed: bool
    url: str = ""


@dataclass(frozen=True)
class Phase:
    """Steps that belong together, by a name in a person's words; `state` is the worst of theirs.

    Attributes:
        seconds: from the first step's begin to the last one's end.
        person: seconds of these that were spent on waiting for a person's answer.
    """

    name: str
    state: str
    seconds: float | None
    steps: tuple[Step, ...]
    person: float = 0.0


@dataclass(frozen=True)
class GroupTurn:
    """When one of several node groups was replaced.

    Attributes:
        place: in the plan's order, from 1.
        turn: that it is the canary, or how many go beside it.
        state: the worst of its tasks, or `not begun`.
        began: seconds from the run's start. seconds: how long it took. None: not known.
    """

    place: int
    node_group: str
    turn: str
    state: str
    began: float | None
    seconds: float | None


@dataclass(frozen=True)
class PassedObstacle:
    """Something that stood in the way, where, and how it was passed (empty: it was not)."""

    where: str
    what: str
    passed_by: str


@dataclass(frozen=True)
class NodeDrain:
    """What draining one node, or all of a group, came to.

    Attributes:
        moved: pods that left it.
        seconds: until the last of them had gone; None when that is not known.
        note: how they left where they were not simply evicted, and what some waited for.
    """

    node_group: str
    node: str
    moved: int
    seconds: float | None
    note: str


@dataclass(frozen=True)
class WorkloadReady:
    """How far one workload fell while it was moved.

    Attributes:
        before: its Ready pods when the drain began. lowest: the fewest since.
        keeps: how many its budget, written or implied, keeps. rule: which budget that is.
        below: whether it fell below that because of the drain.
    """

    workload: str
    before: int
    lowest: int
    keeps: int
    rule: str
    below: bool


@dataclass(frozen=True)
class Availability:
    """The workloads that were moved: a sentence, rows, and how many more rows there would be."""

    sentence: str
    rows: tuple[WorkloadReady, ...]
    unlisted: int


@dataclass(frozen=True)
class FailedStep:
    """A task that failed: in which phase, why, in its own words, and how to go on from it."""

    task: str
    part: str
    why: str
    remedies: tuple[str, ...]
    url: str = ""


@dataclass(frozen=True)
class Continuation:
    """For a run that stopped: what is done, what is not, what stands around, how to go on.

    Attributes:
        action: the one thing to do now.
        safe: what is safe right now, and what goes on by itself.
        done: what its steps did, each once; where nothing was changed, that is said.
        not_done: phases that did not come to their end.
        left: what stands in the cluster between the old state and the new one.
    """

    action: str
    safe: tuple[str, ...]
    failed: tuple[FailedStep, ...]
    done: tuple[str, ...]
    not_done: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class TimeSplit:
    """Seconds of the run: waiting for AWS, draining, waiting for a person's answer, and the rest.

    The rest is the runner and our own calls. What goes on side by side counts in each.
    """

    total: float
    aws: float
    drain: float
    person: float
    rest: float


@dataclass(frozen=True)
class Foretold:
    """One part of the run: what the plan foretold, and what it took.

    Attributes:
        best, probable: seconds; None: it was not known, or does not end by itself.
        took: seconds; None: it did not come to its good end.
        error: of the probable seconds, in percent of those that it took; above 0: it was quicker.
        decided_by: the budget that was to decide; empty when none was.
    """

    what: str
    best: float | None
    probable: float | None
    took: float | None
    error: int | None
    decided_by: str = ""


@dataclass(frozen=True)
class Note:
    """What was added to a report later, by another run.

    Attributes:
        at: when, ISO 8601.
        text: one or two sentences.
        url: the other run's own report; empty when its address is not known.
    """

    at: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Listing:
    """Sentences below a heading of their own."""

    title: str
    items: tuple[str, ...]
    empty: str = ""
    """What is said where there are none; empty: the heading is left out, too."""


@dataclass(frozen=True)
class Report:
    """The whole account of one run.

    Attributes:
        facts: name and value pairs about the run itself (cluster, region, run id, times).
        plan: the plan in sentences, for a run that only planned.
        order: empty when fewer than two node groups were to be replaced.
        request: parameter names and values.
        availability: None when nothing was drained.
        continuation: None when the run came to its end.
        split: None when the run's times are unknown.
        listings: who approved what; of a run of another kind than an upgrade what it tells instead
            of versions and drains.
        url: the run in the runner's own pages. others: the list of all reports. docs: where the
            documentation is. Each is empty when it is not known.
        names: `(whole, short)` of long names, which the forms show short; elsewhere in this value
            all names are whole.
    """

    cluster: str
    headline: Headline
    facts: tuple[tuple[str, str], ...]
    versions: tuple[VersionRow, ...]
    plan: tuple[str, ...]
    phases: tuple[Phase, ...]
    order: tuple[GroupTurn, ...]
    changes: tuple[str, ...]
    obstacles: tuple[PassedObstacle, ...]
    drains: tuple[NodeDrain, ...]
    availability: Availability | None
    warnings: tuple[str, ...]
    continuation: Continuation | None
    split: TimeSplit | None
    request: tuple[tuple[str, str], ...]
    listings: tuple[Listing, ...] = ()
    notes: tuple[Note, ...] = ()
    foretold: tuple[Foretold, ...] = ()
    url: str = ""
    others: str = ""
    docs: str = ""
    names: tuple[tuple[str, str], ...] = ()
