"""Deletion: grace periods, preconditions, and what goes with its owner.

Source: the registry's graceful deletion and the garbage collector of Kubernetes, and the
recordings `evict-options` and `statefulset`.
"""

from functools import partial

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.objects.errors import describe
from include.rehearsal.kube.objects.resources import RESOURCES
from include.rehearsal.kube.objects.status import (
    FINISHED,
    is_terminating,
    phase,
    seconds_of,
    timestamp,
)
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.kube.objects.validation import check_preconditions
from include.rehearsal.raw import Raw, RawDict

DEFAULT_GRACE = 30
DEPENDENTS = ("replicasets", "jobs", "pods")


def deleted(plural: str, gone: Raw) -> RawDict:
    """The Status a server answers when an object went at once (recording `lease`)."""
    details = {**describe(plural, gone["metadata"]["name"]), "uid": gone["metadata"]["uid"]}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }


def _is_stopped(pod: Raw) -> bool:
    meta = pod["metadata"]
    return is_terminating(pod) and meta.get("deletionGracePeriodSeconds") == 0


def _is_released(event: StoreEvent) -> bool:
    had = (event.old or {}).get("metadata", {}).get("finalizers")
    return bool(had) and not event.object["metadata"].get("finalizers")


class Lifecycle:
    """Deletes objects as the API server and its garbage collector do."""

    def __init__(self, store: Store, clock: SimClock) -> None:
        self._store = store
        self._clock = clock
        store.listen(self._on_event)

    def delete(self, plural: str, namespace: str | None, name: str, options: Raw) -> RawDict:
        """Delete an object, or start to: pods with a grace period go when they have stopped.

        Args:
            plural: the kind.
            namespace: None for cluster-scoped kinds.
            name: the object's name.
            options: DeleteOptions: gracePeriodSeconds, preconditions, propagationPolicy, dryRun.

        Returns:
            A pod or namespace as it is after the call; for other kinds the Status that says
            what is gone.

        Raises:
            ApiError: 404 when it is not there, 409 when a precondition fails.
        """
        found = self._store.get(plural, namespace, name)
        check_preconditions(plural, found, options.get("preconditions") or {})
        if options.get("dryRun"):
            return found
        if plural == "pods":
            return self._delete_pod(found, options)
        if plural == "namespaces":
            return self._delete_namespace(found)
        if (options.get("propagationPolicy") or "Background") == "Orphan":
            self._orphan(found)
            return deleted(plural, self._store.remove(plural, namespace, name))
        gone = self._store.remove(plural, namespace, name)
        self._clock.later(0.0, lambda: self._collect(gone))
        return deleted(plural, gone)

    def _delete_pod(self, pod: RawDict, options: Raw) -> RawDict:
        grace = self._grace(pod, options)
        if grace == 0:
            return self.complete_deletion(pod)
        start = self._clock.now()
        if is_terminating(pod):
            before = pod["metadata"].get("deletionGracePeriodSeconds", 0)
            if options.get("gracePeriodSeconds") is None or before <= grace:
                return pod  # a second delete counts only when it asks for less time
            # The shorter grace counts from the first wish to delete, not from this one.
            start = seconds_of(pod["metadata"]["deletionTimestamp"]) - before

        def edit(obj: RawDict) -> None:
            obj["metadata"]["deletionTimestamp"] = timestamp(start + grace)
            obj["metadata"]["deletionGracePeriodSeconds"] = grace

        return self._store.change("pods", *key_of(pod), edit)

    def complete_deletion(self, pod: RawDict) -> RawDict:
        """A pod has stopped, or needs no time to: it goes, or stays while finalizers hold it.

        Returns:
            Its last state, or the state in which it waits for its finalizers to be taken away.
        """
        if not pod["metadata"].get("finalizers"):
            return self._store.remove("pods", *key_of(pod))

        def edit(obj: RawDict) -> None:
            if not is_terminating(obj) or obj["metadata"].get("deletionGracePeriodSeconds"):
                obj["metadata"]["deletionTimestamp"] = self._clock.timestamp()
            obj["metadata"]["deletionGracePeriodSeconds"] = 0

        return self._store.change("pods", *key_of(pod), edit)

    def _on_event(self, event: StoreEvent) -> None:
        """A stopped pod whose last finalizer was taken away goes in the same instant."""
        if event.plural == "pods" and event.type == "MODIFIED" and _is_released(event):
            self._clock.later(0.0, partial(self._remove_released, key_of(event.object)))

    def _remove_released(self, key: Key) -> None:
        pod = self._store.find("pods", *key)
        if pod is not None and _is_stopped(pod) and not pod["metadata"].get("finalizers"):
            self._store.remove("pods", *key)

    def _grace(self, pod: RawDict, options: Raw) -> int:
        """A pod that runs nowhere, or has finished, needs no time to stop."""
        if not pod["spec"].get("nodeName") or phase(pod) in FINISHED:
            return 0
        requested = options.get("gracePeriodSeconds")
        own = pod["spec"].get("terminationGracePeriodSeconds")
        grace = (
            (DEFAULT_GRACE if own is None else int(own)) if requested is None else int(requested)
        )
        return 1 if grace < 0 else grace

    def _delete_namespace(self, namespace: RawDict) -> RawDict:
        def edit(obj: RawDict) -> None:
            obj["metadata"]["deletionTimestamp"] = self._clock.timestamp()
            obj["status"] = {"phase": "Terminating"}

        name = namespace["metadata"]["name"]
        if is_terminating(namespace):
            return namespace
        closing = self._store.change("namespaces", None, name, edit)
        self._clock.later(0.0, lambda: self._empty(name))
        return closing

    def _empty(self, namespace: str) -> None:
        """Delete what a closing namespace holds; look again until the last pod has stopped."""
        if self._store.find("namespaces", None, namespace) is None:
            return
        for plural, resource in RESOURCES.items():
            for obj in self._store.list(plural, namespace) if resource.namespaced else ():
                if not is_terminating(obj):
                    self.delete(plural, namespace, obj["metadata"]["name"], {})
        if self._store.list("pods", namespace):
            self._clock.later(1.0, lambda: self._empty(namespace))
        else:
            self._store.remove("namespaces", None, namespace)

    def _collect(self, owner: RawDict) -> None:
        """Background propagation: what the gone object owned goes too."""
        for plural, obj in self._owned(owner):
            if not is_terminating(obj):
                self.delete(plural, obj["metadata"]["namespace"], obj["metadata"]["name"], {})

    def _orphan(self, owner: RawDict) -> None:
        uid = owner["metadata"]["uid"]

        def edit(obj: RawDict) -> None:
            kept = [each for each in obj["metadata"]["ownerReferences"] if each["uid"] != uid]
            obj["metadata"]["ownerReferences"] = kept

        for plural, obj in self._owned(owner):
            self._store.change(plural, *key_of(obj), edit)

    def _owned(self, owner: RawDict) -> list[tuple[str, RawDict]]:
        uid = owner["metadata"]["uid"]
        namespace = owner["metadata"].get("namespace")
        if not namespace:
            return []
        return [
            (plural, obj)
            for plural in DEPENDENTS
            for obj in self._store.list(plural, namespace)
            if any(each["uid"] == uid for each in obj["metadata"].get("ownerReferences") or ())
        ]
