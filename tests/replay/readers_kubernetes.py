"""Objects of EKS's clusters, read by the product, as (fact, as read, as recorded)."""

from typing import Any

from include.eks_upgrade.kube.objects import Budget, Node, Pod
from include.eks_upgrade.kube.pod_facts.model import DaemonSet
from include.eks_upgrade.kube.workloads.rollout import REVISION, Rollout, revision_of
from include.eks_upgrade.nodes.managed.new_group.zones import zone_of
from include.eks_upgrade.nodes.other_kinds import COMPUTE_TYPE, KARPENTER, Kind, kind_of
from include.eks_upgrade.verification.wanted import of_deployment, of_statefulset
from tests.replay.readers_eks import Facts
from tests.replay.recordings import Recording

NODE_GROUP = "eks.amazonaws.com/nodegroup"
BY_TYPE = {"fargate": Kind.FARGATE, "hybrid": Kind.HYBRID, "auto": Kind.AUTO_MODE}


def read_object(recording: Recording) -> Facts:
    """One object, or the items of a list, by the reader of their kind.

    Raises:
        LookupError: the product has no reader for the kind.
    """
    answer = recording.answer
    for told in answer.get("items", [answer]):
        kind = told["kind"]
        if kind in NOT_READ:
            yield "a reason why nobody reads it", bool(NOT_READ[kind]), True
        elif kind in READERS:
            yield from READERS[kind](told)
        else:
            raise LookupError(f"no reader of {kind}: add one, or a reason to NOT_READ")


def _node(told: dict[str, Any]) -> Facts:
    node, labels = Node.from_raw(told), told["metadata"].get("labels") or {}
    spec, status = told.get("spec") or {}, told.get("status") or {}
    yield "name", node.name, told["metadata"]["name"]
    yield "node group", node.node_group, labels.get(NODE_GROUP)
    taints = [(one["key"], one["effect"]) for one in spec.get("taints") or []]
    yield "taints", list(node.taints), taints
    yield "cordoned", node.unschedulable, bool(spec.get("unschedulable"))
    version = (status.get("nodeInfo") or {}).get("kubeletVersion", "")
    yield "kubelet", node.kubelet_version, version
    yield "instance", node.instance_id, (spec.get("providerID") or "").rpartition("/")[2]
    ready = [c["status"] for c in status.get("conditions") or [] if c["type"] == "Ready"]
    yield "Ready", node.ready, ready == ["True"]
    zones = {v for k, v in labels.items() if k.endswith("/zone")}
    yield "zone", zone_of(node) in zones if zones else zone_of(node) == "", True
    if NODE_GROUP not in labels:
        yield "kind", kind_of(node.name, labels, auto_mode=True), _kind(node.name, labels)


def _kind(name: str, labels: dict[str, str]) -> Kind:
    if labels.get(COMPUTE_TYPE) in BY_TYPE:
        return BY_TYPE[labels[COMPUTE_TYPE]]
    if any(key in labels for key in KARPENTER):
        return Kind.KARPENTER
    starts = {"fargate-": Kind.FARGATE, "mi-": Kind.HYBRID}
    found = [kind for start, kind in starts.items() if name.startswith(start)]
    return found[0] if found else Kind.SELF_MANAGED


def _pod(told: dict[str, Any]) -> Facts:
    pod, meta, spec = Pod.from_raw(told), told["metadata"], told.get("spec") or {}
    yield "name", str(pod), f"{meta['namespace']}/{meta['name']}"
    yield "node", pod.node, spec.get("nodeName", "")
    yield "priority", pod.priority, spec.get("priority", 0)
    yield "labels", pod.labels, meta.get("labels") or {}
    owners = [o["name"] for o in meta.get("ownerReferences") or [] if o.get("controller")]
    yield "owner", pod.owner.name if pod.owner else None, owners[0] if owners else None


def _budget(told: dict[str, Any]) -> Facts:
    budget, spec, status = Budget.from_raw(told), told["spec"], told.get("status") or {}
    yield "allowed", budget.allowed, status.get("disruptionsAllowed", 0)
    limits = [f"{key} {spec[key]}" for key in ("minAvailable", "maxUnavailable") if key in spec]
    yield "limit", budget.limit, ", ".join(limits)
    yield "selector", budget.selector, spec.get("selector")


def _daemon_set(told: dict[str, Any]) -> Facts:
    read = DaemonSet.from_raw(told)
    yield "name", (read.namespace, read.name), (told["metadata"]["namespace"],
                                               told["metadata"]["name"])  # fmt: skip


def _deployment(told: dict[str, Any]) -> Facts:
    yield "replicas", of_deployment(told).replicas, told["spec"].get("replicas", 1)
    yield "rollout is read", isinstance(Rollout.from_raw(told), Rollout), True


def _stateful_set(told: dict[str, Any]) -> Facts:
    yield "replicas", of_statefulset(told).replicas, told["spec"].get("replicas", 1)


def _replica_set(told: dict[str, Any]) -> Facts:
    annotations = told["metadata"].get("annotations") or {}
    yield "revision", revision_of(told), annotations.get(REVISION, "")


READERS = {
    "Node": _node,
    "Pod": _pod,
    "PodDisruptionBudget": _budget,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "ReplicaSet": _replica_set,
}
NOT_READ = {
    **dict.fromkeys(
        ("NodePool", "NodeClass", "NodeClaim", "EC2NodeClass", "CNINode", "ENIConfig"),
        "what others make of nodes; the product reads the nodes themselves",
    ),
    **dict.fromkeys(
        (
            "Namespace",
            "Event",
            "Service",
            "ServiceAccount",
            "Role",
            "RoleBinding",
            "ClusterRoleBinding",
            "CustomResourceDefinition",
            "Secret",
            "EndpointSlice",
        ),
        "no decision depends on it",
    ),
    "ClusterRole": "what EKS itself may do; no decision depends on it",
    "ConfigMap": "the product looks into no ConfigMap",
}
