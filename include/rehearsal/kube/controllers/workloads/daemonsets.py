"""DaemonSets: a pod on every node that fits, cordoned ones included, and its rolling update.

Source: Kubernetes' daemon controller. A NoSchedule taint keeps new pods away but never
deletes a running one; only NoExecute does.
"""

from collections.abc import Set
from dataclasses import dataclass

from include.rehearsal.kube.controllers.scheduling.fit import is_selected, untolerated
from include.rehearsal.kube.controllers.scheduling.needs import Needs, NodeView, needs_of, node_view
from include.rehearsal.kube.controllers.workloads.controller import WorkloadController
from include.rehearsal.kube.controllers.workloads.templates import template_hash
from include.rehearsal.kube.objects.defaults import with_defaults
from include.rehearsal.kube.objects.quantities import scaled
from include.rehearsal.kube.objects.status import FINISHED, is_ready, is_terminating, phase
from include.rehearsal.kube.objects.store import StoreEvent, key_of
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


def bind_to(spec: RawDict, node: str) -> None:
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


@dataclass(frozen=True)
class Placement:
    """Whether a daemon's pod should start on a node, and whether it may go on running there."""

    starts: bool
    stays: bool


def placement(needs: Needs, node: NodeView) -> Placement:
    """A NoSchedule taint keeps new pods away but drives none out; NoExecute does both."""
    stays = (
        is_selected(needs, node) and untolerated(node, needs.tolerations, ("NoExecute",)) is None
    )
    starts = stays and untolerated(node, needs.tolerations, ("NoSchedule",)) is None
    return Placement(starts, stays)


class DaemonSets(WorkloadController):
    """The DaemonSet controller."""

    kind = "DaemonSet"
    plural = "daemonsets"

    def sync(self, workload: RawDict) -> None:
        """Create missing pods, delete those out of place, replace old ones, write the status."""
        model = self._model(workload)
        needs = needs_of(model)
        placements = {
            node["metadata"]["name"]: placement(needs, node_view(node))
            for node in self._store.list("nodes")
        }
        covered: set[str] = set()
        for pod in self._owned(workload):
            node = node_of(pod)
            # A node counts as covered while its old pod is still terminating: another one
            # is created only when that one is gone.
            covered.add(node)
            out_of_place = node not in placements or not placements[node].stays
            if not is_terminating(pod) and (out_of_place or phase(pod) in FINISHED):
                self._delete_pod(pod)
        for node, found in placements.items():
            if found.starts and node not in covered:
                self._create_on(model, node)
        desired = {node for node, found in placements.items() if found.starts}
        self._roll(workload, wanted=len(desired))
        self._write_status(workload, self._status(workload, desired))

    def _model(self, workload: Raw) -> RawDict:
        """The pod the workload's template makes, before it is given a node."""
        digest = template_hash(workload["spec"]["template"])
        pod = self._new_pod(workload, {HASH: digest, "pod-template-generation": "1"})
        pod["spec"]["tolerations"] = daemon_tolerations(pod["spec"])
        return pod

    def _create_on(self, model: RawDict, node: str) -> None:
        pod = with_defaults("pods", model)
        bind_to(pod["spec"], node)
        self._create_pod(pod)

    def _roll(self, workload: RawDict, *, wanted: int) -> None:
        """Delete old pods: those not Ready at once, the others as far as may be unavailable."""
        strategy = workload["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        rolling = strategy.get("rollingUpdate") or {}
        limit = max(1, scaled(rolling.get("maxUnavailable", 1), wanted, up=True))
        digest = template_hash(workload["spec"]["template"])
        pods = [pod for pod in self._owned(workload) if not is_terminating(pod)]
        ready = [pod for pod in pods if is_ready(pod)]
        # Pods that are missing or not Ready already use up part of what may be unavailable.
        room = limit - (wanted - len(ready))
        for pod in sorted(pods, key=lambda each: (is_ready(each), node_of(each))):
            if pod["metadata"]["labels"].get(HASH) == digest:
                continue
            if not is_ready(pod):
                self._delete_pod(pod)
            elif room > 0:
                room -= 1
                self._delete_pod(pod)

    def _status(self, workload: Raw, desired: Set[str]) -> RawDict:
        digest = template_hash(workload["spec"]["template"])
        pods = [pod for pod in self._owned(workload) if not is_terminating(pod)]
        placed = [pod for pod in pods if node_of(pod) in desired]
        ready = sum(1 for pod in placed if is_ready(pod))
        updated = sum(1 for pod in placed if pod["metadata"]["labels"].get(HASH) == digest)
        status: RawDict = {
            "currentNumberScheduled": len(placed),
            "numberMisscheduled": len(pods) - len(placed),
            "desiredNumberScheduled": len(desired),
            "numberReady": ready,
            "observedGeneration": workload["metadata"]["generation"],
        }
        optional = {
            "updatedNumberScheduled": updated,
            "numberAvailable": ready,
            "numberUnavailable": len(desired) - ready,
        }
        status |= {name: count for name, count in optional.items() if count}
        return status

    def _on_event(self, event: StoreEvent) -> None:
        super()._on_event(event)
        if event.plural == "nodes" and _matters(event):
            for workload in self._store.list("daemonsets"):
                self._queue.want(key_of(workload))


def _matters(event: StoreEvent) -> bool:
    """Heartbeats and status do not move daemons; labels, taints and coming and going do."""
    if event.old is None or event.type != "MODIFIED":
        return True
    old, new = event.old, event.object
    return bool(
        old["metadata"].get("labels") != new["metadata"].get("labels")
        or old.get("spec") != new.get("spec")
    )
