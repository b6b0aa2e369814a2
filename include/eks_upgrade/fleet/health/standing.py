"""What stands for minutes, and not for an instant: a row of looks taken together. Pure.

On a large cluster something is short at every moment: a node joins, a pod is moved. A problem
counts when every look of `worse_minutes` has found it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LOOKS_AT_MOST = 4
"""Times `worse_minutes`, after which what stands is the answer: with ever new problems there would
be none otherwise."""


@dataclass
class Standing:
    """What earlier looks have found.

    Attributes:
        seconds: for so long a problem has to stand; zero: one look decides.
        first: epoch seconds of the first look; None before it.
        since: by what has a problem, epoch seconds of the look that found it first.
        now: the problems of the last look.
    """

    seconds: float
    first: float | None = None
    since: dict[str, float] = field(default_factory=dict)
    now: Mapping[str, str] = field(default_factory=dict)

    def look(self, problems: Mapping[str, str], moment: float) -> tuple[str, ...] | None:
        """Take in one look.

        Returns:
            The problems that count, none for a healthy cluster; None: it is not known yet.
        """
        self.first = moment if self.first is None else self.first
        self.since = {name: self.since.get(name, moment) for name in problems}
        self.now = problems
        standing = tuple(
            text for name, text in problems.items() if moment - self.since[name] >= self.seconds
        )
        if len(standing) == len(problems):
            return standing
        late = moment - self.first >= self.seconds * LOOKS_AT_MOST
        return standing if late else None
