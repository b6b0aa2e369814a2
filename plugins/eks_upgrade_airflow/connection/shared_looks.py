"""One answer for all waits of a process that ask the same at nearly the same time.

For looks of waits alone: who is about to change something asks for himself.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

T = TypeVar("T")

MAX_KEPT: Final = 5000
"""Answers that are kept; who waits for more clusters than that asks anew."""


def seconds() -> float:
    """Of the clock by which answers grow old."""
    return time.monotonic()


class _Look:
    """The last answer to one question; who comes while it is asked waits for that answer."""

    def __init__(self) -> None:
        self.asking = threading.Lock()
        self.at, self.answer = float("-inf"), None


_lock = threading.Lock()
_kept: dict[Hashable, _Look] = {}


def shared_look(question: Hashable, fresh_seconds: float, ask: Callable[[], T]) -> T:
    """The answer to a question, perhaps one that another wait has got; blocks while it is asked.

    Args:
        question: what is asked, with the whole `ClusterAddress` in it: neither another connection
            nor another role ever gets the answer.
        fresh_seconds: an answer may be so old.
        ask: asks; what it raises is nobody else's.
    """
    with _lock:
        if len(_kept) >= MAX_KEPT:
            _kept.clear()
        look: Any = _kept.setdefault(question, _Look())
    with look.asking:
        if seconds() - look.at >= fresh_seconds:
            look.answer = ask()
            look.at = seconds()
        answer: T = look.answer
        return answer


def forget(question: Hashable | None = None) -> None:
    """Keep no answer to this question, or to none at all."""
    with _lock:
        if question is None:
            _kept.clear()
        else:
            _kept.pop(question, None)
