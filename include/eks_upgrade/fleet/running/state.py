"""What outlives a run of the fleet: that it is stopped or paused, who is skipped, what failed.

Each is one JSON text that a person can read and change by hand; what cannot be read stops the
fleet, for a misspelt stop must not be no stop.
"""

import fnmatch
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.report.durations import with_moments

STOPPED, PAUSED, SKIPPED, FAILED = "stopped", "paused", "skipped", "failed"
UNJUDGED = "unjudged"
KEYS = (STOPPED, PAUSED, SKIPPED, FAILED, UNJUDGED)
"""The names of the texts."""

Kept = TypeVar("Kept")


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A ring was broken: no run begins anything until a person resumes.

    Attributes:
        why: the sentence of the ring's verdict.
        ring: which.
        run_id: the fleet's run that stopped.
        at: when, ISO 8601.
        resumed_by, resumed_because, resumed_at: the person who said to go on; empty: nobody yet.
    """

    why: str
    ring: str = ""
    run_id: str = ""
    at: str = ""
    resumed_by: str = ""
    resumed_because: str = ""
    resumed_at: str = ""

    @property
    def holds(self) -> bool:
        """Whether nobody has resumed."""
        return not self.resumed_at

    def resumed(self, who: str, because: str, at: datetime) -> "Stop":
        """The same, lifted by a person."""
        return replace(
            self, resumed_by=who, resumed_because=because, resumed_at=at.isoformat("T", "seconds")
        )

    def __str__(self) -> str:
        ring = f" at ring '{self.ring}'" if self.ring else ""
        since = f" since {with_moments(self.at)}" if self.at else ""
        return f"the fleet is stopped{ring}{since}: {self.why}"


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A person asks that nothing new begins for now; what runs is finished."""

    why: str
    by: str = ""
    at: str = ""

    def __str__(self) -> str:
        who = f" by {self.by}" if self.by else ""
        return f"the fleet is paused{who}: {self.why}"


@dataclass(frozen=True, kw_only=True)
class Skip:
    """A person asks that a cluster is left alone.

    Attributes:
        cluster: its ARN, its name, `account/region/name`, or a shell pattern of one of these.
        why: the reason.
        by: who asked.
        at: when, ISO 8601.
        until: when it ends, ISO 8601; empty: when somebody takes it back.
    """

    cluster: str
    why: str
    by: str = ""
    at: str = ""
    until: str = ""

    def holds(self, moment: datetime) -> bool:
        """Whether it is not over."""
        return not self.until or moment < moment_of(self.until)

    def __str__(self) -> str:
        who = f" by {self.by}" if self.by else ""
        until = f" until {self.until}" if self.until else ""
        return f"skipped{who}{until}: {self.why}"


@dataclass(frozen=True, kw_only=True)
class Failures:
    """What did not become healthy in the last run that began anything; `clusters` are ARNs."""

    run_id: str = ""
    at: str = ""
    clusters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FleetState:
    """All of it."""

    stop: Stop | None = None
    pause: Pause | None = None
    skips: tuple[Skip, ...] = ()
    failures: Failures = Failures()
    unjudged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By ring, the ARNs of what was upgraded, or begun, and not seen healthy since: it is looked at
    before the next ring begins, also by a later run."""

    @property
    def stopped(self) -> str:
        """Why the fleet is stopped; empty when it is not."""
        return str(self.stop) if self.stop and self.stop.holds else ""

    @property
    def paused(self) -> str:
        """Why it is paused; empty when it is not."""
        return str(self.pause) if self.pause else ""


def means(pattern: str, arn: str, title: str) -> bool:
    """Whether a pattern is about a cluster: by its ARN, its title or its name."""
    name = title.rpartition("/")[2]
    return any(fnmatch.fnmatchcase(one, pattern.strip()) for one in (arn, title, name))


def moment_of(text: str) -> datetime:
    """A moment; without a zone it is UTC.

    Raises:
        ValueError: it is none.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_state(texts: Mapping[str, str | None]) -> FleetState:
    """The state from its texts, by `KEYS`; one that is missing or empty says nothing.

    Raises:
        Refused: a text cannot be read; all of them are named.
    """
    problems: list[Problem] = []

    def read(key: str, make: Callable[[Any], Kept], empty: Kept) -> Kept:
        text = (texts.get(key) or "").strip()
        if not text:
            return empty
        try:
            return make(json.loads(text))
        except (ValueError, TypeError, AttributeError) as error:
            problems.append(Problem(f"the fleet's state '{key}'", f"cannot be read: {error}", _FIX))
            return empty

    state = FleetState(
        stop=read(STOPPED, lambda raw: Stop(**raw), None),
        pause=read(PAUSED, lambda raw: Pause(**raw), None),
        skips=read(SKIPPED, _skips, ()),
        failures=read(FAILED, _failures, Failures()),
        unjudged=read(UNJUDGED, _unjudged, {}),
    )
    if problems:
        raise Refused("What outlives the fleet's runs cannot be read", problems)
    return state


_FIX = "correct its JSON by hand, or delete it (docs/fleet.md)"


def text_of(
    value: Stop | Pause | Failures | Mapping[str, Iterable[str]] | Iterable[Skip],
) -> str:
    """The text that `read_state` reads."""
    if isinstance(value, Mapping):
        return json.dumps({ring: list(arns) for ring, arns in value.items()})
    if isinstance(value, Stop | Pause | Failures):
        return json.dumps(asdict(value))
    return json.dumps([asdict(one) for one in value])


def _skips(raw: Any) -> tuple[Skip, ...]:
    found = tuple(Skip(**one) for one in raw)
    for one in found:
        one.holds(datetime.now(UTC))  # a date that is none is told now
    return found


def _failures(raw: Any) -> Failures:
    return Failures(**{**raw, "clusters": tuple(raw.get("clusters", ()))})


def _unjudged(raw: Any) -> dict[str, tuple[str, ...]]:
    return {str(ring): tuple(arns) for ring, arns in raw.items()}
