"""Nodes whose kubelet stops reporting, and what the node lifecycle controller does about them.

Source: https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller and
kubernetes/kubernetes `pkg/controller/nodelifecycle`: after a grace all conditions are Unknown,
the node is tainted as unreachable, and its pods are not Ready any more. Nothing on it ends
until the kubelet answers or the node is gone.
"""

from typing import Final

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.nodes.kubelet import Kubelets
from include.rehearsal.kube.objects.nodes import conditions
from include.rehearsal.kube.objects.status import condition, is_ready, set_condition
from include.rehearsal.kube.objects.store import Store, key_of
from include.rehearsal.raw import RawDict

UNREACHABLE: Final = "node.kubernetes.io/unreachable"
UNKNOWN: Final = {
    "status": "Unknown",
    "reason": "NodeStatusUnknown",
    "message": "Kubelet stopped posting node status.",
}


class LostNodes:
    """Stops and starts kubelets; marks the nodes that do not report.

    Args:
        store: the cluster's objects.
        clock: the simulated clock.
        kubelets: what is stopped and started.
        grace: seconds until a node that does not report is given up.
    """

    def __init__(self, store: Store, clock: SimClock, kubelets: Kubelets, grace: float) -> None:
        self._store, self._clock = store, clock
        self._kubelets, self._grace = kubelets, grace
        self._stops: dict[str, int] = {}
        self._number = 0
        self._were_ready: dict[str, set[str]] = {}

    def stop_kubelet(self, name: str) -> None:
        """The kubelet of a node stops reporting.

        Raises:
            ApiError: 404 when there is no such node.
        """
        self._store.get("nodes", None, name)
        self._kubelets.stop(name)
        self._number += 1
        number = self._stops[name] = self._number
        self._clock.later(self._grace, lambda: self._give_up(name, number))

    def start_kubelet(self, name: str) -> None:
        """The kubelet reports again: the node is Ready, and what was put off is done.

        Raises:
            ApiError: 404 when there is no such node.
        """
        self._stops.pop(name, None)
        now = self._clock.timestamp()

        def edit(node: RawDict) -> None:
            for entry in conditions(now, ready=True):
                set_condition(node["status"], entry, now)
            left = [each for each in node["spec"].get("taints") or () if each["key"] != UNREACHABLE]
            node["spec"]["taints"] = left
            if not left:
                del node["spec"]["taints"]

        found = self._store.get("nodes", None, name)
        ready = condition(found, "Ready")
        if ready is not None and ready["status"] == "Unknown":
            self._store.change("nodes", None, name, edit)
            self._mark_pods(name, ready=True)
        self._kubelets.start(name)

    def _give_up(self, name: str, number: int) -> None:
        if self._stops.get(name) != number or self._store.find("nodes", None, name) is None:
            return
        now = self._clock.timestamp()

        def edit(node: RawDict) -> None:
            for entry in list(node["status"]["conditions"]):
                set_condition(node["status"], {**entry, **UNKNOWN}, now)
            taints = node["spec"].setdefault("taints", [])
            for effect in ("NoSchedule", "NoExecute"):
                taints.append({"key": UNREACHABLE, "effect": effect, "timeAdded": now})

        self._store.change("nodes", None, name, edit)
        self._mark_pods(name, ready=False)

    def _mark_pods(self, name: str, *, ready: bool) -> None:
        """Pods of a lost node are not Ready; those that were, are again when it is back."""
        found = self._store.pods_by_node(name)
        if ready:
            known = self._were_ready.pop(name, set())
            chosen = [each for each in found if each["metadata"]["uid"] in known]
        else:
            chosen = [each for each in found if is_ready(each)]
            self._were_ready[name] = {each["metadata"]["uid"] for each in chosen}
        now = self._clock.timestamp()
        status = "True" if ready else "False"

        def edit(pod: RawDict) -> None:
            entry = {"type": "Ready", "status": status, "lastProbeTime": None}
            set_condition(pod["status"], entry, now)

        for each in chosen:
            self._store.change("pods", *key_of(each), edit)
