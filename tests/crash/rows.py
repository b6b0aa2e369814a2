"""A row of the matrix: what is killed where, what came of it, and whether that is as it must be."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.crash.kinds import Kind

When = Literal["before", "after"]
WHENS: tuple[When, When] = ("before", "after")


@dataclass(frozen=True)
class Kill:
    """The process that makes this call dies: before the server acts, or before it answers."""

    kind: Kind
    when: When


@dataclass(frozen=True)
class Row:
    """One upgrade on a cluster of its own, disturbed by these kills in turn.

    Attributes:
        name: unique, fit for the name of a cluster.
        setting: the kind of cluster.
    """

    name: str
    setting: str
    kills: tuple[Kill, ...] = ()


@dataclass
class Outcome:
    """What came of a row; plain data.

    Attributes:
        row: its name.
        hit: for each kill that happened: label, when, and where the run was.
        error: why the run did not come to its end; empty when it did.
        end: the end state.
        changed: how often each change was done.
        twice: pods and nodes to which the same was done twice.
        report: what the report says, without times.
        troubles: tries that failed without being killed.
        recorded: the journal's changes, for recordings.
        budgets: workloads under a budget, for recordings.
        seconds: of real time.
    """

    row: str
    hit: list[list[str]] = field(default_factory=list)
    error: str = ""
    end: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    recorded: list[dict[str, Any]] = field(default_factory=list)
    budgets: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Judgement:
    """A row against the undisturbed run.

    Attributes:
        wrong: sentences; none when it converged, each change made once, the report true.
        doubled: changes that were made more often than in the undisturbed run.
    """

    wrong: tuple[str, ...]
    doubled: tuple[str, ...]


def judge(outcome: Outcome, undisturbed: Outcome, kills: int) -> Judgement:
    """Compare a row with the undisturbed run of its setting."""
    wrong = [outcome.error] if outcome.error else []
    if len(outcome.hit) != kills:
        wrong.append(f"{len(outcome.hit)} of {kills} kills came to pass")
    if not outcome.error:
        wrong += differences("end state", undisturbed.end, outcome.end)
        wrong += differences("report", undisturbed.report, outcome.report)
    before, after = Counter(undisturbed.changed), Counter(outcome.changed)
    doubled = [f"{name}: {n} more" for name, n in (after - before).items()] + outcome.twice
    if not outcome.error:
        wrong += [f"not done: {name} ({n})" for name, n in (before - after).items()]
    return Judgement(tuple(wrong), tuple(doubled))


def differences(path: str, wanted: Any, found: Any) -> list[str]:
    """Where two pieces of plain data differ, as sentences."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        keys = [*wanted, *(key for key in found if key not in wanted)]
        return [
            sentence
            for key in keys
            for sentence in differences(f"{path}: {key}", wanted.get(key), found.get(key))
        ]
    return [] if wanted == found else [f"{path}: {found!r} instead of {wanted!r}"]


def single_kills(kinds: Iterable[Kind]) -> list[Row]:
    """Each kind once before and once after, each on a cluster of its own."""
    return [
        Row(f"{kind.setting}-{number}-{when}", kind.setting, (Kill(kind, when),))
        for number, kind in enumerate(kinds)
        for when in WHENS
    ]


def all_in_one(setting: str, kinds: Sequence[Kind], when: When) -> Row:
    """One upgrade that is killed at every kind of call, one after another.

    Which pods are still there after a kill is chance, so of evictions only the first is met.
    """
    chosen: dict[str, Kind] = {}
    for kind in kinds:
        chosen.setdefault(kind.operation if kind.workload else kind.label, kind)
    return Row(f"{setting}-all-{when}", setting, tuple(Kill(k, when) for k in chosen.values()))
