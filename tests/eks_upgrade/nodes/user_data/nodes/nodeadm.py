"""Nodes that nodeadm configures: the NodeConfig parts merged as it merges them.

https://github.com/awslabs/amazon-eks-ami, `nodeadm/internal/api/merge.go` and `configprovider/`:
only parts of nodeadm's own type count, of each only the first document; later values win, maps are
merged, lists replaced, flags of the kubelet added up.
"""

from typing import Any

import yaml

from tests.eks_upgrade.nodes.user_data.nodes import amazon_linux
from tests.eks_upgrade.nodes.user_data.nodes.kubelet import KubeletStops, Node, start_kubelet

_FACTS = {
    "name": "name",
    "apiServerEndpoint": "endpoint",
    "certificateAuthority": "authority",
    "cidr": "cidr",
}


def boot(text: str) -> Node:
    """What cloud-init does on Amazon Linux 2023, and then nodeadm."""
    documents = _documents(text)
    node = Node() if documents is None else amazon_linux.boot(text)
    if documents is None:
        documents = [text]
    # There is no bootstrap.sh on Amazon Linux 2023 but one that says so.
    node.joins, node.cluster, node.labels, node.taints = False, {}, {}, {}
    node.flags, node.config = [], {}
    merged: dict[str, Any] = {}
    for document in documents:
        merged = _merged(merged, _spec(document))
    _configure(node, merged)
    return node


def _documents(text: str) -> list[str] | None:
    """Texts of nodeadm's parts; None for user data that is a NodeConfig as a whole."""
    if "mime-version:" not in text[:4096].lower():
        return [] if text.lstrip().startswith("#!") else None
    parts = amazon_linux.parts_that_cloud_init_takes(text)
    return [body for kind, _, body in parts if kind == "application/node.eks.aws"]


def _spec(text: str) -> dict[str, Any]:
    document = next(iter(yaml.safe_load_all(text)), None)
    if not isinstance(document, dict) or document.get("kind") != "NodeConfig":
        raise KubeletStops("no NodeConfig")
    return document.get("spec") or {}


def _merged(before: Any, after: Any, at: str = "") -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return {
            key: _merged(before.get(key), after.get(key), f"{at}.{key}") if key in after
            else before[key]
            for key in keys
        }  # fmt: skip
    if at == ".kubelet.flags":
        return [*(before or []), *(after or [])]
    return before if after in (None, "", [], {}) else after


def _configure(node: Node, spec: dict[str, Any]) -> None:
    cluster, kubelet = dict(spec.pop("cluster", {})), dict(spec.pop("kubelet", {}))
    for key, name in _FACTS.items():
        value = cluster.pop(key, None)
        if value:
            node.cluster[name] = str(value)
    node.joins = len(node.cluster) == len(_FACTS)
    config = dict(kubelet.pop("config", None) or {})
    for taint in config.pop("registerWithTaints", None) or ():
        node.taints[taint["key"], taint["effect"]] = taint.get("value") or ""
    start_kubelet(node, " ".join(kubelet.pop("flags", None) or ()))
    node.config = {"cluster": cluster, "kubelet": kubelet, "config": config} | spec
    node.config = {key: value for key, value in node.config.items() if value}
