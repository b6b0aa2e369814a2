"""ReplicaSets: as many pods as wanted, and a status that counts them."""

from collections.abc import Sequence

from include.rehearsal.kube.controllers.workloads.controller import WorkloadController, replicas_of
from include.rehearsal.kube.objects.status import is_active, is_ready, is_terminating, phase
from include.rehearsal.raw import Raw, RawDict


def first_to_delete(pods: Sequence[RawDict], count: int) -> list[RawDict]:
    """Which pods a shrinking set gives up: unbound, then pending, then not Ready, then young.

    Source: the ranking of `ActivePods` in Kubernetes' controller utilities.
    """

    def rank(pod: RawDict) -> tuple[bool, bool, bool]:
        bound = bool(pod["spec"].get("nodeName"))
        return bound, phase(pod) == "Running", is_ready(pod)

    # `pods` come oldest first, and sorting is stable: among equals the youngest is first.
    young_first = list(reversed(pods))
    return sorted(young_first, key=rank)[:count]


class ReplicaSets(WorkloadController):
    """The ReplicaSet controller."""

    kind = "ReplicaSet"
    plural = "replicasets"

    def sync(self, workload: RawDict) -> None:
        """Create or delete pods until there are as many as wanted; write the status."""
        active = [pod for pod in self._owned(workload) if is_active(pod)]
        missing = replicas_of(workload) - len(active)
        for _ in range(missing if self._may_create(workload) else 0):
            self._create_pod(self._new_pod(workload, {}))
        for pod in first_to_delete(active, -missing) if missing < 0 else ():
            self._delete_pod(pod)
        self._write_status(workload, self._status(workload))

    def _status(self, workload: Raw) -> RawDict:
        owned = self._owned(workload)
        active = [pod for pod in owned if is_active(pod)]
        ready = sum(1 for pod in active if is_ready(pod))
        status: RawDict = {
            "replicas": len(active),
            "fullyLabeledReplicas": len(active),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "terminatingReplicas": sum(1 for pod in owned if is_terminating(pod)),
            "observedGeneration": workload["metadata"]["generation"],
        }
        return {name: n for name, n in status.items() if n or name == "replicas"}
