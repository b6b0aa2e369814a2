"""Manners in an event loop that many share: nobody computes for long in one go.

A triggerer runs hundreds of triggers in one loop. What one of them computes without a pause, all
others wait for, and what thirty do in the same round adds up.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

SLICE_SECONDS = 0.003
"""For how long one may compute before the others get their turn."""

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@asynccontextmanager
async def loop_turn() -> AsyncIterator[None]:
    """For who computes in this event loop: of many that wake together one goes in each round.

    Between two of them everything else that is ready gets its turn. It is not to be held while
    one waits for an answer of the network.
    """
    loop = asyncio.get_running_loop()
    turn = _turns.setdefault(loop, asyncio.Lock())
    await turn.acquire()
    try:
        yield
    finally:
        # Not now: whoever runs next in this very round would find it free.
        loop.call_soon(turn.release)


class Slice:
    """The time that one may compute in one go, from now on."""

    def __init__(self) -> None:
        self._end = time.perf_counter() + SLICE_SECONDS

    def used_up(self) -> bool:
        """Whether it is the others' turn."""
        return time.perf_counter() >= self._end


class Slices:
    """Cuts a long computation into slices: call `pause` wherever it may be interrupted."""

    def __init__(self) -> None:
        self._slice = Slice()

    async def pause(self) -> None:
        """Give the event loop its turn when the slice is used up."""
        if self._slice.used_up():
            await asyncio.sleep(0)
            self._slice = Slice()
