"""How long an event loop is held: the longest of its rounds, seen from its selector.

In each round a loop runs once all that is ready, then asks the selector what else has become so.
Between two of these questions nobody else gets a turn. The CPU that the loop's thread took counts,
not the time on the clock, in which a busy machine may have let others work.
"""

import asyncio
import selectors
import time


class Rounds(selectors.DefaultSelector):
    """A selector that knows the longest round, in seconds of CPU."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._began: float | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As that of any selector; a round ends here, and the next one begins."""
        if self._began is not None:
            self.longest = max(self.longest, time.thread_time() - self._began)
        found = super().select(timeout)
        self._began = time.thread_time()
        return found

    def loop(self) -> asyncio.SelectorEventLoop:
        """A loop that asks this selector."""
        return asyncio.SelectorEventLoop(self)
