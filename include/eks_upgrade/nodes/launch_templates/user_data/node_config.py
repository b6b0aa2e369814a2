"""What the NodeConfig documents of a text say, for nodeadm (Amazon Linux 2023). Pure.

nodeadm merges all documents in their order, the later one counts:
https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/examples/
"""

from collections.abc import Mapping
from typing import Any

import yaml

from include.eks_upgrade.nodes.launch_templates.user_data.kubelet_flags import read_flags
from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    AUTHORITY,
    CIDR,
    ENDPOINT,
    NAME,
    NODEADM,
    Reading,
)
from include.eks_upgrade.nodes.launch_templates.user_data.taints import Taint

_GROUP = "node.eks.aws/"
_OF_THE_CLUSTER = {
    "name": NAME,
    "apiServerEndpoint": ENDPOINT,
    "certificateAuthority": AUTHORITY,
    "cidr": CIDR,
}
NEEDED = tuple(_OF_THE_CLUSTER.values())
"""What nodeadm needs to know of the cluster."""


def is_node_config(text: str) -> bool:
    """Whether a text is YAML and one of its documents is nodeadm's."""
    try:
        return any(_is_one(document) for document in yaml.safe_load_all(text))
    except yaml.YAMLError:
        return False


def _is_one(document: Any) -> bool:
    return isinstance(document, dict) and str(document.get("apiVersion", "")).startswith(_GROUP)


def read_node_config(text: str) -> Reading:
    """Read a part that nodeadm reads."""
    reading = Reading(style=NODEADM)
    try:
        for document in yaml.safe_load_all(text):
            _read_document(document, reading)
    except (yaml.YAMLError, TypeError, ValueError, AttributeError):
        return Reading(style=NODEADM, unreadable="a NodeConfig that cannot be read")
    return reading


def _read_document(document: Any, reading: Reading) -> None:
    if document is None:
        return
    if not _is_one(document) or document.get("kind") != "NodeConfig":
        kind = document.get("kind") if isinstance(document, dict) else type(document).__name__
        reading.extras.append(f"a document that is no NodeConfig ({kind})")
        return
    spec = dict(document.get("spec") or {})
    cluster = dict(spec.pop("cluster", None) or {})
    kubelet = dict(spec.pop("kubelet", None) or {})
    for key, name in _OF_THE_CLUSTER.items():
        if cluster.get(key):
            reading.cluster[name] = str(cluster[key])
    others = {key: value for key, value in cluster.items() if key not in _OF_THE_CLUSTER}
    read_flags([str(flag) for flag in kubelet.pop("flags", None) or ()], reading)
    _read_taints(kubelet.get("config"), reading)
    for where, found in (("spec", spec), ("spec.kubelet", kubelet), ("spec.cluster", others)):
        reading.extras += [f"{where}.{key}" for key in found]


def _read_taints(config: Any, reading: Reading) -> None:
    """Taints of the kubelet's own configuration; a flag would put itself in their place."""
    registered = config.get("registerWithTaints") if isinstance(config, Mapping) else None
    if registered and not reading.taints:
        reading.taints = [
            Taint(str(one["key"]), str(one.get("value") or ""), str(one["effect"]))
            for one in registered
        ]
