"""One request as the handlers see it, one answer, and what they need of a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from include.rehearsal.kube.objects.store import Store


class Cluster(Protocol):
    """What the HTTP side needs of a rehearsal cluster."""

    version: str
    store: Store

    def delete(
        self, plural: str, namespace: str | None, name: str, options: dict[str, Any]
    ) -> dict[str, Any]:
        """Delete an object as its kind is deleted; the body of the answer."""
        ...

    def admit(
        self, operation: str, plural: str, obj: dict[str, Any], *, dry_run: bool = False
    ) -> None:
        """Ask the cluster's webhooks about a request; raises what it is refused with."""
        ...

    def evict(self, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Evict a pod; the Status of the answer."""
        ...

    def stop_kubelet(self, node: str) -> None:
        """The kubelet of a node answers no more."""
        ...

    def start_kubelet(self, node: str) -> None:
        """The kubelet of a node answers again."""
        ...


@dataclass(frozen=True)
class Call:
    """A request, its body read and decoded (None when there was none)."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    accept: str = "application/json"
    body: Any = None

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be stored."""
        options = self.body if self.method == "DELETE" and isinstance(self.body, Mapping) else {}
        return self.query.get("dryRun") == "All" or "All" in (options.get("dryRun") or ())

    def flag(self, name: str) -> bool:
        """A boolean query parameter, which clients write as 1 or true."""
        return self.query.get(name, "").lower() in ("1", "true")


@dataclass(frozen=True)
class Answer:
    """Status and body: JSON data, or plain text as it is."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
