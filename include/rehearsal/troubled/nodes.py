"""Nodes and parts of the troubled cluster that are of no managed node group and no add-on."""

from typing import Any

from include.rehearsal.workloads import Manifest

_KEPT_FREE = [{"key": "example.com/own", "effect": "NoSchedule"}]
"""Nothing of the rehearsal's is to run on machines that are not there."""

_OLD_KUBE_PROXY = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.32.6-minimal"
_SETTINGS = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"


def nodes() -> list[Manifest]:
    """A self-managed node of an old system, and one of Karpenter's, whose image is pinned."""
    made_by = {"nodeClassRef": {"kind": "EC2NodeClass", "name": "pinned"}}
    return [
        _node("ip-10-9-9-8", {"team": "data"}, "v1.32.9-eks-abc", "Amazon Linux 2"),
        _node(
            "ip-10-9-9-9",
            {"karpenter.sh/nodepool": "batch"},
            "v1.35.3-eks-abc",
            "Amazon Linux 2023.6.20250115",
        ),
        {
            "kind": "NodePool",
            "metadata": {"name": "batch"},
            "spec": {"template": {"spec": made_by}},
        },
        {
            "kind": "EC2NodeClass",
            "metadata": {"name": "pinned"},
            "spec": {"amiSelectorTerms": [{"id": "ami-0123456789abcdef0"}]},
        },
    ]


def parts() -> list[Manifest]:
    """Karpenter, metrics-server and kube-proxy as somebody installed them years ago."""
    return [
        _deployment("karpenter", "public.ecr.aws/karpenter/controller:1.5.0"),
        _deployment("metrics-server", "registry.k8s.io/metrics-server/metrics-server:v0.6.4"),
        _kube_proxy(),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "kube-proxy-config", "namespace": "kube-system"},
            "data": {"config": f'{_SETTINGS}mode: "ipvs"\n'},
        },
    ]


def _node(name: str, labels: dict[str, str], kubelet: str, system: str) -> Manifest:
    info: dict[str, Any] = {
        "kubeletVersion": kubelet,
        "osImage": system,
        "containerRuntimeVersion": "containerd://1.7.27",
    }
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": f"aws:///eu-west-1a/i-{name}", "taints": _KEPT_FREE},
        "status": {"nodeInfo": info},
    }


def _kube_proxy() -> Manifest:
    made = _workload("DaemonSet", "kube-proxy", _OLD_KUBE_PROXY)
    (container,) = made["spec"]["template"]["spec"]["containers"]
    container["command"] = ["kube-proxy", "--v=2", "--config=/var/lib/kube-proxy-config/config"]
    return made


def _deployment(name: str, image: str) -> Manifest:
    made = _workload("Deployment", name, image)
    made["spec"]["replicas"] = 1
    return made


def _workload(kind: str, name: str, image: str) -> Manifest:
    labels = {"app": name}
    pod: dict[str, Any] = {"containers": [{"name": name, "image": image}]}
    if kind == "DaemonSet":
        pod["tolerations"] = [{"operator": "Exists"}]
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
