"""Kubernetes manifests of the rehearsal's workloads.

Start and end take as long as real services take; the annotations are read by the simulated
kubelet (`include.rehearsal.kube.controllers.timings`).
"""

from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]


@dataclass(frozen=True)
class App:
    """A Deployment and the disruption budget that covers it.

    Attributes:
        budget: the budget's one rule, such as {"minAvailable": 3}; None for no budget.
        start, ready, stop: seconds to Running, then to Ready, and to end.
        empty_dir: whether its pods keep data in an emptyDir volume.
    """

    namespace: str
    name: str
    replicas: int
    budget: dict[str, Any] | None = None
    start: float = 4
    ready: float = 6
    stop: float = 5
    empty_dir: bool = False


def deployment(app: App) -> list[Manifest]:
    """The Deployment of an app, and its budget when it has one."""
    labels = {"app": app.name}
    container: Manifest = {
        "name": app.name,
        "image": f"registry.example.com/{app.namespace}/{app.name}:1.0.0",
        "resources": {"requests": {"cpu": "150m", "memory": "128Mi"}},
    }
    pod: Manifest = {"containers": [container], "terminationGracePeriodSeconds": 30}
    if app.empty_dir:
        container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        pod["volumes"] = [{"name": "data", "emptyDir": {}}]
    made: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": app.name, "namespace": app.namespace, "labels": labels},
        "spec": {
            "replicas": app.replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": pace(app.start, app.ready, app.stop)},
                "spec": pod,
            },
        },
    }
    return [made] if app.budget is None else [made, budget(app)]


def pace(start: float, ready: float, stop: float) -> dict[str, str]:
    """The annotations from which the simulated kubelet reads how long a pod takes."""
    return {
        "rehearsal/start-after": str(start),
        "rehearsal/ready-after": str(ready),
        "rehearsal/stop-after": str(stop),
    }


def budget(app: App) -> Manifest:
    """The PodDisruptionBudget over an app's pods."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": app.name, "namespace": app.namespace},
        "spec": {**(app.budget or {}), "selector": {"matchLabels": {"app": app.name}}},
    }


def daemon(namespace: str, name: str) -> Manifest:
    """A DaemonSet that runs everywhere, such as a log collector."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [
                        {
                            "name": name,
                            "image": f"registry.example.com/{namespace}/{name}:3.1",
                            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
                        }
                    ],
                    "tolerations": [{"operator": "Exists"}],
                },
            },
        },
    }


def job(namespace: str, name: str, work: float, **spec: Any) -> Manifest:
    """A Job whose pod works for so many seconds; `spec` as in batch/v1 (`backoffLimit`, …)."""
    labels = {"app": name}
    container = {"name": name, "image": f"registry.example.com/{namespace}/{name}:1.0.0"}
    pod = {"restartPolicy": "Never", "containers": [container]}
    annotations = {"rehearsal/succeed-after": str(work)}
    template = {"metadata": {"labels": labels, "annotations": annotations}, "spec": pod}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"template": template, **spec},
    }


def cron_job(
    namespace: str,
    name: str,
    *,
    every: int,
    work: float,
    pool: str = "",
    policy: str = "Allow",
    **spec: Any,
) -> Manifest:
    """A CronJob.

    Args:
        namespace: where.
        name: its name, with which those of its Jobs begin.
        every: minutes between its ticks.
        work: seconds for which the pod of each Job works.
        pool: value of the label `pool` of the nodes on which they run; empty: on any.
        policy: its concurrencyPolicy.
        spec: of its Jobs, as in batch/v1.
    """
    made = in_pool(job(namespace, name, work, **spec), pool)
    template = {"metadata": {"labels": {"app": name}}, "spec": made["spec"]}
    ticks = {"schedule": f"*/{every} * * * *", "concurrencyPolicy": policy}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {**ticks, "jobTemplate": template},
    }


def in_pool(workload: Manifest, pool: str) -> Manifest:
    """A workload that runs on nodes with this label `pool` only; empty: on any."""
    if pool:
        workload["spec"]["template"]["spec"]["nodeSelector"] = {"pool": pool}
    return workload


