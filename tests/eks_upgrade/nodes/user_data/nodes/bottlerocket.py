"""Nodes of Bottlerocket: TOML and nothing else (https://bottlerocket.dev/en/os/latest/)."""

import tomllib

from tests.eks_upgrade.nodes.user_data.nodes.kubelet import (
    KubeletStops,
    Node,
    check_label,
    taints_of,
)

_FACTS = {
    "cluster-name": "name",
    "api-server": "endpoint",
    "cluster-certificate": "authority",
    "cluster-dns-ip": "dns",
}


def boot(text: str) -> Node:
    """What the settings make of a node; none without the three facts that it needs."""
    loaded = tomllib.loads(text)
    settings = loaded.pop("settings", {})
    if loaded:
        raise KubeletStops("Bottlerocket takes settings only")
    node, kubernetes = Node(), dict(settings.pop("kubernetes", {}))
    for key, name in _FACTS.items():
        value = kubernetes.pop(key, None)
        if value:
            node.cluster[name] = ",".join(value) if isinstance(value, list) else value
    node.joins = {"name", "endpoint", "authority"} <= set(node.cluster)
    for key, value in kubernetes.pop("node-labels", {}).items():
        if not isinstance(value, str):
            raise KubeletStops(f"label {key}")
        check_label(key, value)
        node.labels[key] = value
    for key, values in kubernetes.pop("node-taints", {}).items():
        for one in [values] if isinstance(values, str) else values:
            value, _, effect = one.rpartition(":")
            node.taints |= taints_of(f"{key}={value}:{effect}")
    node.config = {"kubernetes": kubernetes} if kubernetes else {}
    node.config |= settings
    return node
