"""What is dear to make and the same for all is made once in a test run, not once in each process.

The tests run in several processes side by side (pytest-xdist). Each would play a whole recording
anew, which takes a minute of the processor.
"""

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SHARED = "EKS_UPGRADE_TESTS_SHARED"
"""Names the folder of this test run; `tests/conftest.py` makes it, and the processes inherit it."""


def once(name: str, make: Callable[[], T]) -> T:
    """What `make` returns, which is plain data; a process that comes later waits for it."""
    place = Path(os.environ[SHARED]) / name
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            made = pickle.dumps(make())
            place.write_bytes(made)
    found: T = pickle.loads(place.read_bytes())
    return found
