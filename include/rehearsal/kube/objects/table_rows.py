"""The cells of a table row, per kind; each function takes an object and its age."""

from collections.abc import Sequence
from typing import Any

from include.rehearsal.raw import Raw


def node_cells(node: Raw, age: str) -> list[Any]:
    """Cells of a node."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    states = [_node_state(status)] + (["SchedulingDisabled"] if spec.get("unschedulable") else [])
    labels = node["metadata"].get("labels") or {}
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key.removeprefix(prefix) for key in labels if key.startswith(prefix))
    info = status.get("nodeInfo") or {}
    return [
        node["metadata"]["name"],
        ",".join(states),
        ",".join(roles) or "<none>",
        age,
        info.get("kubeletVersion", ""),
        _address(status, "InternalIP"),
        _address(status, "ExternalIP"),
        info.get("osImage") or "<unknown>",
        info.get("kernelVersion") or "<unknown>",
        info.get("containerRuntimeVersion") or "<unknown>",
    ]


def _node_state(status: Raw) -> str:
    ready = next((c for c in status.get("conditions") or () if c["type"] == "Ready"), None)
    if ready is None:
        return "Unknown"
    return "Ready" if ready["status"] == "True" else "NotReady"


def _address(status: Raw, kind: str) -> str:
    found = (a["address"] for a in status.get("addresses") or () if a["type"] == kind)
    return next(found, "<none>")


def pod_cells(pod: Raw, age: str) -> list[Any]:
    """Cells of a pod."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    containers = status.get("containerStatuses") or ()
    ready = sum(1 for each in containers if each.get("ready"))
    return [
        pod["metadata"]["name"],
        f"{ready}/{len(spec.get('containers') or ())}",
        _pod_state(pod, containers),
        str(sum(each.get("restartCount", 0) for each in containers)),
        age,
        status.get("podIP") or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        "<none>",
    ]


def _pod_state(pod: Raw, containers: Sequence[Raw]) -> str:
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for each in containers:
        state = each.get("state") or {}
        for kind in ("waiting", "terminated"):
            if (state.get(kind) or {}).get("reason"):
                return str(state[kind]["reason"])
    return str(status.get("reason") or status.get("phase") or "Unknown")


def _wide(workload: Raw) -> list[str]:
    containers = workload["spec"].get("template", {}).get("spec", {}).get("containers") or ()
    names = ",".join(each["name"] for each in containers)
    return [names, ",".join(each.get("image", "") for each in containers)]


def _selector(selector: Raw | None) -> str:
    labels = (selector or {}).get("matchLabels", selector) or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "<none>"


def deployment_cells(obj: Raw, age: str) -> list[Any]:
    """Cells of a Deployment."""
    status = obj.get("status") or {}
    return [
        obj["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{obj['spec'].get('replicas', 1)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age,
        *_wide(obj),
        _selector(obj["spec"].get("selector")),
    ]


def daemonset_cells(obj: Raw, age: str) -> list[Any]:
    """Cells of a DaemonSet."""
    status = obj.get("status") or {}
    nodes = obj["spec"].get("template", {}).get("spec", {}).get("nodeSelector")
    counts = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    return [
        obj["metadata"]["name"],
        *(status.get(each, 0) for each in counts),
        _selector(nodes),
        age,
        *_wide(obj),
        _selector(obj["spec"].get("selector")),
    ]


def workload_cells(obj: Raw, age: str) -> list[Any]:
    """Cells of a StatefulSet or a ReplicaSet."""
    status, wanted = obj.get("status") or {}, obj["spec"].get("replicas", 1)
    ready = status.get("readyReplicas", 0)
    if obj["kind"] == "StatefulSet":
        return [obj["metadata"]["name"], f"{ready}/{wanted}", age, *_wide(obj)]
    selector = _selector(obj["spec"].get("selector"))
    counts = [wanted, status.get("replicas", 0), ready]
    return [obj["metadata"]["name"], *counts, age, *_wide(obj), selector]


def budget_cells(budget: Raw, age: str) -> list[Any]:
    """Cells of a PodDisruptionBudget."""
    spec = budget.get("spec") or {}
    return [
        budget["metadata"]["name"],
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        (budget.get("status") or {}).get("disruptionsAllowed", 0),
        age,
    ]


def lease_cells(lease: Raw, age: str) -> list[Any]:
    """Cells of a Lease."""
    return [lease["metadata"]["name"], (lease.get("spec") or {}).get("holderIdentity", ""), age]


def namespace_cells(namespace: Raw, age: str) -> list[Any]:
    """Cells of a namespace."""
    phase = (namespace.get("status") or {}).get("phase", "Active")
    return [namespace["metadata"]["name"], phase, age]


def service_cells(service: Raw, age: str) -> list[Any]:
    """Cells of a Service."""
    spec = service.get("spec") or {}
    ports = ",".join(f"{p['port']}/{p.get('protocol', 'TCP')}" for p in spec.get("ports") or ())
    kind, address = spec.get("type", "ClusterIP"), spec.get("clusterIP", "<none>")
    cells = [service["metadata"]["name"], kind, address, "<none>", ports or "<none>", age]
    return [*cells, _selector(spec.get("selector"))]


def event_cells(event: Raw, age: str) -> list[Any]:
    """Cells of an Event."""
    about = event.get("involvedObject") or {}
    return [
        event["metadata"]["name"],
        age,
        event.get("type", ""),
        event.get("reason", ""),
        f"{about.get('kind', '').lower()}/{about.get('name', '')}",
        event.get("message", ""),
    ]


def cronjob_cells(cron: Raw, age: str) -> list[Any]:
    """Cells of a CronJob; the rehearsal counts neither its running Jobs nor its last tick."""
    schedule, suspended = cron["spec"]["schedule"], cron["spec"].get("suspend", False)
    return [cron["metadata"]["name"], schedule, "<none>", str(suspended), 0, "<none>", age]


def job_cells(job: Raw, age: str) -> list[Any]:
    """Cells of a Job."""
    status = job.get("status") or {}
    done, wanted = status.get("succeeded", 0), (job.get("spec") or {}).get("completions", 1)
    state = "Complete" if done >= wanted else "Running"
    return [job["metadata"]["name"], state, f"{done}/{wanted}", age]
