"""The objects of one cluster, with versions, uids and change notices.

What etcd and the registry are to an API server. An object in the store is never changed in
place: every write puts a new dict there, so whoever got one earlier may keep it. Callers
hold `clock.lock`; listeners run inside it.
"""

import random
import uuid
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.objects.errors import already_exists, invalid, not_found, stale
from include.rehearsal.kube.objects.resources import RESOURCES
from include.rehearsal.kube.objects.selectors import FieldSelector, LabelSelector
from include.rehearsal.raw import Raw, RawDict

Objects = list[RawDict]  # a name of its own: `Store.list` hides the builtin in annotations
Key = tuple[str, str]
_NESTED: Final = (dict, list)
SUFFIX_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"  # those of apimachinery's rand.String


@dataclass(frozen=True)
class StoreEvent:
    """One change. `type` is ADDED, MODIFIED or DELETED; `old` what was there before."""

    type: str
    plural: str
    object: RawDict
    old: RawDict | None = None


def copied(value: Any) -> Any:
    """A deep copy of JSON data, several times as fast as `copy.deepcopy`."""
    if isinstance(value, dict):
        return {
            key: copied(each) if isinstance(each, _NESTED) else each for key, each in value.items()
        }
    if isinstance(value, list):
        return [copied(each) if isinstance(each, _NESTED) else each for each in value]
    return value


def key_of(obj: Raw) -> Key:
    """(namespace or "", name) of an object."""
    meta = obj["metadata"]
    return meta.get("namespace") or "", meta["name"]


def _is_new_generation(old: RawDict, new: RawDict) -> bool:
    """A changed spec, or the wish to delete; binding a pod to its node is neither."""
    if bool(new["metadata"].get("deletionTimestamp")) != bool(
        old["metadata"].get("deletionTimestamp")
    ):
        return True
    before, after = old.get("spec"), new.get("spec")
    if before == after:
        return False
    if old["kind"] == "Pod" and before and "nodeName" not in before:
        after = {key: value for key, value in (after or {}).items() if key != "nodeName"}
    return bool(before != after)


