"""One rehearsal cluster: its store and the controllers that bring it to life."""

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.admission import Admission
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.disruption.budgets import Budgets
from include.rehearsal.kube.controllers.disruption.eviction import Evictions
from include.rehearsal.kube.controllers.nodes.kubelet import Kubelets
from include.rehearsal.kube.controllers.nodes.lost_nodes import LostNodes
from include.rehearsal.kube.controllers.nodes.node_controller import NodeControl
from include.rehearsal.kube.controllers.nodes.taint_eviction import TaintEviction
from include.rehearsal.kube.controllers.scheduling.scheduler import Scheduler
from include.rehearsal.kube.controllers.timings import Timings
from include.rehearsal.kube.controllers.workloads.cronjobs import CronJobs
from include.rehearsal.kube.controllers.workloads.custom import CustomOperators
from include.rehearsal.kube.controllers.workloads.daemonsets import DaemonSets
from include.rehearsal.kube.controllers.workloads.deployments import Deployments
from include.rehearsal.kube.controllers.workloads.endpoints import EndpointSlices
from include.rehearsal.kube.controllers.workloads.jobs import Jobs
from include.rehearsal.kube.controllers.workloads.owned import OwnedObjects
from include.rehearsal.kube.controllers.workloads.replicasets import ReplicaSets
from include.rehearsal.kube.controllers.workloads.statefulsets import StatefulSets
from include.rehearsal.kube.objects.defaults import with_defaults
from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.objects.node_manager import NODE_MANAGER
from include.rehearsal.kube.objects.nodes import Machine
from include.rehearsal.kube.objects.owners import controller_of
from include.rehearsal.kube.objects.resources import BY_KIND
from include.rehearsal.kube.objects.status import FINISHED, is_terminating, phase
from include.rehearsal.kube.objects.store import Store
from include.rehearsal.raw import RawDict

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
DEFAULT_TIMINGS = Timings()
MIRROR = "kubernetes.io/config.mirror"


