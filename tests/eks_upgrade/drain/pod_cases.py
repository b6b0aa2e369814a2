"""What is on the node that is drained, in short: for tables of cases and for random ones."""

from dataclasses import dataclass, field

from tests.eks_upgrade.drain.twins import NEW, OLD, SPACE, Twins

OWNERS = {
    "none": None,
    "replicaset": ("apps/v1", "ReplicaSet", "web-5d8f"),
    "statefulset": ("apps/v1", "StatefulSet", "db"),
    "job": ("batch/v1", "Job", "nightly"),
    "daemonset": ("apps/v1", "DaemonSet", "agent"),
    "daemonset-missing": ("apps/v1", "DaemonSet", "gone"),
    "daemonset-elsewhere": ("apps/v1", "DaemonSet", "other-agent"),
    "no-controller": ("apps/v1", "ReplicaSet", "web-5d8f"),
    "daemonset-no-controller": ("apps/v1", "DaemonSet", "agent"),
    "custom": ("argoproj.io/v1alpha1", "Rollout", "web"),
    "custom-daemonset": ("apps.kruise.io/v1alpha1", "DaemonSet", "agent"),
}
"""Owners by name: API version, kind, name. `agent` exists where the pods are, `other-agent` only in
another namespace, and the others nowhere. To kubectl 1.37 a DaemonSet is one of apps/v1 alone:
`custom-daemonset` is a controller like any other."""

VOLUMES = {
    "none": [],
    "emptydir": [{"name": "v", "emptyDir": {}}],
    "memory": [{"name": "v", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}],
    "hostpath": [{"name": "v", "hostPath": {"path": "/var/log"}}],
    "configmap": [{"name": "v", "configMap": {"name": "c"}}],
    "both": [{"name": "c", "configMap": {"name": "c"}}, {"name": "v", "emptyDir": {}}],
}

TOLERATIONS = {
    "none": [],
    "all": [{"operator": "Exists"}],
    "cordon": [
        {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}
    ],
}

BUDGETS = {
    "none": (),
    "allowing": ({"minAvailable": 1},),
    "tight": ({"minAvailable": "healthy"},),
    "broken": ({"minAvailable": 100},),
    "allowing-always": ({"minAvailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"},),
    "broken-always": ({"minAvailable": 100, "unhealthyPodEvictionPolicy": "AlwaysAllow"},),
    "two": ({"minAvailable": 1}, {"minAvailable": 0}),
    "one": ({"minAvailable": "all but one"},),
}
"""Budgets by name. Each covers its pods and `ANCHORS` healthy ones elsewhere, so that how many may
go at once never decides: `allowing` lets all of them go, `tight` none that is Ready, as exactly
the healthy ones must stay, and `broken` has too few healthy ones for anything. Only under `one`,
which lets a single Ready pod go, is it chance which."""

CHANCE = "one"

ANCHORS = 8


@dataclass(frozen=True)
class PodCase:
    """A pod on the old node; its values are keys of the tables above.

    Attributes:
        grace: seconds that it may take to stop; 0 goes at once.
        terminating: it is stopping already, and takes its time.
    """

    owner: str = "replicaset"
    volumes: str = "none"
    phase: str = "Running"
    ready: bool = True
    mirror: bool = False
    tolerates: str = "none"
    budget: str = "none"
    labels: dict[str, str] = field(default_factory=dict)
    grace: int = 0
    terminating: bool = False


def build(twins: Twins, pods: list[PodCase]) -> None:
    """Put the pods `p0`, `p1`, … on the old node of both clusters, and what belongs to them."""
    twins.begin()
    twins.put("namespaces", {"metadata": {"name": "elsewhere"}})
    for space, name in ((SPACE, "agent"), ("elsewhere", "other-agent")):
        twins.put("daemonsets", _daemonset(space, name))
    for budget in sorted({pod.budget for pod in pods} - {"none"}):
        ready = sum(pod.ready and pod.phase == "Running" and pod.budget == budget for pod in pods)
        for number, spec in enumerate(BUDGETS[budget]):
            twins.put("poddisruptionbudgets", _budget(f"{budget}-{number}", budget, spec, ready))
        for number in range(ANCHORS):
            anchor = _pod(f"{budget}-anchor-{number}", PodCase(budget=budget), NEW)
            twins.put("pods", anchor)
    for number, pod in enumerate(pods):
        twins.put("pods", _pod(f"p{number}", pod, OLD))
    twins.settle()


def _budget(name: str, covered: str, spec: dict, ready: int) -> dict:
    less = {"healthy": 0, "all but one": 1}.get(spec["minAvailable"])
    exact = {} if less is None else {"minAvailable": ANCHORS + ready - less}
    return {
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"selector": {"matchLabels": {"covered": covered}}, **spec, **exact},
        "status": {},
    }


def _daemonset(space: str, name: str) -> dict:
    """One that starts no pod anywhere: what it is needed for is to exist."""
    labels = {"daemon": name}
    spec = {"nodeSelector": {"no": "where"}, "containers": [{"name": "c", "image": "pause"}]}
    return {
        "metadata": {"name": name, "namespace": space},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def _pod(name: str, pod: PodCase, node: str) -> dict:
    ready = "True" if pod.ready and pod.phase == "Running" else "False"
    meta = {"name": name, "namespace": SPACE, "labels": dict(pod.labels), "annotations": {}}
    if pod.budget != "none":
        meta["labels"]["covered"] = pod.budget
    if pod.mirror:
        meta["annotations"]["kubernetes.io/config.mirror"] = "x"
    if pod.phase == "Pending":  # bound, but its image never comes
        meta["annotations"]["rehearsal/start-after"] = "1000000"
    if pod.terminating:
        meta["deletionTimestamp"] = "2096-01-01T00:00:00Z"
        meta["deletionGracePeriodSeconds"] = 30
        meta["annotations"]["rehearsal/stop-after"] = "30"
    if (owner := OWNERS[pod.owner]) is not None:
        version, kind, owner_name = owner
        reference = {"apiVersion": version, "kind": kind, "name": owner_name, "uid": f"uid-{kind}"}
        if not pod.owner.endswith("no-controller"):
            reference["controller"] = True
        meta["ownerReferences"] = [reference]
    return {
        "metadata": meta,
        "spec": {
            "nodeName": node,
            "containers": [{"name": "c", "image": "pause"}],
            "terminationGracePeriodSeconds": pod.grace,
            "volumes": VOLUMES[pod.volumes],
            "tolerations": TOLERATIONS[pod.tolerates],
        },
        "status": {
            "phase": pod.phase,
            "conditions": [
                {"type": kind, "status": ready} for kind in ("ContainersReady", "Ready")
            ],
        },
    }
