"""What every contestant of the comparison is given, and what it has to bring back."""

import asyncio
import os
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

FIRST_POD = {"namespace": "watch", "name": "web-0", "uid": "uid-0"}
"""The pod that is evicted and deleted."""

FIRST_VERSION = 1000
"""resourceVersion of the fake server's lists; each event of a watch adds one."""

EXPIRED_TOKEN = "old"
"""The only token that the fake server answers with 401."""

FEW = "few"
"""A label selector: with any there is one pod, and then an event of another."""

EXPIRED_PREFIX = "expired"
"""How a label selector begins whose first list has a version that no watch takes."""

EXPIRED = f"{EXPIRED_PREFIX}-{os.getpid()}"
""" "First" is meant for each process by itself."""

PATIENCE_SECONDS = 5.0
"""How long an attempt may take, such as to get over a version that is too old."""

Picture = dict[str, tuple[str, str, str, bool]]
"""Pods by uid: resourceVersion, node, phase, and whether the pod is Ready."""


@dataclass
class Token:
    """Makes tokens: one that has ended first, if so asked, and good ones from then on."""

    first: str = "new"
    calls: int = 0

    def __call__(self) -> str:
        """The next token."""
        self.calls += 1
        return self.first if self.calls == 1 else "new"


@dataclass(frozen=True)
class Place:
    """The cluster.

    Attributes:
        endpoint: `https://…`. ca: base64 of the PEM to trust.
        folder: where a contestant may write what it cannot take from memory.
        token: makes bearer tokens.
    """

    endpoint: str
    ca: str = field(repr=False)
    folder: str = ""
    token: Token = field(default_factory=Token)


class Contestant(Protocol):
    """A client library, used as its documentation says."""

    async def follow(self, place: Place, last: str) -> Picture:
        """List all pods, and watch until the resourceVersion `last` has come."""

    async def renew(self, place: Place) -> str:
        """List pods when the first token has ended; how it got the next one."""

    async def evict(self, place: Place) -> str:
        """Evict `FIRST_POD` by its uid; what can be read of the refusal."""

    async def delete(self, place: Place) -> str:
        """Delete `FIRST_POD` by its uid."""

    async def resume(self, place: Place) -> str:
        """Watch from a version that is too old, until an event comes."""


def raw_row(pod: Mapping[str, Any]) -> tuple[str, str, str, bool]:
    """The picture of a pod, of raw JSON."""
    status = pod.get("status") or {}
    return (
        pod["metadata"]["resourceVersion"],
        (pod.get("spec") or {}).get("nodeName", ""),
        status.get("phase", ""),
        any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions") or ()),
    )


def refusal(causes: Any, retry_after: str | None) -> str:
    """Whether all that a drain needs of a refused eviction could be read."""
    missing = []
    if not any(cause.get("reason") == "DisruptionBudget" for cause in causes or ()):
        missing.append("cause")
    if not retry_after:
        missing.append("Retry-After")
    return f"lacks {', '.join(missing)}" if missing else "yes"


async def outcome(attempt: Awaitable[str]) -> str:
    """What an attempt says, the error that it ends in, or that it never ends."""
    try:
        return await asyncio.wait_for(attempt, PATIENCE_SECONDS)
    except TimeoutError:
        return f"not within {PATIENCE_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever a library raises is its answer
        return f"raises {type(error).__name__}"


def kubeconfig(place: Place, user: Mapping[str, Any]) -> dict[str, Any]:
    """A kubeconfig of this cluster."""
    cluster = {"server": place.endpoint, "certificate-authority-data": place.ca}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": dict(user)}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
