"""Deletion: grace periods, preconditions, and what goes with its owner.

Source: the registry's graceful deletion and the garbage collector of Kubernetes, and the
recordings `evict-options` and `statefulset`.
"""

from collections.abc import Mapping
from typing import Any

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.resources import RESOURCES, describe, precondition_failed
from include.rehearsal.kube.store import Store, key_of
from include.rehearsal.kube.workloads import (
    FINISHED,
    Raw,
    is_terminating,
    phase,
    timestamp,
)

DEFAULT_GRACE = 30
DEPENDENTS = ("replicasets", "pods")


def deleted(plural: str, gone: Mapping[str, Any]) -> Raw:
    """The Status a server answers when an object went at once (recording `lease`)."""
    details = {**describe(plural, gone["metadata"]["name"]), "uid": gone["metadata"]["uid"]}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }


class Lifecycle:
    """Deletes objects as the API server and its garbage collector do."""

    def __init__(self, store: Store, clock: SimClock) -> None:
        self._store = store
        self._clock = clock

    def delete(
        self, plural: str, namespace: str | None, name: str, options: Mapping[str, Any]
    ) -> Raw:
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
        self.check(plural, found, options)
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

    def check(self, plural: str, obj: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        """Compare an object with the preconditions of its deletion.

        Raises:
            ApiError: 409 when uid or resourceVersion is another.
        """
        wanted = options.get("preconditions") or {}
        meta = obj["metadata"]
        if (uid := wanted.get("uid")) is not None and uid != meta["uid"]:
            why = (
                f"the UID in the precondition ({uid}) does not match the UID in record "
                f"({meta['uid']}). The object might have been deleted and then recreated"
            )
            raise precondition_failed(plural, meta["name"], why)
        version = wanted.get("resourceVersion")
        if version is not None and version != meta["resourceVersion"]:
            why = (
                f"the ResourceVersion in the precondition ({version}) does not match the "
                f"ResourceVersion in record ({meta['resourceVersion']}). The object might have "
                "been modified"
            )
            raise precondition_failed(plural, meta["name"], why)

    def _delete_pod(self, pod: Raw, options: Mapping[str, Any]) -> Raw:
        namespace, name = key_of(pod)
        grace = self._grace(pod, options)
        if grace == 0:
            return self._store.remove("pods", namespace, name)
        if is_terminating(pod) and pod["metadata"].get("deletionGracePeriodSeconds", 0) <= grace:
            return pod

        def edit(obj: Raw) -> None:
            obj["metadata"]["deletionTimestamp"] = timestamp(self._clock.now() + grace)
            obj["metadata"]["deletionGracePeriodSeconds"] = grace

        return self._store.change("pods", namespace, name, edit)

    def _grace(self, pod: Raw, options: Mapping[str, Any]) -> int:
        """A pod that runs nowhere, or has finished, needs no time to stop."""
        if not pod["spec"].get("nodeName") or phase(pod) in FINISHED:
            return 0
        asked = options.get("gracePeriodSeconds")
        own = pod["spec"].get("terminationGracePeriodSeconds")
        if asked is not None:
            return max(0, int(asked))
        return DEFAULT_GRACE if own is None else int(own)

    def _delete_namespace(self, space: Raw) -> Raw:
        def edit(obj: Raw) -> None:
            obj["metadata"]["deletionTimestamp"] = self._clock.timestamp()
            obj["status"] = {"phase": "Terminating"}

        name = space["metadata"]["name"]
        if is_terminating(space):
            return space
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

    def _collect(self, owner: Raw) -> None:
        """Background propagation: what the gone object owned goes too."""
        for plural, obj in self._owned(owner):
            if not is_terminating(obj):
                self.delete(plural, obj["metadata"]["namespace"], obj["metadata"]["name"], {})

    def _orphan(self, owner: Raw) -> None:
        uid = owner["metadata"]["uid"]

        def edit(obj: Raw) -> None:
            kept = [each for each in obj["metadata"]["ownerReferences"] if each["uid"] != uid]
            obj["metadata"]["ownerReferences"] = kept

        for plural, obj in self._owned(owner):
            self._store.change(plural, *key_of(obj), edit)

    def _owned(self, owner: Raw) -> list[tuple[str, Raw]]:
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
