"""Workloads of the troubled cluster: each has what a drain does not expect."""

from include.rehearsal.troubled.groups import WORKERS
from include.rehearsal.workloads import (
    App,
    Manifest,
    cron_job,
    deployment,
    in_pool,
    mounting,
    stateful_set,
    with_pod_spec,
)

HOSTNAME = "kubernetes.io/hostname"
TARGET = {"averageUtilization": 80, "type": "Utilization"}


def workloads() -> list[Manifest]:
    """All of them."""
    return [*_shop(), *_payments(), *_data(), *_old()]


def _shop() -> list[Manifest]:
    """Six pods that spread over three nodes, with a budget that means a CronJob's pods as well."""
    web = App("shop", "web", 6, {"maxUnavailable": 1})
    spread = {
        "maxSkew": 1,
        "topologyKey": HOSTNAME,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    # Once an hour: at its tick the budget above cannot be computed.
    report = cron_job("shop", "report", every=59, work=30)
    job = report["spec"]["jobTemplate"]["spec"]
    job["template"]["metadata"]["labels"] = {"app": "web"}
    shop, guard = with_pod_spec(deployment(web), topologySpreadConstraints=[spread])
    return [
        in_pool(shop, WORKERS),
        guard,
        report,
        _autoscaler(),
        _quota(),
    ]


def _autoscaler() -> Manifest:
    """It has made all pods that it may, and there is more load."""
    cpu = {"name": "cpu"}
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 3,
            "maxReplicas": 6,
            "metrics": [{"type": "Resource", "resource": {**cpu, "target": TARGET}}],
        },
        "status": {
            "currentReplicas": 6,
            "desiredReplicas": 6,
            "currentMetrics": [
                {"type": "Resource", "resource": {**cpu, "current": {"averageUtilization": 94}}}
            ],
            "conditions": [
                {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas"}
            ],
        },
    }


def _quota() -> Manifest:
    """No room for a seventh pod. The rehearsal does not enforce it."""
    return {
        "kind": "ResourceQuota",
        "metadata": {"name": "pods", "namespace": "shop"},
        "spec": {"hard": {"pods": "6"}},
        "status": {"hard": {"pods": "6"}, "used": {"pods": "6"}},
    }


def _payments() -> list[Manifest]:
    """Whose new pods a silent webhook refuses; one may take longer to stop than a drain."""
    ledger = deployment(App("payments", "ledger", 2, {"maxUnavailable": 1}))
    batch = with_pod_spec(
        deployment(App("payments", "settlement", 2)), terminationGracePeriodSeconds=4 * 3600
    )
    return [*ledger, *batch]


def _data() -> list[Manifest]:
    """A database on EBS volumes in two zones, one of them for a single pod alone."""
    made: list[Manifest] = []
    for name, zone, mode in (("a", "a", "ReadWriteOnce"), ("b", "b", "ReadWriteOncePod")):
        made += ebs_volume("data", f"db-{name}", zone, mode)
        shard = stateful_set(App("data", f"db-{name}", 1))
        made += with_pod_spec([shard], volumes=mounting(f"db-{name}"))
    return made


def ebs_volume(namespace: str, claim: str, zone: str, mode: str) -> list[Manifest]:
    """A volume in one zone (`a`) of the rehearsal's first region, and the claim bound to it."""
    asked = {
        "key": "topology.kubernetes.io/zone",
        "operator": "In",
        "values": [f"eu-west-1{zone}"],
    }
    name = f"pv-{claim}"
    return [
        {
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "accessModes": [mode],
                "capacity": {"storage": "10Gi"},
                "claimRef": {"namespace": namespace, "name": claim},
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{claim}"},
                "nodeAffinity": {
                    "required": {"nodeSelectorTerms": [{"matchExpressions": [asked]}]}
                },
            },
            "status": {"phase": "Bound"},
        },
        {
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "namespace": namespace},
            "spec": {"volumeName": name, "accessModes": [mode]},
            "status": {"phase": "Bound"},
        },
        {
            "kind": "VolumeAttachment",
            "metadata": {"name": f"csi-{claim}"},
            "spec": {
                "attacher": "ebs.csi.aws.com",
                "nodeName": "ip-10-0-9-9.eu-west-1.compute.internal",
                "source": {"persistentVolumeName": name},
            },
            "status": {
                "attached": True,
                "detachError": {"message": "UnauthorizedOperation: ec2:DetachVolume"},
            },
        },
    ]


def _old() -> list[Manifest]:
    """What nobody has touched for years: an abandoned registry, a port of the node, a finalizer."""
    gateway = [in_pool(deployment(App("legacy", "gateway", 3))[0], WORKERS)]
    pod = gateway[0]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    container["image"] = "k8s.gcr.io/defaultbackend-amd64:1.5"
    container["ports"] = [{"containerPort": 8080, "hostPort": 8080}]
    pod["metadata"]["finalizers"] = ["example.com/deregister"]
    return gateway
