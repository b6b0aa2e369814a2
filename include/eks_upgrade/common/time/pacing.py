"""How long to pause before the next look at something awaited: seldom, and closely near the end.

A look costs a call of an account that has few a second for all its clusters; a look that comes
late costs the time of the run. So nobody looks often at what cannot be over yet, and a look comes
late by a small share of the wait at most.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_SECONDS = 120.0
"""Between two looks at most, whatever is awaited: longer than that nobody likes to wait in vain."""

SHARE = 1 / 3
"""Of the length of a wait, the longest pause in it: so late is seen what ends unexpectedly."""

MOST_POLLS = 4
"""Of the shortest pause, as many times the longest: who asks for quick looks gets them."""

NEARER = 0.5
"""Of the time to the expected end, the next pause: each look halves what is left."""

SPREAD = 0.1
"""Of a pause, what chance adds: waits that begin together do not ask together for ever."""

LONGEST_BACKOFF_SECONDS = 300.0
"""Between two looks while an account is throttled."""


@dataclass(frozen=True)
class Pace:
    """The pauses of one wait.

    Attributes:
        shortest: seconds; no pause is shorter (`poll_seconds`).
        expected: seconds that the wait is expected to last; 0: nobody knows, and every pause is the
            shortest.
    """

    shortest: float
    expected: float = 0.0

    def pause(self, waited: float) -> float:
        """Seconds until the next look, `waited` seconds after the wait began.

        Towards the expected end each pause is half of what is left, behind it half of what it is
        late: a wait that lasts twice as long as expected is not looked at closely all that time.
        """
        if self.expected <= 0:
            return self.shortest
        length = max(self.expected, waited)
        longest = max(
            self.shortest, min(LONGEST_SECONDS, length * SHARE, self.shortest * MOST_POLLS)
        )
        return min(longest, max(self.shortest, abs(self.expected - waited) * NEARER))


def spread(seconds: float, chance: Callable[[], float] = random.random) -> float:
    """A pause, and a little more by chance (0 to 1)."""
    return seconds * (1 + SPREAD * chance())


def backoff(shortest: float, refused: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to leave an account alone that has throttled so many looks in a row.

    By chance it is between half and all of it, for everybody who was refused together would else
    come back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """
    if refused <= 0:
        return shortest
    most = max(shortest, min(LONGEST_BACKOFF_SECONDS, shortest * 2.0 ** min(refused, 16)))
    return max(shortest, most * (0.5 + 0.5 * chance()))
