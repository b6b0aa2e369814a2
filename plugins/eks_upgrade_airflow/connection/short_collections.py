"""Full passes of Python's garbage collector that do not hold the event loop.

A full pass walks every container object of the process: Airflow and botocore alone are a third of
a million, a quarter of a second in which the triggerer serves nobody; thousands of pods that come
and go bring such passes about again and again. So whatever outlives a long pass is frozen: later
ones walk only what has come since.

What is frozen is still given back as soon as nothing refers to it. Only circles of objects that
become garbage later stay for good, and so a drain leaves none behind: a test counts its pods after
its end, with the collector switched off.
"""

import gc
import time
from functools import cache

LONG_PASS_SECONDS = 0.003
"""A full pass that takes longer is the last one over what it has found alive."""

YOUNG_PASSES = 3
MIDDLE_PASSES = 1
"""A full pass comes after so many of the middle generation, each of which comes after so many of
the youngest: some six thousand new objects, which take 5 ms. Python's ten and ten bring seventy
thousand together, which take 50 ms; and a pass that has little to walk costs little."""


@cache
def keep_collections_short() -> None:
    """Freeze what is loaded by now, and later what outlives a long pass; once in a process."""
    gc.freeze()
    # Walks nothing now, but it is from the number of survivors of the last full pass that the
    # collector reckons how much may come before the next: a quarter of all of Airflow otherwise.
    gc.collect()
    gc.set_threshold(gc.get_threshold()[0], YOUNG_PASSES, MIDDLE_PASSES)
    gc.callbacks.append(_FreezeAfterLongPass())


class _FreezeAfterLongPass:
    """Freezes right after a long full pass: what it has left is alive, no garbage is kept by it."""

    def __init__(self) -> None:
        self._began = 0.0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        """See `gc.callbacks`."""
        if info["generation"] < 2:
            return
        if phase == "start":
            self._began = time.thread_time()
        elif time.thread_time() - self._began > LONG_PASS_SECONDS:
            gc.freeze()
