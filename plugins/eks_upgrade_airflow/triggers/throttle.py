"""Leaving an account alone that throttles us: all waits of that account, and of no other.

AWS's rates are an account's in a region. While one is throttled its waits look more and more
seldom, together and spread by chance; with the answers they come back step by step.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

from include.eks_upgrade.aws.error_codes import THROTTLED
from include.eks_upgrade.common.failure import Failure
from include.eks_upgrade.common.time.pacing import backoff

MAX_LEVEL: Final = 10


class Account:
    """How an account bears our looks, as all waits of this process on it see it.

    Args:
        now: seconds of a clock that only goes forward.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._level, self._counts_from = 0, float("-inf")

    def answered(self) -> None:
        """A look was answered."""
        with self._lock:
            self._level = max(0, self._level - 1)

    def met(self, failure: Failure, shortest: float) -> bool:
        """Whether a look failed because the account is throttled, and then count it.

        Looks that were on their way together count once: hundreds of waits are no hundred reasons.

        Args:
            failure: of the look.
            shortest: the wait's shortest pause in seconds.
        """
        if failure.code not in THROTTLED:
            return False
        with self._lock:
            if self._now() >= self._counts_from:
                self._level = min(MAX_LEVEL, self._level + 1)
                self._counts_from = self._now() + shortest
        return True

    def pause(self, usual: float, shortest: float) -> float:
        """Seconds until the next look of a wait that would pause for `usual` seconds."""
        with self._lock:
            return max(usual, backoff(shortest, self._level)) if self._level else usual


_lock = threading.Lock()
_accounts: dict[Hashable, Account] = {}


def account(key: Hashable) -> Account:
    """What all waits on an account share; `key` is `ClusterAddress.account`."""
    with _lock:
        return _accounts.setdefault(key, Account())


def forget() -> None:
    """No account is known to throttle, as in a new triggerer."""
    with _lock:
        _accounts.clear()
