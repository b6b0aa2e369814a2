"""Watches: what happened since a version, and what happens from now on.

The last events of a cluster are kept as encoded bytes: an event is encoded once for every
watcher, and what an object was before is the bytes of the event before it.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from include.rehearsal.kube.objects.encoding import encode
from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.objects.resources import RESOURCES
from include.rehearsal.kube.objects.selectors import FieldSelector, LabelSelector
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of

KEPT_EVENTS: Final = 2000
INITIAL_EVENTS_END: Final = "k8s.io/initial-events-end"


@dataclass(frozen=True)
class Scope:
    """What a watch looks at."""

    plural: str
    namespace: str | None = None
    labels: LabelSelector | None = None
    fields: FieldSelector | None = None

    def contains(self, obj: Mapping[str, Any] | None) -> bool:
        """Whether an object is inside."""
        return (
            obj is not None
            and (self.namespace is None or obj["metadata"].get("namespace") == self.namespace)
            and (self.labels is None or self.labels.matches(obj["metadata"].get("labels")))
            and (self.fields is None or self.fields.matches(obj))
        )


@dataclass(frozen=True)
class CachedEvent:
    """One kept event: the object after it and, when it was changed, before it, as JSON."""

    version: int
    type: str
    plural: str
    after: bytes
    before: bytes | None
    key: Key


@dataclass(frozen=True)
class WatchEvent:
    """What a watcher gets: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR, and the object."""

    type: str
    object: bytes

    @cached_property
    def line(self) -> bytes:
        """The event as one line of the stream."""
        return b'{"type":"%s","object":%s}\n' % (self.type.encode(), self.object)


class WatchCache:
    """The recent past of one cluster and those who follow its present.

    Args:
        store: the cluster's objects; this listens to it before everybody else, so that
            events arrive in the order of their versions.
        kept: how many events are remembered.
    """

    def __init__(self, store: Store, *, kept: int = KEPT_EVENTS) -> None:
        self.store = store
        self.oldest = store.version  # a watch from before this version cannot be served
        self._expired: dict[str, int] = {}
        self._plainly: set[str] = set()
        self._ring: deque[CachedEvent] = deque(maxlen=kept)
        self._newest: dict[tuple[str, Key], bytes] = {}  # of objects that are in the ring
        self._subscribers: dict[int, tuple[Scope, Callable[[WatchEvent], None]]] = {}
        self._number = 0
        store.listen(self._on_event, first=True)

    def subscribe(self, scope: Scope, deliver: Callable[[WatchEvent], None]) -> Callable[[], None]:
        """Call `deliver`, under the clock's lock, for every event from now on.

        Returns:
            A function that ends it.
        """
        self._number += 1
        number = self._number
        self._subscribers[number] = (scope, deliver)

        def end() -> None:
            self._subscribers.pop(number, None)

        return end

    def expire(self, plural: str, *, plainly: bool = False) -> None:
        """Forget the past of a kind: watches and continued lists from before now end as 410.

        Args:
            plural: the kind.
            plainly: a watch is answered with the HTTP status 410; otherwise with 200 and an
                ERROR event, as servers do that got as far as the watch cache.
        """
        self.store.version += 1  # so that even a client that is up to date is too late
        self._expired[plural] = self.store.version
        (self._plainly.add if plainly else self._plainly.discard)(plural)

    def oldest_of(self, plural: str) -> int:
        """The oldest version from which this kind can be followed."""
        return max(self.oldest, self._expired.get(plural, 0))

    def refuses_plainly(self, plural: str, version: str) -> bool:
        """Whether a watch from this version is answered with the HTTP status 410."""
        late = version.isdecimal() and 0 < int(version) < self.oldest_of(plural)
        return late and plural in self._plainly

    def since(self, scope: Scope, version: int) -> list[WatchEvent]:
        """What happened inside the scope after `version`.

        Raises:
            ApiError: 410 when part of that is forgotten.
        """
        self.check_version(scope.plural, version)
        found: list[WatchEvent] = []
        for event in self._ring:
            if event.version > version and event.plural == scope.plural:
                found.extend(_replayed(scope, event))
        return found

    def check_version(self, plural: str, version: int) -> None:
        """Let a version pass that can be followed.

        Raises:
            ApiError: 410 when it is too old.
        """
        oldest = self.oldest_of(plural)
        if version < oldest:
            raise expired(f"too old resource version: {version} ({oldest})")

    def present(self, scope: Scope) -> Iterator[WatchEvent]:
        """Every object of the scope as an ADDED event."""
        objects = self.store.list(
            scope.plural, scope.namespace, labels=scope.labels, fields=scope.fields
        )
        return (WatchEvent("ADDED", encode(each)) for each in objects)

    def bookmark(self, plural: str, *, initial_end: bool = False) -> WatchEvent:
        """A BOOKMARK at the store's version."""
        meta: dict[str, Any] = {"resourceVersion": str(self.store.version)}
        if initial_end:
            meta["annotations"] = {INITIAL_EVENTS_END: "true"}
        resource = RESOURCES[plural]
        head = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
        return WatchEvent("BOOKMARK", encode(head))

    def _on_event(self, event: StoreEvent) -> None:
        after = self._add(event)
        usual = WatchEvent(event.type, after)
        for scope, deliver in tuple(self._subscribers.values()):
            if scope.plural == event.plural:
                seen = _seen_as(scope, usual, event.object, event.old)
                if seen is not None:
                    deliver(seen)

    def _add(self, event: StoreEvent) -> bytes:
        """Put the event into the ring; the object as JSON."""
        version = int(event.object["metadata"]["resourceVersion"])
        if len(self._ring) == self._ring.maxlen:
            self._forget(self._ring[0])
        after, key = encode(event.object), (event.plural, key_of(event.object))
        before = None
        # Bytes of the event before, when they are still kept, are shared instead of encoded anew.
        if event.old is not None and event.type == "MODIFIED":
            before = self._newest.get(key) or encode(event.old)
        self._ring.append(CachedEvent(version, event.type, event.plural, after, before, key[1]))
        if event.type == "DELETED":
            self._newest.pop(key, None)
        else:
            self._newest[key] = after
        return after

    def _forget(self, event: CachedEvent) -> None:
        self.oldest = event.version
        key = event.plural, event.key
        # By identity: a newer event of the same object keeps its own bytes.
        if self._newest.get(key) is event.after:
            del self._newest[key]


