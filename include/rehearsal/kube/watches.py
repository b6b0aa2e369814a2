"""Watches: what happened since a version, and what happens from now on.

The last events of a cluster are kept as encoded bytes with the little that selectors need
beside them; encoding once serves every watcher and costs a fraction of the objects' memory.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from include.rehearsal.kube.resources import RESOURCES, ApiError
from include.rehearsal.kube.selectors import FieldSelector, LabelSelector
from include.rehearsal.kube.store import Store, StoreEvent

KEPT_EVENTS: Final = 2000
INITIAL_EVENTS_END: Final = "k8s.io/initial-events-end"


def encode(value: Any) -> bytes:
    """JSON as the API server writes it: compact, UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Scope:
    """What a watch looks at."""

    plural: str
    namespace: str | None = None
    labels: LabelSelector | None = None
    fields: FieldSelector | None = None

    def holds(self, obj: Mapping[str, Any] | None) -> bool:
        """Whether an object is inside."""
        return (
            obj is not None
            and (self.namespace is None or obj["metadata"].get("namespace") == self.namespace)
            and (self.labels is None or self.labels.matches(obj["metadata"].get("labels")))
            and (self.fields is None or self.fields.matches(obj))
        )


@dataclass(frozen=True)
class Happened:
    """One kept event: the object after it and, when it was changed, before it, as JSON."""

    version: int
    type: str
    plural: str
    after: bytes
    before: bytes | None


@dataclass(frozen=True)
class Notice:
    """What a watcher is told: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR, and the object."""

    type: str
    object: bytes

    def line(self) -> bytes:
        """The event as one line of the stream."""
        return b'{"type":"%s","object":%s}\n' % (self.type.encode(), self.object)


class Watching:
    """The recent past of one cluster and those who follow its present.

    Args:
        store: the cluster's objects; this listens to it before everybody else, so that
            events arrive in the order of their versions.
        kept: how many events are remembered.
    """

    def __init__(self, store: Store, *, kept: int = KEPT_EVENTS) -> None:
        self.store = store
        self.oldest = store.version  # a watch from before this version cannot be served
        self._ring: deque[Happened] = deque(maxlen=kept)
        self._followers: dict[int, tuple[Scope, Callable[[Notice], None]]] = {}
        self._number = 0
        store.listen(self._keep, first=True)

    def follow(self, scope: Scope, tell: Callable[[Notice], None]) -> Callable[[], None]:
        """Call `tell`, under the clock's lock, for every event from now on.

        Returns:
            A function that ends it.
        """
        self._number += 1
        number = self._number
        self._followers[number] = (scope, tell)

        def end() -> None:
            self._followers.pop(number, None)

        return end

    def since(self, scope: Scope, version: int) -> list[Notice]:
        """What happened inside the scope after `version`.

        Raises:
            ApiError: 410 when part of that is forgotten.
        """
        if version < self.oldest:
            raise expired(f"too old resource version: {version} ({self.oldest})")
        found: list[Notice] = []
        for event in self._ring:
            if event.version > version and event.plural == scope.plural:
                found.extend(_seen(scope, event))
        return found

    def present(self, scope: Scope) -> Iterator[Notice]:
        """Every object of the scope as an ADDED notice."""
        objects = self.store.list(
            scope.plural, scope.namespace, labels=scope.labels, fields=scope.fields
        )
        return (Notice("ADDED", encode(each)) for each in objects)

    def bookmark(self, plural: str, *, initial_end: bool = False) -> Notice:
        """A BOOKMARK at the store's version."""
        meta: dict[str, Any] = {"resourceVersion": str(self.store.version)}
        if initial_end:
            meta["annotations"] = {INITIAL_EVENTS_END: "true"}
        resource = RESOURCES[plural]
        head = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
        return Notice("BOOKMARK", encode(head))

    def _keep(self, event: StoreEvent) -> None:
        version = int(event.object["metadata"]["resourceVersion"])
        if len(self._ring) == self._ring.maxlen:
            self.oldest = self._ring[0].version
        after = encode(event.object)
        before = encode(event.old) if event.old is not None and event.type == "MODIFIED" else None
        self._ring.append(Happened(version, event.type, event.plural, after, before))
        for scope, tell in tuple(self._followers.values()):
            if scope.plural == event.plural:
                notice = _notice(scope, event.type, event.object, event.old, after)
                if notice is not None:
                    tell(notice)


def expired(message: str) -> ApiError:
    """410: the version asked for is forgotten."""
    return ApiError(410, "Expired", message)


def _seen(scope: Scope, event: Happened) -> Iterator[Notice]:
    after = json.loads(event.after)
    before = json.loads(event.before) if event.before is not None else None
    notice = _notice(scope, event.type, after, before, event.after)
    if notice is not None:
        yield notice


def _notice(
    scope: Scope,
    kind: str,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    encoded: bytes,
) -> Notice | None:
    """An object that enters the scope is ADDED to the watcher, one that leaves is DELETED."""
    inside = scope.holds(after)
    if kind != "MODIFIED":
        return Notice(kind, encoded) if inside else None
    was = scope.holds(before)
    if was and not inside and before is not None:
        meta = {**before["metadata"], "resourceVersion": after["metadata"]["resourceVersion"]}
        return Notice("DELETED", encode({**before, "metadata": meta}))
    if not inside:
        return None
    return Notice("MODIFIED" if was else "ADDED", encoded)
