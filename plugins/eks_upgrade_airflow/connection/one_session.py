"""One boto3 session for all the clients of a step, instead of one for each of them.

A session reads botocore's lists of services and regions anew, which takes 0.1 s of processor time,
and assumes the connection's role anew. Both are the same for all clients of one step.
"""

import threading
from collections.abc import Callable
from typing import Any


class OneSession:
    """The sessions of one address, by region; made when the first client of it is wanted.

    A session makes clients for one thread at a time only (boto3's guide on sessions), so whoever
    makes one from it holds `lock`.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._made: dict[str | None, Any] = {}

    def of(self, region: str | None, make: Callable[[], Any]) -> Any:
        """The session of a region; `make` makes it."""
        with self.lock:
            if region not in self._made:
                self._made[region] = make()
            return self._made[region]