class KubeCluster:
    """A Kubernetes cluster on the simulated clock.

    Callers hold `clock.lock`. What is asked for happens as the clock moves: controllers run
    in the same instant, but only once the clock is told to run what is due.

    Args:
        name: the cluster's name.
        version: its control plane's minor version, e.g. "1.25".
        clock: the simulated clock.
        timings: how long pods take to start and stop.
    """

    def __init__(
        self, name: str, version: str, clock: SimClock, *, timings: Timings = DEFAULT_TIMINGS
    ) -> None:
        self.name = name
        self.version = version
        self.clock = clock
        self.store = Store(clock, seed=name)
        self._lifecycle = Lifecycle(self.store, clock)
        pods = OwnedObjects(self.store, "pods")
        self._nodes = NodeControl(self.store, clock)
        self._budgets = Budgets(self.store, clock, timings)
        self._evictions = Evictions(self.store, clock, self._budgets, self._lifecycle)
        scheduler = Scheduler(self.store, clock)
        kubelets = Kubelets(self.store, clock, self._lifecycle, timings)
        self._lost = LostNodes(self.store, clock, kubelets, timings.node_grace)
        self._controllers = (
            scheduler,
            kubelets,
            TaintEviction(self.store, clock, self._lifecycle),
            ReplicaSets(self.store, clock, pods, self._lifecycle),
            Deployments(self.store, clock, self._lifecycle),
            DaemonSets(self.store, clock, pods, self._lifecycle),
            StatefulSets(self.store, clock, pods, self._lifecycle),
            Jobs(self.store, clock, pods, self._lifecycle),
            CustomOperators(self.store, clock),
            CronJobs(self.store, clock, self._lifecycle),
            EndpointSlices(self.store, clock),
        )
        self._admission = Admission(self.store)
        for each in NAMESPACES:
            self.apply({"kind": "Namespace", "metadata": {"name": each}})
        for manifest in NODE_MANAGER:
            self.apply(manifest)

    def add_node(  # noqa: PLR0913 - what an instance is; every caller names them
        self,
        name: str,
        *,
        labels: dict[str, str],
        taints: list[RawDict],
        kubelet_version: str,
        instance_type: str,
        zone: str,
        instance_id: str,
        image_id: str,
        ready_after: float,
    ) -> None:
        """An instance joins: its Node is there at once, and Ready after `ready_after` seconds.

        Args:
            name: the node's name.
            labels: its labels beside those every node has.
            taints: `{"key", "value", "effect"}` with Kubernetes' effects (`NoSchedule`).
            kubelet_version: e.g. "v1.25.16-eks-1-25".
            instance_type: e.g. "m5.large"; decides cpu, memory, pods and architecture.
            zone: availability zone.
            instance_id: EC2 instance id, for the providerID.
            image_id: AMI id.
            ready_after: simulated seconds until Ready.

        Raises:
            ApiError: 409 when a node of that name is there.
        """
        machine = Machine(
            name=name,
            kubelet_version=kubelet_version,
            instance_type=instance_type,
            zone=zone,
            instance_id=instance_id,
            image_id=image_id,
            labels=labels,
            taints=tuple(taints),
        )
        self._nodes.register(machine, ready_after)

    def remove_node(self, name: str) -> None:
        """The instance is gone: its Node and its pods go; controllers replace them.

        Harmless when there is no such node.
        """
        if self.store.find("nodes", None, name) is not None:
            self.store.remove("nodes", None, name)
        self.force_remove_pods(name)

    def stop_kubelet(self, node: str) -> None:
        """The kubelet of a node answers no more; the node is Unknown after `node_grace` seconds.

        Pods on it that are deleted stay Terminating, and none starts or ends.

        Raises:
            ApiError: 404 when there is no such node.
        """
        self._lost.stop_kubelet(node)

    def start_kubelet(self, node: str) -> None:
        """The kubelet answers again: the node is Ready, and pods that were to stop have stopped.

        Raises:
            ApiError: 404 when there is no such node.
        """
        self._lost.start_kubelet(node)

    def set_version(self, version: str) -> None:
        """The control plane's version, as `/version` reports it."""
        self.version = version

    def set_image(self, kind: str, namespace: str, name: str, image: str) -> None:
        """Roll a DaemonSet or Deployment to another image, as an add-on update does.

        Args:
            kind: "DaemonSet", "Deployment" or "StatefulSet".
            namespace: its namespace.
            name: its name.
            image: the image of its first container from now on.

        Raises:
            ApiError: 404 when it is not there.
        """

        def edit(workload: RawDict) -> None:
            workload["spec"]["template"]["spec"]["containers"][0]["image"] = image

        self.store.change(BY_KIND[kind].plural, namespace, name, edit)

    def pods_on(self, node: str) -> list[RawDict]:
        """The pods bound to a node, ordered by namespace and name."""
        return self.store.pods_by_node(node)

    def evict_all(self, node: str) -> int:
        """Evict what budgets allow now, as EKS does when it deletes a node group.

        DaemonSet and mirror pods stay, as with `kubectl drain --ignore-daemonsets`.

        Returns:
            How many evictable pods are still on the node, those on their way out included.
        """
        for pod in filter(is_evictable, self.pods_on(node)):
            if is_terminating(pod):
                continue
            meta = pod["metadata"]
            try:
                self.evict(meta["namespace"], meta["name"], {"metadata": {"name": meta["name"]}})
            except ApiError as refusal:
                if refusal.status not in (404, 429, 500):
                    raise
        return sum(1 for pod in self.pods_on(node) if is_evictable(pod))

    def force_remove_pods(self, node: str) -> None:
        """Remove every pod of a node at once, whatever budgets and grace periods say.

        A pod with finalizers is Terminating from now on.
        """
        for pod in self.pods_on(node):
            self._lifecycle.complete_deletion(pod)

    def apply(self, manifest: RawDict) -> RawDict:
        """Create an object or replace it, with the server's defaults filled in.

        Args:
            manifest: any kind the cluster knows; a missing namespace is created.

        Returns:
            The object as stored.
        """
        resource = BY_KIND[manifest["kind"]]
        obj = with_defaults(resource.plural, manifest)
        meta = obj["metadata"]
        if resource.namespaced:
            meta.setdefault("namespace", "default")
            if self.store.find("namespaces", None, meta["namespace"]) is None:
                self.apply({"kind": "Namespace", "metadata": {"name": meta["namespace"]}})
        namespace = meta.get("namespace")
        old = self.store.find(resource.plural, namespace, meta["name"]) if "name" in meta else None
        if old is None:
            return self.store.create(resource.plural, obj)
        if "status" in old:
            obj["status"] = old["status"]
        kept = {**(old["metadata"].get("annotations") or {}), **(meta.get("annotations") or {})}
        if kept:
            meta["annotations"] = kept
        return self.store.replace(resource.plural, obj)

    def admit(self, operation: str, plural: str, obj: RawDict, *, dry_run: bool = False) -> None:
        """Ask the cluster's webhooks about a request; see `Admission.check`.

        Raises:
            ApiError: 400, 403 or 500.
        """
        self._admission.check(operation, plural, obj, dry_run=dry_run)

    def delete(self, plural: str, namespace: str | None, name: str, options: RawDict) -> RawDict:
        """Delete as the API does; see `Lifecycle.delete`.

        Raises:
            ApiError: 404, or 409 for a failed precondition.
        """
        return self._lifecycle.delete(plural, namespace, name, options)

    def evict(self, namespace: str, name: str, body: RawDict) -> RawDict:
        """Evict a pod as the API does; see `Evictions.evict`.

        Raises:
            ApiError: 400, 403, 404, 409, 429 or 500.
        """
        pod = self.store.find("pods", namespace, name)
        if pod is not None:
            self._admission.check("CREATE", "pods", pod, "eviction")
        return self._evictions.evict(namespace, name, body)


def is_evictable(pod: RawDict) -> bool:
    """Whether a drain moves the pod: not a DaemonSet's, not a mirror of a static pod."""
    owner = controller_of(pod)
    if owner is not None and owner["kind"] == "DaemonSet":
        return False
    mirrored = MIRROR in (pod["metadata"].get("annotations") or {})
    return not mirrored and phase(pod) not in FINISHED
