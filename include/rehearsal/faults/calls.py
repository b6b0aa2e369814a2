"""Faults of single AWS calls: throttled, refused, slow, cut off, never answered."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from include.rehearsal.journal import Request
from include.rehearsal.places import is_meant

FaultKind = Literal[
    "throttle",
    "http500",
    "http503",
    "reset",
    "slow",
    "truncated",
    "expired_credentials",
    "not_found_yet",
    "error",
]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with the calls that fit.

    Attributes:
        kind: `throttle`, `expired_credentials` and `not_found_yet` in the service's own code;
            `http500` and `http503`; `reset` (the connection is closed with RST and no answer);
            `slow` (answered `delay` real seconds later); `truncated` (the body ends half-way
            under the full Content-Length; the server acts first); `error` (`code`, `message`
            and `status`).
        operation: `DescribeCluster`, `eks:*`, `*`: a pattern of the operation, or of service
            and operation with a colon between.
        times: how many calls it strikes; None for no limit.
        seconds: how long it stands, in simulated seconds; None until it is lifted.
        cluster, target: only calls about this cluster or object, as in `Request`; a cluster's bare
            name means it in whatever account and region.
        account, region: only calls of this account, and in this region (patterns).
        after: the server does what was requested, and only then things go wrong.
        delay: real seconds, for `slow`.
        code, message, status: what an `error` says; `message` also replaces the usual one
            of the kinds that answer with an error.

    Raises:
        ValueError: an unknown kind, an `error` without a code, or `slow` without a delay.
    """

    kind: FaultKind
    operation: str = "*"
    times: int | None = None
    seconds: float | None = None
    cluster: str | None = None
    target: str | None = None
    account: str = "*"
    region: str = "*"
    after: bool = False
    delay: float = 0.0
    code: str = ""
    message: str = ""
    status: int = 400

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(
                f"there is no fault {self.kind!r}; known: {', '.join(get_args(FaultKind))}"
            )
        if self.kind == "error" and not self.code:
            raise ValueError("an error needs a code")
        if self.kind == "slow" and self.delay <= 0:
            raise ValueError("a slow answer needs a delay in seconds")

    def fits(self, service: str, request: Request) -> bool:
        """Whether a call is one of those that it strikes."""
        whole = f"{service}:{request.operation}"
        return (
            fnmatchcase(whole if ":" in self.operation else request.operation, self.operation)
            and is_meant(self.cluster, request.cluster)
            and fnmatchcase(request.account, self.account)
            and fnmatchcase(request.region, self.region)
            and self.target in (None, request.target)
        )


class ActiveFault:
    """A fault that has been set.

    Attributes:
        fault: which.
        struck: how many calls it has struck.
    """

    def __init__(self, fault: Fault, now: float) -> None:
        self.fault, self.struck = fault, 0
        self._until = None if fault.seconds is None else now + fault.seconds
        self._lifted = False

    def lift(self) -> None:
        """It strikes no more; harmless when it is over."""
        self._lifted = True

    def over(self, now: float) -> bool:
        """Whether it is used up, lifted, or its time has passed."""
        used = self.fault.times is not None and self.struck >= self.fault.times
        return self._lifted or used or (self._until is not None and now >= self._until)

    def as_json(self) -> dict[str, Any]:
        """The fault's fields that were set, and `struck`."""
        usual = {each.name: each.default for each in fields(Fault)}
        given = {k: v for k, v in asdict(self.fault).items() if v != usual[k]}
        return {**given, "struck": self.struck}


class CallFaults:
    """The faults that stand. Safe to use from any thread.

    Args:
        now: simulated time, seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._active: list[ActiveFault] = []

    def add(self, fault: Fault) -> ActiveFault:
        """Let something go wrong from now on; of several that fit, the oldest strikes."""
        active = ActiveFault(fault, self._now())
        with self._lock:
            self._active.append(active)
        return active

    def lift(self, operation: str | None = None) -> None:
        """Lift every fault, or those that were set with exactly this `operation`."""
        with self._lock:
            for each in self._active:
                if operation in (None, each.fault.operation):
                    each.lift()

    def take(self, service: str, request: Request) -> Fault | None:
        """The fault that strikes this call, used up once; None when all is well."""
        if not self._active:  # the usual case costs no lock
            return None
        with self._lock:
            now = self._now()
            # Dropped here and not by a timer: simulated time moves in jumps.
            self._active = [each for each in self._active if not each.over(now)]
            for each in self._active:
                if each.fault.fits(service, request):
                    each.struck += 1
                    return each.fault
        return None

    def active(self) -> list[ActiveFault]:
        """Those that may still strike, oldest first."""
        with self._lock:
            now = self._now()
            return [each for each in self._active if not each.over(now)]
