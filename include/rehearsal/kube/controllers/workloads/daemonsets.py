"""DaemonSets: a pod on every node that fits, cordoned ones included, and its rolling update.

Source: Kubernetes' daemon controller. A NoSchedule taint keeps new pods away but never
deletes a running one; only NoExecute does.
"""

from collections.abc import Mapping

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.controllers.scheduling.fit import chosen_by, untolerated
from include.rehearsal.kube.controllers.scheduling.needs import Needs, Place, needs_of, place_of
from include.rehearsal.kube.controllers.workloads.owned import PodIndex, owners_named
from include.rehearsal.kube.controllers.workloads.templates import pod_from_template, template_hash
from include.rehearsal.kube.objects.defaults import with_defaults
from include.rehearsal.kube.objects.owners import owner_reference
from include.rehearsal.kube.objects.quantities import scaled
from include.rehearsal.kube.objects.status import FINISHED, is_ready, is_terminating, phase
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict

HASH = "controller-revision-hash"
TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)


def daemon_tolerations(spec: Raw) -> list[RawDict]:
    """The tolerations the controller adds to what the template tolerates."""
    added = [
        {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect}
        for key, effect in TOLERATED
    ]
    if spec.get("hostNetwork"):
        key = "node.kubernetes.io/network-unavailable"
        added.append({"key": key, "operator": "Exists", "effect": "NoSchedule"})
    return [*(dict(each) for each in spec.get("tolerations") or ()), *added]


def bound_to(spec: RawDict, node: str) -> None:
    """Write into a pod spec that only this node will do, as the controller does."""
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    required = affinity.setdefault("requiredDuringSchedulingIgnoredDuringExecution", {})
    terms = required.get("nodeSelectorTerms") or [{}]
    required["nodeSelectorTerms"] = [{**term, "matchFields": [field]} for term in terms]


def node_of(pod: Raw) -> str:
    """The node a daemon's pod is for, whether it is bound yet or not."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    required = pod["spec"]["affinity"]["nodeAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    return str(required["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])


def place_in(needs: Needs, place: Place) -> tuple[bool, bool]:
    """Whether the daemon's pod should start on the node, and whether it may go on running."""
    stays = (
        chosen_by(needs, place) and untolerated(place, needs.tolerations, ("NoExecute",)) is None
    )
    starts = stays and untolerated(place, needs.tolerations, ("NoSchedule",)) is None
    return starts, stays


class DaemonSets:
    """The DaemonSet controller."""

    def __init__(self, store: Store, clock: SimClock, pods: PodIndex, lifecycle: Lifecycle) -> None:
        self._store = store
        self._pods = pods
        self._lifecycle = lifecycle
        self._queue = Reconciler(clock, self.reconcile)
        store.listen(self._on_event)

    def reconcile(self, key: Key) -> None:
        """Create missing pods, delete those out of place, replace old ones, write the status."""
        found = self._store.find("daemonsets", *key)
        if found is None or is_terminating(found):
            return
        model = self._pod(found)
        nodes = self._store.list("nodes")
        needs = needs_of(model)
        verdicts = {node["metadata"]["name"]: place_in(needs, place_of(node)) for node in nodes}
        covered: set[str] = set()
        for pod in self._owned(found):
            node = node_of(pod)
            covered.add(node)
            out_of_place = not verdicts.get(node, (False, False))[1]
            if not is_terminating(pod) and (out_of_place or phase(pod) in FINISHED):
                self._delete(pod)
        for node, (starts, _) in verdicts.items():
            if starts and node not in covered:
                self._create(model, node)
        self._roll(found, wanted=sum(1 for starts, _ in verdicts.values() if starts))
        self._write_status(found, verdicts)

    def _owned(self, daemon: RawDict) -> list[RawDict]:
        return self._pods.owned_by(daemon["metadata"]["uid"])

    def _pod(self, daemon: RawDict) -> RawDict:
        template = daemon["spec"]["template"]
        labels = {HASH: template_hash(template), "pod-template-generation": "1"}
        reference = owner_reference(daemon, "apps/v1", "DaemonSet")
        pod = pod_from_template(daemon["metadata"]["namespace"], template, reference, labels)
        pod["spec"]["tolerations"] = daemon_tolerations(pod["spec"])
        return pod

    def _create(self, model: RawDict, node: str) -> None:
        pod = with_defaults("pods", model)
        bound_to(pod["spec"], node)
        self._store.create("pods", pod)

    def _delete(self, pod: RawDict) -> None:
        self._lifecycle.delete("pods", *key_of(pod), {})

    def _roll(self, daemon: RawDict, *, wanted: int) -> None:
        """Delete old pods: those not Ready at once, the others as far as may be unavailable."""
        strategy = daemon["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        rolling = strategy.get("rollingUpdate") or {}
        limit = max(1, scaled(rolling.get("maxUnavailable", 1), wanted, up=True))
        digest = template_hash(daemon["spec"]["template"])
        pods = [pod for pod in self._owned(daemon) if not is_terminating(pod)]
        ready = [pod for pod in pods if is_ready(pod)]
        room = limit - (wanted - len(ready))
        for pod in sorted(pods, key=lambda each: (is_ready(each), node_of(each))):
            if pod["metadata"]["labels"].get(HASH) == digest:
                continue
            if not is_ready(pod):
                self._delete(pod)
            elif room > 0:
                room -= 1
                self._delete(pod)

    def _write_status(self, daemon: RawDict, verdicts: Mapping[str, tuple[bool, bool]]) -> None:
        digest = template_hash(daemon["spec"]["template"])
        desired = {node for node, (starts, _) in verdicts.items() if starts}
        pods = [pod for pod in self._owned(daemon) if not is_terminating(pod)]
        placed = [pod for pod in pods if node_of(pod) in desired]
        ready = sum(1 for pod in placed if is_ready(pod))
        updated = sum(1 for pod in placed if pod["metadata"]["labels"].get(HASH) == digest)
        status: RawDict = {
            "currentNumberScheduled": len(placed),
            "numberMisscheduled": len(pods) - len(placed),
            "desiredNumberScheduled": len(desired),
            "numberReady": ready,
            "observedGeneration": daemon["metadata"]["generation"],
        }
        optional = {
            "updatedNumberScheduled": updated,
            "numberAvailable": ready,
            "numberUnavailable": len(desired) - ready,
        }
        status |= {name: count for name, count in optional.items() if count}
        self._store.write_status("daemonsets", key_of(daemon), status)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "daemonsets" and event.type != "DELETED":
            self._queue.want(key_of(event.object))
        elif event.plural == "pods":
            for key in owners_named(event, "DaemonSet"):
                self._queue.want(key)
        elif event.plural == "nodes" and _matters(event):
            for daemon in self._store.list("daemonsets"):
                self._queue.want(key_of(daemon))


def _matters(event: StoreEvent) -> bool:
    """Heartbeats and status do not move daemons; labels, taints and coming and going do."""
    if event.old is None or event.type != "MODIFIED":
        return True
    old, new = event.old, event.object
    return bool(
        old["metadata"].get("labels") != new["metadata"].get("labels")
        or old.get("spec") != new.get("spec")
    )
