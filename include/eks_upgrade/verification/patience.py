"""Worse for minutes and not for an instant: what a row of looks says together. Pure.

On a large cluster something is short at every moment, so that one look at which all is well never
comes; and what crashes in a loop looks well between two crashes, so that one good look proves
nothing. Each workload is therefore judged by itself: it is proven when looks have found it well
for `worse_minutes` in all, and what is short later counts once it has been so for as long.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from include.eks_upgrade.verification.compare import Worse

WORSE_MINUTES: float = 3
"""Unless somebody says otherwise: the first back-offs of a crash loop are shorter together."""

MAX_GAP = 60.0
"""Seconds between two looks that count at most: what was not looked at is not proven."""


@dataclass
class Patience:
    """What is remembered from look to look.

    Attributes:
        seconds: `worse_minutes`; zero: every look counts by itself.
        well: by workload, for how many seconds it was found well.
        since: by workload that is worse, epoch seconds of the look that found it so first.
        worse: what the last look found.
        last: epoch seconds of that look; None before the first.
    """

    seconds: float
    well: dict[str, float] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    worse: Mapping[str, Worse] = field(default_factory=dict)
    last: float | None = None

    def look(self, names: Iterable[str], worse: Mapping[str, Worse], now: float) -> None:
        """Take in one look.

        Args:
            names: every workload that is judged.
            worse: those that are worse at this look.
            now: epoch seconds.
        """
        passed = 0.0 if self.last is None else min(max(0.0, now - self.last), MAX_GAP)
        self.last, self.worse = now, worse
        for name in names:
            if name not in worse:
                # What was worse until now is not known to have been well since the last look.
                fresh = self.since.pop(name, None) is not None
                self.well[name] = self.well.get(name, 0.0) + (0.0 if fresh else passed)
            else:
                self.since.setdefault(name, now)
                if worse[name].flapping:
                    self.well[name] = 0.0

    def damaged(self) -> list[str]:
        """Workloads that keep the old group because they are worse: never well, or for long."""
        now = self.last or 0.0
        return sorted(
            name
            for name, since in self.since.items()
            if now - since >= self.seconds or not self._proven(name)
        )

    def long_worse(self) -> list[str]:
        """Workloads that are worse and have been for long enough to count, proven or not."""
        now = self.last or 0.0
        return sorted(n for n, since in self.since.items() if now - since >= self.seconds)

    def unproven(self) -> list[str]:
        """Workloads that are well at this moment and have not been for long enough."""
        return sorted(n for n in self.well if n not in self.since and not self._proven(n))

    def lines(self) -> list[str]:
        """What is worse, since when, and what its pods say."""
        return [self.line(name) for name in self.damaged()]

    def line(self, name: str) -> str:
        """The same of one workload."""
        return f"{name} {self.worse[name].what}, since {_clock(self.since[name])}"

    def _proven(self, name: str) -> bool:
        return self.well.get(name, 0.0) >= self.seconds


def _clock(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%H:%M:%S UTC")
