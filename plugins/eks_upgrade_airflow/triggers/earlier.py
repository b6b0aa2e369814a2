"""How long earlier waits of this process lasted, from which the next ones know when to look.

EKS tells when an update began and not when it ended, so that it can be learned only by who was
there. It is kept in the triggerer's memory: after a restart the stated usual times hold again.
"""

import threading
from collections import deque
from statistics import median
from typing import Final

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress

LAST: Final = 5
"""Of earlier waits so many count."""

MAX_KEPT: Final = 5000

_lock = threading.Lock()
_kept: dict[tuple[str, ClusterAddress | None], deque[float]] = {}


def expected_seconds(what: str, address: ClusterAddress, usual: float) -> float:
    """How long a wait will last: as the cluster's own of that kind, as other clusters', as usual.

    Args:
        what: the kind of wait; empty: nothing is expected.
        address: the cluster.
        usual: seconds, when nothing was learned yet.
    """
    if not what:
        return 0.0
    with _lock:
        known = _kept.get((what, address)) or _kept.get((what, None))
        return median(known) if known else usual


def learn(what: str, address: ClusterAddress, seconds: float) -> None:
    """Remember how long a wait lasted that came to its end."""
    if not what:
        return
    with _lock:
        if len(_kept) >= MAX_KEPT:
            _kept.clear()
        for key in ((what, address), (what, None)):
            _kept.setdefault(key, deque(maxlen=LAST)).append(seconds)


def forget() -> None:
    """Know nothing, as a new triggerer does."""
    with _lock:
        _kept.clear()
