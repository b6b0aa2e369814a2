"""What is to go wrong with requests to the rehearsal's API servers, and for which of them.

Every method answers with the `Fault` it made, which `lift` ends; most end by themselves after
so many requests. They strike in the order in which they were made. Safe from any thread.
"""

import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from include.rehearsal.journal import Request
from include.rehearsal.kube.http.calls import Answer
from include.rehearsal.kube.http.refusals import server_error, throttled, webhook_denial
from include.rehearsal.kube.objects.errors import ApiError


@dataclass(frozen=True)
class Aim:
    """Which requests a fault strikes; what is empty fits every request.

    Attributes:
        operation: as in `Request.operation`, `*` allowed: `create pods/eviction`, `list *`.
        cluster: name of the cluster.
        namespace: namespace of the object or collection.
        name_prefix: how the object's name begins.
    """

    operation: str = "*"
    cluster: str = ""
    namespace: str = ""
    name_prefix: str = ""

    def hits(self, request: Request) -> bool:
        """Whether the request is meant."""
        namespace, _, name = request.target.rpartition("/")
        return (
            fnmatchcase(request.operation, self.operation)
            and self.cluster in ("", request.cluster)
            and self.namespace in ("", namespace)
            and name.startswith(self.name_prefix)
        )


EVERYTHING = Aim()


@dataclass(frozen=True)
class Reset:
    """The connection is reset: before the server acts, or when it has acted (`after`)."""

    after: bool = False
    kind = "reset"


@dataclass(frozen=True)
class Slow:
    """The server takes so many real seconds before it acts."""

    seconds: float
    kind = "slow"


@dataclass(frozen=True)
class Refuse:
    """The server answers this and does nothing."""

    answer: Answer
    kind: str


@dataclass(frozen=True)
class Truncate:
    """Half of the body arrives. `ended`: as a whole answer; else the connection breaks off."""

    ended: bool = False
    kind = "truncated"


@dataclass(frozen=True)
class Deny:
    """An admission webhook refuses with this error."""

    error: ApiError
    kind = "webhook"


Effect = Reset | Slow | Refuse | Truncate | Deny


@dataclass
class Fault:
    """One fault. `left`: how many requests it still strikes, None until it is lifted."""

    aim: Aim
    effect: Effect
    left: int | None = None
    struck: int = field(default=0, init=False)

    def lift(self) -> None:
        """Strike no more."""
        self.left = 0

    @property
    def over(self) -> bool:
        """Whether it strikes no more."""
        return self.left is not None and self.left <= 0

    def strike(self) -> None:
        """Count one request."""
        self.struck += 1
        if self.left is not None:
            self.left -= 1


class KubeFaults:
    """The faults that requests can still run into."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def reset(self, times: int | None = 1, *, aim: Aim = EVERYTHING, after: bool = False) -> Fault:
        """Reset the connection of the next requests.

        Args:
            times: how many requests; None until lifted.
            aim: which requests.
            after: the server acts first, and the client never hears of it.
        """
        return self.add(Fault(aim, Reset(after), times))

    def slow(self, seconds: float, times: int | None = 1, *, aim: Aim = EVERYTHING) -> Fault:
        """Let the next requests wait so many real seconds before they are acted upon."""
        return self.add(Fault(aim, Slow(seconds), times))

    def throttle(
        self, times: int | None = 1, *, aim: Aim = EVERYTHING, retry_after: int = 1
    ) -> Fault:
        """Answer 429 as flow control does; `retry_after` seconds stand in the header."""
        return self.add(Fault(aim, Refuse(throttled(retry_after), "throttle"), times))

    def fail(
        self, status: int, times: int | None = 1, *, aim: Aim = EVERYTHING, message: str = ""
    ) -> Fault:
        """Answer 500, 503 or 504 with the usual message or another one, and do nothing."""
        return self.add(Fault(aim, Refuse(server_error(status, message), f"http{status}"), times))

    def truncate(
        self, times: int | None = 1, *, aim: Aim = EVERYTHING, ended: bool = False
    ) -> Fault:
        """Act, and let only half of the answer's body arrive; see `Truncate`."""
        return self.add(Fault(aim, Truncate(ended), times))

    def deny(
        self, aim: Aim, message: str, *, code: int, webhook: str, times: int | None = None
    ) -> Fault:
        """Let an admission webhook refuse; see `webhook_denial` for message and code."""
        return self.add(Fault(aim, Deny(webhook_denial(webhook, message, code)), times))

    def add(self, fault: Fault) -> Fault:
        """Take a fault in."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def lift_all(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            for each in self._faults:
                each.lift()
            self._faults.clear()

    def take(self, request: Request) -> Effect | None:
        """The first effect that strikes this request on its way, used up once; or None."""
        return self._take(request, at_admission=False)

    def denial(self, request: Request) -> ApiError | None:
        """What a webhook refuses this request with, used up once; or None."""
        effect = self._take(request, at_admission=True)
        return effect.error if isinstance(effect, Deny) else None

    def as_json(self) -> list[dict[str, Any]]:
        """What can still go wrong."""
        with self._lock:
            return [_shown(each) for each in self._faults if not each.over]

    def _take(self, request: Request, *, at_admission: bool) -> Effect | None:
        if not self._faults:  # the usual case costs no lock
            return None
        with self._lock:
            self._faults = [each for each in self._faults if not each.over]
            for each in self._faults:
                if isinstance(each.effect, Deny) is at_admission and each.aim.hits(request):
                    each.strike()
                    return each.effect
        return None


def _shown(fault: Fault) -> dict[str, Any]:
    aim = fault.aim
    return {
        "kind": fault.effect.kind,
        "operation": aim.operation,
        "cluster": aim.cluster,
        "namespace": aim.namespace,
        "name_prefix": aim.name_prefix,
        "left": fault.left,
        "struck": fault.struck,
    }
