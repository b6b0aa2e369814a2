"""Which objects a controller owns, kept current by the store's events."""

from include.rehearsal.kube.objects.owners import controller_of
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict


class OwnedObjects:
    """The objects of one kind by the uid of their controller."""

    def __init__(self, store: Store, plural: str) -> None:
        self._plural = plural
        self._owned: dict[str, dict[Key, RawDict]] = {}
        store.listen(self._on_event)

    def of(self, uid: str) -> list[RawDict]:
        """The live objects whose controller has this uid, oldest first."""
        return list(self._owned.get(uid, {}).values())

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural != self._plural or (owner := controller_of(event.object)) is None:
            return
        objects = self._owned.setdefault(owner["uid"], {})
        if event.type == "DELETED":
            objects.pop(key_of(event.object), None)
        else:
            # A known key keeps its place, so the order stays that of creation.
            objects[key_of(event.object)] = event.object
        if not objects:
            self._owned.pop(owner["uid"], None)


def owner_key(obj: Raw, kind: str) -> Key | None:
    """The key of an object's controller when it is of that kind; owners share the namespace."""
    reference = controller_of(obj)
    if reference is None or reference["kind"] != kind:
        return None
    return obj["metadata"].get("namespace") or "", reference["name"]
