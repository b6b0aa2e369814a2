"""ReplicaSets: as many pods as wanted, and a status that counts them."""

from collections.abc import Sequence

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.controllers.workloads.owned import PodIndex, owners_named
from include.rehearsal.kube.controllers.workloads.templates import pod_from_template
from include.rehearsal.kube.objects.defaults import with_defaults
from include.rehearsal.kube.objects.owners import controller_of, owner_reference
from include.rehearsal.kube.objects.status import is_active, is_ready, is_terminating, phase
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict


def replicas_of(obj: Raw) -> int:
    """The replicas a workload wants; one when it does not say."""
    wanted = obj["spec"].get("replicas")
    return 1 if wanted is None else int(wanted)


def first_to_go(pods: Sequence[RawDict], count: int) -> list[RawDict]:
    """Which pods a shrinking set gives up: unbound, then pending, then not Ready, then young.

    Source: the ranking of `ActivePods` in Kubernetes' controller utilities.
    """

    def rank(pod: RawDict) -> tuple[bool, bool, bool]:
        bound = bool(pod["spec"].get("nodeName"))
        return bound, phase(pod) == "Running", is_ready(pod)

    young_first = list(reversed(pods))
    return sorted(young_first, key=rank)[:count]


class ReplicaSets:
    """The ReplicaSet controller."""

    def __init__(self, store: Store, clock: SimClock, pods: PodIndex, lifecycle: Lifecycle) -> None:
        self._store = store
        self._pods = pods
        self._lifecycle = lifecycle
        self._queue = Reconciler(clock, self.reconcile)
        store.listen(self._on_event)

    def reconcile(self, key: Key) -> None:
        """Create or delete pods until there are as many as wanted; write the status."""
        found = self._store.find("replicasets", *key)
        if found is None or is_terminating(found):
            return
        active = [p for p in self._pods.owned_by(found["metadata"]["uid"]) if is_active(p)]
        missing = replicas_of(found) - len(active)
        for _ in range(missing if self._may_create(key[0]) else 0):
            self._create_pod(found)
        for pod in first_to_go(active, -missing) if missing < 0 else ():
            self._lifecycle.delete("pods", key[0], pod["metadata"]["name"], {})
        self._write_status(found)

    def _may_create(self, namespace: str) -> bool:
        """Nothing is created in a namespace that is being deleted."""
        space = self._store.find("namespaces", None, namespace)
        return space is None or not is_terminating(space)

    def _create_pod(self, owner: RawDict) -> None:
        reference = owner_reference(owner, "apps/v1", "ReplicaSet")
        namespace = owner["metadata"]["namespace"]
        pod = pod_from_template(namespace, owner["spec"]["template"], reference, {})
        self._store.create("pods", with_defaults("pods", pod))

    def _write_status(self, owner: RawDict) -> None:
        owned = self._pods.owned_by(owner["metadata"]["uid"])
        active = [pod for pod in owned if is_active(pod)]
        ready = sum(1 for pod in active if is_ready(pod))
        status: RawDict = {
            "replicas": len(active),
            "fullyLabeledReplicas": len(active),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "terminatingReplicas": sum(1 for pod in owned if is_terminating(pod)),
            "observedGeneration": owner["metadata"]["generation"],
        }
        shown = {name: n for name, n in status.items() if n or name == "replicas"}
        self._store.write_status("replicasets", key_of(owner), shown)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "replicasets" and event.type != "DELETED":
            self._queue.want(key_of(event.object))
        elif event.plural == "pods" and controller_of(event.object):
            for key in owners_named(event, "ReplicaSet"):
                self._queue.want(key)
