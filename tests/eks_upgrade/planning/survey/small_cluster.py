"""A small cluster as a survey reads it: two old nodes of `workers`, one of `batch` that stays."""

from dataclasses import replace
from typing import Any

from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.kube.objects import Budget, Node, Pod
from include.eks_upgrade.kube.pod_facts.jobs import Job
from include.eks_upgrade.kube.pod_facts.model import DaemonSet, PodFacts, SurveyedPod
from include.eks_upgrade.kube.pod_facts.volumes import Volume
from include.eks_upgrade.kube.workloads.scale import Scale
from include.eks_upgrade.planning.survey.surveyed import NewGroup, Surveyed

Raw = dict[str, Any]
NOW = 1_800_000_000.0
ZONE = "topology.kubernetes.io/zone"
GROUP = "eks.amazonaws.com/nodegroup"


def node(name: str, group: str, zone: str = "a", **labels: str) -> Node:
    """A node; keywords are further labels, `__` stands for what a keyword cannot have."""
    further = {key.replace("__", "/").replace("_", "-"): value for key, value in labels.items()}
    return Node(
        name=name,
        provider_id=f"aws:///eu-west-1{zone}/i-{name}",
        labels={
            GROUP: group,
            "kubernetes.io/hostname": name,
            "eks.amazonaws.com/nodegroup-image": f"ami-{group}",
            ZONE: f"eu-west-1{zone}",
            **further,
        },
    )


NODES = (
    node("w-1", "workers", "a", team="shop"),
    node("w-2", "workers", "b", team="shop"),
    node("b-1", "batch", "a"),
)
OWNERS = {
    "Deployment": ("apps/v1", "ReplicaSet"),
    "StatefulSet": ("apps/v1", "StatefulSet"),
    "DaemonSet": ("apps/v1", "DaemonSet"),
    "Job": ("batch/v1", "Job"),
    "AdvancedDaemonSet": ("apps.kruise.io/v1beta1", "DaemonSet"),
    "TaskRun": ("tekton.dev/v1", "TaskRun"),
}


def raw_pod(
    name: str,
    *,
    of: str = "Deployment web",
    on: str = "w-1",
    spec: Raw | None = None,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    ready: bool = True,
    phase: str = "Running",
) -> Raw:
    """A pod in namespace shop; `of`: its owner as `Kind name`, empty without one."""
    kind, _, owner = of.partition(" ")
    meta: Raw = {
        "namespace": "shop",
        "name": name,
        "uid": f"uid-{name}",
        "labels": {"app": owner, **(labels or {})},
        "annotations": annotations or {},
    }
    if kind:
        api, made = OWNERS[kind]
        controller = f"{owner}-5d8f" if kind == "Deployment" else owner
        if kind == "Deployment":
            meta["labels"]["pod-template-hash"] = "5d8f"
        meta["ownerReferences"] = [
            {"apiVersion": api, "kind": made, "name": controller, "uid": owner, "controller": True}
        ]
    state = "True" if ready else "False"
    return {
        "metadata": meta,
        "spec": {"nodeName": on, "containers": [{"name": "c", "image": "app:1"}], **(spec or {})},
        "status": {"phase": phase, "conditions": [{"type": "Ready", "status": state}]},
    }


def pod(name: str, **given: Any) -> SurveyedPod:
    """A pod on an old node; see `raw_pod`."""
    return SurveyedPod.from_raw(raw_pod(name, **given), lambda placement: placement)


def other_pod(name: str, **given: Any) -> Pod:
    """A pod elsewhere."""
    return Pod.from_raw(raw_pod(name, **{"on": "b-1", **given}))


def required(*terms: Raw) -> Raw:
    """A pod spec with required node affinity; of the terms one must hold."""
    selector = {"nodeSelectorTerms": list(terms)}
    return {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}
    }


def term(key: str, operator: str, *values: str) -> Raw:
    """A term with one expression."""
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def by_name(operator: str, name: str) -> Raw:
    """A term about the node's own name."""
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": [name]}]}


def made_for(node: str) -> Raw:
    """What a controller of the kind of a DaemonSet writes into the pod for a node."""
    tolerations = [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]
    return {**required(by_name("In", node)), "tolerations": tolerations}


def mounting(claim: str) -> Raw:
    """A pod spec with a claim."""
    return {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]}


def volume(name: str, source: str, *terms: Raw) -> Volume:
    """A PersistentVolume of this kind (`local`, `csi`, …)."""
    spec: Raw = {source: {}}
    if terms:
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": list(terms)}}
    return Volume.from_raw({"metadata": {"name": name}, "spec": spec})


def daemonset(name: str, **spec: Any) -> DaemonSet:
    """A DaemonSet with this pod template."""
    return DaemonSet.from_raw(
        {
            "metadata": {"namespace": "shop", "name": name},
            "spec": {"template": {"spec": spec}},
        }
    )


def budget(name: str, app: str, *, settled: bool = True, status: Raw | None = None, **spec: Any):
    """A budget over `app=…`; `status` as the disruption controller would write it."""
    counted = {"disruptionsAllowed": 0, "observedGeneration": 1 if settled else 0}
    return Budget.from_raw(
        {
            "metadata": {"namespace": "shop", "name": name, "generation": 1},
            "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
            "status": counted | (status or {}),
        }
    )


def numbers(healthy: int, desired: int, expected: int) -> Raw:
    """A budget's status."""
    return {
        "disruptionsAllowed": max(0, healthy - desired),
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": expected,
    }


def scale(
    kind: str = "Deployment",
    name: str = "web",
    wanted: int = 3,
    *,
    surge: int | None = None,
    paused: bool = False,
    strategy: str = "RollingUpdate",
) -> Scale:
    """A Deployment or StatefulSet."""
    rolling = {} if surge is None else {"maxSurge": surge}
    how = {"type": strategy} | ({"rollingUpdate": rolling} if strategy == "RollingUpdate" else {})
    spec = {"replicas": wanted, "paused": paused, "strategy": how}
    meta = {"namespace": "shop", "name": name}
    return Scale.from_raw(kind, {"metadata": meta, "spec": spec})


def job(name: str = "nightly", *, failed: int = 0, owner: str = "", **spec: Any) -> Job:
    """A Job, perhaps of a CronJob."""
    meta: Raw = {"namespace": "shop", "name": name, "uid": name}
    if owner:
        meta["ownerReferences"] = [{"kind": "CronJob", "name": owner, "controller": True}]
    return Job.from_raw({"metadata": meta, "spec": spec, "status": {"failed": failed}})


def surveyed(
    *pods: SurveyedPod,
    options: dict[str, Any] | None = None,
    new: NewGroup | None = None,
    may_strand: bool = False,
    **facts: Any,
) -> Surveyed:
    """What a survey of the group `workers` judges; keywords are fields of `PodFacts`."""
    usual = PodFacts(read_at=NOW, nodes=NODES, pods=pods)
    group = new or NewGroup(name="workers-k126", labels={"team": "shop"}, image_id="ami-new")
    return Surveyed(
        replace(usual, **facts),
        {"workers": group},
        replace(DEFAULTS, **(options or {})),
        may_strand,
    )
