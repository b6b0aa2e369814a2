"""Every request of both sides, in the order in which they were dealt with.

Tests and benchmarks read from it what was called how often, what was changed and in which
order. Tokens, keys and user data never enter it: `record` drops them wherever they stand.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Side = Literal["aws", "kube"]

# Compared without capitals; whatever carries one of these names is not written down.
KEPT_OUT: Final = frozenset(
    {
        "userdata",
        "accesskeyid",
        "secretaccesskey",
        "sessiontoken",
        "webidentitytoken",
        "samlassertion",
        "tokencode",
        "token",
        "password",
        "authorization",
        "stringdata",
    }
)


@dataclass(frozen=True)
class Request:
    """One request as faults, holds and the journal see it.

    Attributes:
        side: which API it came to.
        operation: AWS's name of the operation (`UpdateClusterVersion`), or verb and resource of
            Kubernetes (`create pods/eviction`).
        cluster: the cluster it is about; empty when the request does not show it.
        target: the name of the object; on the Kubernetes side `namespace/name` when it has one.
        changes: it is meant to change something; a dry run is not.
        body: what else makes two calls differ: AWS's parameters, or name and uid of an object.
        account, region: of AWS, by the key that signed and the signature; empty for Kubernetes.
    """

    side: Side
    operation: str
    cluster: str = ""
    target: str = ""
    changes: bool = False
    body: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""
    region: str = ""


@dataclass(frozen=True)
class Entry:
    """One request that was dealt with; the fields of `Request`, and how it ended.

    Attributes:
        number: 1 for the first entry of the journal, and so on without a gap.
        status: the HTTP status of what was done; 0 when it was dropped before anything was.
        at: simulated time, seconds since the epoch.
        fault: what was done to the answer on purpose (`reset`, `throttle`, `dropped`, ...), or
            empty. A reset or dropped answer with a status was acted upon all the same.
    """

    number: int
    side: Side
    cluster: str
    operation: str
    target: str
    changes: bool
    status: int
    body: Mapping[str, Any]
    at: float
    fault: str = ""
    account: str = ""
    region: str = ""

    @property
    def done(self) -> bool:
        """Whether the server did what was requested, whatever the client got to see."""
        return 200 <= self.status < 400


class Journal:
    """The last `limit` requests. Safe to use from any thread.

    Args:
        now: simulated time, seconds since the epoch.
        limit: how many entries are kept; the oldest go first.
    """

    def __init__(self, now: Callable[[], float], *, limit: int = 50_000) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._last = 0

    def record(self, request: Request, status: int, *, fault: str = "") -> Entry:
        """Write down a request and how it ended."""
        body = without_secrets(request.body)
        with self._lock:
            self._last += 1
            entry = Entry(
                self._last,
                request.side,
                request.cluster,
                request.operation,
                request.target,
                request.changes,
                status,
                body,
                self._now(),
                fault,
                request.account,
                request.region,
            )
            self._entries.append(entry)
        return entry

    @property
    def last(self) -> int:
        """The number of the newest entry; 0 when there was none. For `entries(since=...)`."""
        with self._lock:
            return self._last

    def entries(
        self,
        *,
        side: Side | None = None,
        cluster: str | None = None,
        operation: str | None = None,
        since: int = 0,
        account: str | None = None,
        region: str | None = None,
    ) -> list[Entry]:
        """The entries, oldest first, that fit everything given.

        Args:
            side: only this API.
            cluster: only requests about this cluster.
            operation: only this operation.
            since: only entries with a greater number.
            account: only calls to this account of AWS.
            region: only calls to this region of AWS.
        """
        with self._lock:
            found = list(self._entries)
        return [
            each
            for each in found
            if each.number > since
            and side in (None, each.side)
            and cluster in (None, each.cluster)
            and operation in (None, each.operation)
            and account in (None, each.account)
            and region in (None, each.region)
        ]

    def changes(
        self, *, cluster: str | None = None, side: Side | None = None, since: int = 0
    ) -> list[Entry]:
        """The requests that were meant to change something; `Entry.done` says which did."""
        found = self.entries(side=side, cluster=cluster, since=since)
        return [each for each in found if each.changes]

    def counts(self, *, cluster: str | None = None) -> Counter[tuple[str, int]]:
        """How many of the kept entries there are of each (operation, status)."""
        return Counter((each.operation, each.status) for each in self.entries(cluster=cluster))


def without_secrets(value: Any) -> Any:
    """A copy of plain data without tokens, keys and user data, at any depth.

    A flattened name such as `LaunchTemplateData.UserData` counts by its last part.
    """
    if isinstance(value, Mapping):
        return {
            key: without_secrets(each)
            for key, each in value.items()
            if str(key).rpartition(".")[2].lower() not in KEPT_OUT
        }
    if isinstance(value, list | tuple):
        return [without_secrets(each) for each in value]
    return value