def expired(message: str, *, token: str = "") -> ApiError:
    """410: the version asked for is forgotten; `token` continues a list from now on."""
    return ApiError(410, "Expired", message, meta={"continue": token} if token else None)


def _replayed(scope: Scope, event: CachedEvent) -> Iterator[WatchEvent]:
    after = json.loads(event.after)
    before = json.loads(event.before) if event.before is not None else None
    seen = _seen_as(scope, WatchEvent(event.type, event.after), after, before)
    if seen is not None:
        yield seen


def _seen_as(
    scope: Scope,
    usual: WatchEvent,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None,
) -> WatchEvent | None:
    """An object that enters the scope is ADDED to the watcher, one that leaves is DELETED.

    `usual` is the event for watchers that see the object before and after; they share it.
    """
    inside = scope.contains(after)
    if usual.type != "MODIFIED":
        return usual if inside else None
    # A change of labels can move an object into a selector or out of it, and a watcher of the
    # selector must see it come and go though it was only modified.
    was = scope.contains(before)
    if was and not inside and before is not None:
        # The last state the watcher knew, at the version of the change that took it away, so
        # that resuming from this event does not replay it.
        meta = {**before["metadata"], "resourceVersion": after["metadata"]["resourceVersion"]}
        return WatchEvent("DELETED", encode({**before, "metadata": meta}))
    if not inside:
        return None
    return usual if was else WatchEvent("ADDED", usual.object)
