"""The fields an API server fills in when an object is created.

Source: what the recordings show on objects that were created with less.
"""

from collections.abc import Callable, Mapping
from typing import Final

from include.rehearsal.kube.objects.store import copied
from include.rehearsal.raw import Raw, RawDict

_NODE_TOLERATIONS: Final = tuple(
    {
        "key": f"node.kubernetes.io/{trouble}",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": 300,
    }
    for trouble in ("not-ready", "unreachable")
)

# The classes every cluster has; kubernetes/kubernetes `pkg/apis/scheduling/types.go`. Others are
# not known to the rehearsal, and their pods have priority 0.
PRIORITIES: Final = {
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}


def with_defaults(plural: str, obj: Raw) -> RawDict:
    """A copy of an object that is to be created, with the fields a server would add.

    Other kinds than workloads, pods, budgets and namespaces come back as they are.
    """
    fresh: RawDict = copied(obj)
    fill = _FILLERS.get(plural)
    if fill is not None:
        fill(fresh)
    return fresh


def _fill_pod_spec(spec: RawDict) -> None:
    for container in spec.get("containers") or ():
        container.setdefault("resources", {})
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        tag = container.get("image", "").rsplit("/", 1)[-1].partition(":")[2]
        pull = "Always" if tag in ("", "latest") else "IfNotPresent"
        container.setdefault("imagePullPolicy", pull)
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")


def _fill_pod(pod: RawDict) -> None:
    spec = pod.setdefault("spec", {})
    _fill_pod_spec(spec)
    tolerations = spec.setdefault("tolerations", [])
    for each in _NODE_TOLERATIONS:
        known = any(
            t.get("key", each["key"]) == each["key"]
            and t.get("effect", each["effect"]) == each["effect"]
            for t in tolerations
        )
        if not known:
            tolerations.append(dict(each))
    spec.setdefault("priority", PRIORITIES.get(spec.get("priorityClassName", ""), 0))
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    status = pod.setdefault("status", {})
    status.setdefault("phase", "Pending")
    status.setdefault("qosClass", quality(spec))


def quality(spec: Raw) -> str:
    """The pod's quality of service class, from its containers' requests and limits."""
    resources = [each.get("resources") or {} for each in spec.get("containers") or ()]
    if not any(each.get("requests") or each.get("limits") for each in resources):
        return "BestEffort"
    for each in resources:
        limits = each.get("limits") or {}
        if not {"cpu", "memory"} <= set(limits) or each.get("requests", limits) != limits:
            return "Burstable"
    return "Guaranteed"


def _fill_template(workload: RawDict) -> None:
    template = workload.setdefault("spec", {}).setdefault("template", {})
    _fill_pod_spec(template.setdefault("spec", {}))


def _fill_deployment(workload: RawDict) -> None:
    _fill_template(workload)
    spec = workload["spec"]
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def _fill_replica_set(workload: RawDict) -> None:
    _fill_template(workload)
    workload["spec"].setdefault("replicas", 1)


def _fill_daemon_set(workload: RawDict) -> None:
    _fill_template(workload)
    strategy = workload["spec"].setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    workload["spec"].setdefault("revisionHistoryLimit", 10)


def _fill_stateful_set(workload: RawDict) -> None:
    _fill_template(workload)
    spec = workload["spec"]
    spec.setdefault("replicas", 1)
    spec.setdefault("serviceName", "")
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    spec.setdefault("revisionHistoryLimit", 10)


def _fill_namespace(space: RawDict) -> None:
    name = space["metadata"]["name"]
    space["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
    space.setdefault("spec", {"finalizers": ["kubernetes"]})
    space.setdefault("status", {"phase": "Active"})


_FILLERS: Final[Mapping[str, Callable[[RawDict], None]]] = {
    "pods": _fill_pod,
    "deployments": _fill_deployment,
    "replicasets": _fill_replica_set,
    "daemonsets": _fill_daemon_set,
    "statefulsets": _fill_stateful_set,
    "namespaces": _fill_namespace,
}
