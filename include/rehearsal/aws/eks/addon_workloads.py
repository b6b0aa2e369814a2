"""The Kubernetes objects an add-on brings into kube-system."""

from typing import Any

from include.rehearsal import catalogue

LABELS = {
    "aws-node": {"k8s-app": "aws-node"},
    "kube-proxy": {"k8s-app": "kube-proxy"},
    "coredns": {"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"},
}

TOLERATIONS = {
    "DaemonSet": [{"operator": "Exists"}],
    # What tolerated every taint would come back to the cordoned node that it was evicted from.
    "Deployment": [
        {"key": "CriticalAddonsOnly", "operator": "Exists"},
        {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
    ],
}


def image_of(addon: str, version: str, region: str) -> str:
    """The container image of an add-on version."""
    template: str = catalogue.data()["addons"][addon]["workload"][2]
    return template.format(region=region, version=version)


def workload_of(addon: str) -> tuple[str, str]:
    """The (kind, name) of an add-on's workload."""
    kind, name, _ = catalogue.data()["addons"][addon]["workload"]
    return kind, name


def manifests(addon: str, version: str, region: str) -> list[dict[str, Any]]:
    """What an add-on creates: its workload; for coredns a budget, for kube-proxy its settings."""
    kind, name = workload_of(addon)
    labels = LABELS.get(name, {"app.kubernetes.io/name": name})
    workload = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": _template(kind, name, labels, image_of(addon, version, region)),
        },
    }
    if kind == "DaemonSet":
        workload["spec"]["updateStrategy"] = {  # type: ignore[index]  # a dict of mixed values
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": "10%"},
        }
        return [workload, *_configuration(name)]
    workload["spec"]["replicas"] = 2  # type: ignore[index]  # a dict of mixed values
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
    }
    return [workload, budget]


def _configuration(name: str) -> list[dict[str, Any]]:
    """The ConfigMap that EKS keeps kube-proxy's settings in; other add-ons have none here."""
    if name != "kube-proxy":
        return []
    settings = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{name}-config", "namespace": "kube-system"},
            "data": {"config": f'{settings}mode: "iptables"\n'},
        }
    ]


def _template(kind: str, name: str, labels: dict[str, str], image: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": labels},
        "spec": {
            "containers": [
                {
                    "name": name,
                    "image": image,
                    "resources": {"requests": {"cpu": "50m", "memory": "70Mi"}},
                }
            ],
            "tolerations": TOLERATIONS[kind],
            "priorityClassName": "system-cluster-critical"
            if name == "coredns"
            else "system-node-critical",
        },
    }