class Store:
    """Everything one rehearsal cluster holds, by plural.

    Args:
        clock: the simulated clock: its time stamps creations.
        seed: what uids and generated names are drawn from; the same seed gives the same ones.
    """

    def __init__(self, clock: SimClock, *, seed: str | None = None) -> None:
        self.clock = clock
        self.version = 1
        self._objects: dict[str, dict[Key, RawDict]] = {plural: {} for plural in RESOURCES}
        self._order: dict[str, list[Key]] = {plural: [] for plural in RESOURCES}
        self._pods_by_node: dict[str, dict[Key, None]] = {}
        self._listeners: list[Callable[[StoreEvent], None]] = []
        self._random = random.Random(seed)  # noqa: S311 - names of pods, not secrets

    def get(self, plural: str, namespace: str | None, name: str) -> RawDict:
        """The live object, not to be changed.

        Raises:
            ApiError: 404 when it is not there.
        """
        found = self.find(plural, namespace, name)
        if found is None:
            raise not_found(plural, name)
        return found

    def find(self, plural: str, namespace: str | None, name: str) -> RawDict | None:
        """The live object, not to be changed, or None."""
        return self._objects[plural].get((namespace or "", name))

    def list(
        self,
        plural: str,
        namespace: str | None = None,
        *,
        labels: LabelSelector | None = None,
        fields: FieldSelector | None = None,
    ) -> Objects:
        """The live objects that match, ordered by namespace and name."""
        objects = self._objects[plural]
        return [
            obj
            for obj in (objects[key] for key in self._keys(plural, namespace, fields))
            if (labels is None or labels.matches(obj["metadata"].get("labels")))
            and (fields is None or fields.matches(obj))
        ]

    def pods_by_node(self, node: str) -> Objects:
        """The pods bound to a node, ordered by namespace and name."""
        pods = self._objects["pods"]
        return [pods[key] for key in sorted(self._pods_by_node.get(node, ()))]

    def create(self, plural: str, obj: Raw, *, dry_run: bool = False) -> RawDict:
        """Store a new object with uid, creationTimestamp, resourceVersion and name.

        A dry run returns what would be stored, without resourceVersion.

        Raises:
            ApiError: 409 when the name is taken, 422 when there is none.
        """
        fresh: RawDict = copied(obj)
        fresh["apiVersion"] = RESOURCES[plural].api_version
        fresh["kind"] = RESOURCES[plural].kind
        self._stamp(plural, fresh.setdefault("metadata", {}))
        key = key_of(fresh)
        if key in self._objects[plural]:
            raise already_exists(plural, key[1])
        if dry_run:
            return fresh
        insort(self._order[plural], key)
        self._put(plural, key, fresh)
        self._notify(StoreEvent("ADDED", plural, fresh))
        return fresh

    def replace(self, plural: str, obj: Raw, *, dry_run: bool = False) -> RawDict:
        """Store another state of an object that is there; what the server owns stays.

        A dry run returns what would be stored, at the old resourceVersion.

        Raises:
            ApiError: 404 when it is gone, 409 when it carries a stale resourceVersion.
        """
        namespace, name = key_of(obj)
        old = self.get(plural, namespace, name)
        carried = obj["metadata"].get("resourceVersion")
        if carried and carried != old["metadata"]["resourceVersion"]:
            raise stale(plural, name)
        return self._update(plural, old, copied(obj), dry_run=dry_run)

    def change(
        self, plural: str, namespace: str | None, name: str, edit: Callable[[RawDict], None]
    ) -> RawDict:
        """Apply `edit` to a copy and store it; nothing happens when nothing changed.

        Raises:
            ApiError: 404 when the object is not there.
        """
        old = self.get(plural, namespace, name)
        new = copied(old)
        edit(new)
        return self._update(plural, old, new)

    def write_status(self, plural: str, key: Key, status: RawDict) -> RawDict:
        """Store another status, which the caller must not keep; the same one changes nothing.

        What controllers do all the time: the rest of the object is shared, not copied.

        Raises:
            ApiError: 404 when the object is not there.
        """
        old = self.get(plural, *key)
        if old.get("status") == status:
            return old
        return self._update(plural, old, {**old, "metadata": {**old["metadata"]}, "status": status})

    def remove(self, plural: str, namespace: str | None, name: str) -> RawDict:
        """Take the object away at once, whatever its grace period or finalizers.

        Returns:
            Its last state, at the version of its deletion.

        Raises:
            ApiError: 404 when it is not there.
        """
        old = self.get(plural, namespace, name)
        key = key_of(old)
        del self._objects[plural][key]
        order = self._order[plural]
        del order[bisect_left(order, key)]
        self._index(plural, key, old, None)
        # Deleting is a change with a version of its own: a watch that resumes between the last
        # write and the deletion must get the DELETED event.
        self.version += 1
        last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.version)}}
        self._notify(StoreEvent("DELETED", plural, last, old))
        return last

    def listen(self, callback: Callable[[StoreEvent], None], *, first: bool = False) -> None:
        """Call `callback` for every change from now on, synchronously, under the lock.

        Args:
            callback: gets each event; it may change the store, which notifies everybody again
                before this event has reached the listeners after it.
            first: be called before those that came earlier, and so see events in their order.
        """
        self._listeners.insert(0 if first else len(self._listeners), callback)

    def _keys(
        self, plural: str, namespace: str | None, fields: FieldSelector | None
    ) -> Iterable[Key]:
        keys: Iterable[Key] = self._order[plural]
        # Drains ask for the pods of one node: the index spares a scan of all pods.
        node = fields.wanted("spec.nodeName") if fields and plural == "pods" else None
        if node:
            keys = sorted(self._pods_by_node.get(node, ()))
        if namespace:
            keys = [key for key in keys if key[0] == namespace]
        return keys

    def _stamp(self, plural: str, meta: RawDict) -> None:
        if not meta.get("name"):
            if not meta.get("generateName"):
                why = "Required value: name or generateName is required"
                raise invalid(plural, "", [("FieldValueRequired", "metadata.name", why)])
            meta["name"] = meta["generateName"] + self._suffix()
        if RESOURCES[plural].namespaced:
            meta["namespace"] = meta.get("namespace") or "default"
        else:
            meta.pop("namespace", None)
        meta["uid"] = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        if RESOURCES[plural].counts_generations:
            meta["generation"] = 1
        meta["creationTimestamp"] = self.clock.timestamp()

    def _suffix(self) -> str:
        return "".join(self._random.choice(SUFFIX_LETTERS) for _ in range(5))

    def _update(self, plural: str, old: RawDict, new: RawDict, *, dry_run: bool = False) -> RawDict:
        before, meta = old["metadata"], new["metadata"]
        # Compared below with what the server owns put back: a client that sends an object as
        # it got it must not make a change.
        for owned in ("uid", "creationTimestamp", "resourceVersion", "generation"):
            if owned in before:
                meta[owned] = before[owned]
        new["apiVersion"], new["kind"] = old["apiVersion"], old["kind"]
        # No new version for a write that changes nothing: controllers that react to their own
        # writes would never come to rest otherwise.
        if new == old:
            return old
        if "generation" in meta and _is_new_generation(old, new):
            meta["generation"] += 1
        if dry_run:
            return new
        self._put(plural, key_of(old), new, old)
        self._notify(StoreEvent("MODIFIED", plural, new, old))
        return new

    def _put(self, plural: str, key: Key, obj: RawDict, old: RawDict | None = None) -> None:
        self.version += 1
        obj["metadata"]["resourceVersion"] = str(self.version)
        self._objects[plural][key] = obj
        self._index(plural, key, old, obj)

    def _index(self, plural: str, key: Key, old: RawDict | None, new: RawDict | None) -> None:
        if plural != "pods":
            return
        before = (old or {}).get("spec", {}).get("nodeName")
        after = (new or {}).get("spec", {}).get("nodeName")
        if before == after:
            return
        if before:
            self._pods_by_node[before].pop(key, None)
        if after:
            self._pods_by_node.setdefault(after, {})[key] = None

    def _notify(self, event: StoreEvent) -> None:
        for callback in tuple(self._listeners):
            callback(event)
