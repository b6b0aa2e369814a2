"""Which objects a workload owns, kept current by the store's events."""

from collections.abc import Iterator

from include.rehearsal.kube.objects.owners import controller_of
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import RawDict


class PodIndex:
    """Pods by the uid of their controller, kept current by store events."""

    def __init__(self, store: Store) -> None:
        self._owned: dict[str, dict[Key, RawDict]] = {}
        store.listen(self._on_event)

    def owned_by(self, uid: str) -> list[RawDict]:
        """The live pods whose controller has this uid, oldest first."""
        return list(self._owned.get(uid, {}).values())

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural != "pods" or (owner := controller_of(event.object)) is None:
            return
        pods = self._owned.setdefault(owner["uid"], {})
        if event.type == "DELETED":
            pods.pop(key_of(event.object), None)
        else:
            pods[key_of(event.object)] = event.object
        if not pods:
            self._owned.pop(owner["uid"], None)


def owners_named(event: StoreEvent, kind: str) -> Iterator[Key]:
    """The owner of that kind an event's object names, as a key of the same namespace."""
    reference = controller_of(event.object)
    if reference is not None and reference["kind"] == kind:
        yield event.object["metadata"].get("namespace") or "", reference["name"]