def stateful_set(app: App) -> Manifest:
    """A StatefulSet whose pods come and go in order; without the app's budget."""
    made = deployment(app)[0]
    return {**made, "kind": "StatefulSet", "spec": {**made["spec"], "serviceName": app.name}}


def bare_pod(namespace: str, name: str) -> Manifest:
    """A pod that no controller owns: once removed, nobody brings it back."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "containers": [
                {"name": "shell", "image": "registry.example.com/ops/shell:1", "command": ["sleep"]}
            ]
        },
    }


def with_pod_spec(manifests: list[Manifest], **fields: Any) -> list[Manifest]:
    """Workloads whose pods have these fields as well, such as a nodeSelector or volumes."""
    for made in manifests:
        template = made["spec"].get("template")
        if template:
            template["spec"].update(fields)
    return manifests


def volume(namespace: str, claim: str, *, node: str = "") -> list[Manifest]:
    """A volume and the claim that is bound to it; on the disk of a node where one is named."""
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    terms = {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}}
    local = {"local": {"path": "/mnt/disk-0"}, "nodeAffinity": terms}
    csi = {"csi": {"driver": "efs.csi.aws.com", "volumeHandle": "fs-0123456789abcdef0"}}
    name = f"{namespace}-{claim}"
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "claimRef": {"namespace": namespace, "name": claim},
                **(local if node else csi),
            },
            "status": {"phase": "Bound"},
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "namespace": namespace},
            "spec": {"volumeName": name, "accessModes": ["ReadWriteMany"]},
            "status": {"phase": "Bound"},
        },
    ]


def mounting(claim: str) -> list[Manifest]:
    """The volumes of a pod that mounts a claim."""
    return [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]


def database(namespace: str, name: str, *, crashes_on: str = "") -> Manifest:
    """The pod of a database whose operator, and no controller of Kubernetes, starts it again.

    Args:
        namespace: where.
        name: of the custom resource; its pod is `<name>-1`.
        crashes_on: label of the nodes on which it crashes in a loop:
            `eks.amazonaws.com/nodegroup=green`; empty: on none.
    """
    notes = {"rehearsal/operator": "true"}
    if crashes_on:
        notes["rehearsal/crash-loop"] = crashes_on
    owner = _owner("postgresql.cnpg.io/v1", "Cluster", name)
    return _owned_pod(namespace, f"{name}-1", owner, notes=notes)


def gated_pod(namespace: str, name: str) -> Manifest:
    """A pod of a queued training job: its scheduling gate keeps it from the scheduler."""
    owner = _owner("kubeflow.org/v1", "PyTorchJob", name)
    gates = [{"name": "kueue.x-k8s.io/admission"}]
    return _owned_pod(namespace, f"{name}-worker-0", owner, schedulingGates=gates)


def cron_tick(
    namespace: str,
    cron: str,
    minute: int,
    node_selector: dict[str, str] | None = None,
    *,
    work: float = 3600,
) -> Manifest:
    """The Job that a CronJob makes at a tick.

    Args:
        namespace: where.
        cron: name of the CronJob, which itself is not served.
        minute: when it was due, in minutes since 1970: the end of the Job's name.
        node_selector: labels of the nodes on which it may run; those that no node has keep its
            pod Pending for ever.
        work: seconds until its pod has succeeded.
    """
    made = job(namespace, f"{cron}-{minute}", work)
    made["metadata"]["ownerReferences"] = [_owner("batch/v1", "CronJob", cron)]
    if node_selector:
        made["spec"]["template"]["spec"]["nodeSelector"] = node_selector
    return made


def _owner(version: str, kind: str, name: str) -> Manifest:
    uid = f"{kind.lower()}-{name}"
    return {"apiVersion": version, "kind": kind, "name": name, "uid": uid, "controller": True}


def _owned_pod(
    namespace: str, name: str, owner: Manifest, *, notes: dict[str, str] | None = None, **spec: Any
) -> Manifest:
    image = f"registry.example.com/{namespace}/{owner['name']}:1"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app": owner["name"]},
            "annotations": notes or {},
            "ownerReferences": [owner],
        },
        "spec": {"containers": [{"name": "main", "image": image}], **spec},
    }
