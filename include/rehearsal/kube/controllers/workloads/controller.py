"""What the controllers of workloads share."""

from abc import ABC, abstractmethod
from typing import ClassVar

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.admission import Admission
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.controllers.workloads.owned import OwnedObjects, owner_key
from include.rehearsal.kube.controllers.workloads.templates import pod_from_template
from include.rehearsal.kube.objects.defaults import with_defaults
from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.objects.owners import owner_reference
from include.rehearsal.kube.objects.status import is_terminating
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict

REFUSED_AGAIN_AFTER = 5.0
"""Seconds until a pod that was refused is tried again. Kubernetes begins sooner and slows down."""


class WorkloadController(ABC):
    """Reconciles each workload of one kind when it changes, or something that it owns.

    A subclass says in `sync` what one reconcile does. Several changes in one simulated instant
    make one reconcile.
    """

    kind: ClassVar[str]
    plural: ClassVar[str]
    owned_plural: ClassVar[str] = "pods"
    api_version: ClassVar[str] = "apps/v1"

    def __init__(
        self, store: Store, clock: SimClock, owned: OwnedObjects, lifecycle: Lifecycle
    ) -> None:
        self._store = store
        self._clock = clock
        self._owned_objects = owned
        self._lifecycle = lifecycle
        self._admission = Admission(store)
        self._queue = Reconciler(clock, self.reconcile)
        store.listen(self._on_event)

    def reconcile(self, key: Key) -> None:
        """Sync the workload of that key, unless it is gone or being deleted."""
        found = self._store.find(self.plural, *key)
        if found is not None and not is_terminating(found):
            self.sync(found)

    @abstractmethod
    def sync(self, workload: RawDict) -> None:
        """Bring what the workload owns nearer to what it wants, and write its status."""

    def _owned(self, workload: Raw) -> list[RawDict]:
        """What the workload owns as it is now, oldest first."""
        return self._owned_objects.of(workload["metadata"]["uid"])

    def _may_create(self, workload: Raw) -> bool:
        """Nothing is created in a namespace that is being deleted."""
        namespace = self._store.find("namespaces", None, workload["metadata"]["namespace"])
        return namespace is None or not is_terminating(namespace)

    def _new_pod(self, workload: Raw, labels: Raw) -> RawDict:
        """A pod of the workload's template, with these labels more; not stored yet."""
        reference = owner_reference(workload, self.api_version, self.kind)
        namespace = workload["metadata"]["namespace"]
        return pod_from_template(namespace, workload["spec"]["template"], reference, labels)

    def _create_pod(self, pod: RawDict) -> None:
        """Create a pod; one that a webhook refuses is tried again later."""
        full = with_defaults("pods", pod)
        try:
            self._admission.check("CREATE", "pods", full)
        except ApiError:
            if key := owner_key(full, self.kind):
                self._clock.later(REFUSED_AGAIN_AFTER, lambda: self._queue.want(key))
            return
        self._store.create("pods", full)

    def _delete_pod(self, pod: Raw) -> None:
        self._lifecycle.delete("pods", *key_of(pod), {})

    def _write_status(self, workload: Raw, status: RawDict) -> None:
        self._store.write_status(self.plural, key_of(workload), status)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == self.plural:
            if event.type != "DELETED":
                self._queue.want(key_of(event.object))
        elif event.plural == self.owned_plural:
            key = owner_key(event.object, self.kind)
            if key is not None:
                self._queue.want(key)


def replicas_of(workload: Raw) -> int:
    """The replicas a workload wants; one when it does not say."""
    wanted = workload["spec"].get("replicas")
    return 1 if wanted is None else int(wanted)
