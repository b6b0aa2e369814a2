"""What a NodeConfig says, for nodeadm (Amazon Linux 2023). Pure.

nodeadm reads the first document of each of its parts and merges them in their order: the later
value counts, lists are replaced, and only the kubelet's flags add up
(https://github.com/awslabs/amazon-eks-ami, `nodeadm/internal/api/merge.go`).
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
_KNOWN = f"{_GROUP}v1alpha1"
"""The only version that nodeadm has (`nodeadm/api`); one that it does not know stops it."""
_TOP = frozenset(
    {"apiVersion", "kind", "metadata", "spec", "status", "MIME-Version", "Content-Type"}
)
"""Keys of a document; the last two are headers, where it stands in a message of a single part."""

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
    try:
        first, *others = list(yaml.safe_load_all(text)) or [None]
        reading = _read_document(first)
    except (yaml.YAMLError, TypeError, ValueError, AttributeError, KeyError):
        return Reading(style=NODEADM, broken="a NodeConfig that cannot be read")
    reading.extras += [
        f"document {number} of it, where nodeadm reads the first alone"
        for number, one in enumerate(others, start=2)
        if one is not None
    ]
    return reading


def _read_document(document: Any) -> Reading:
    if not _is_one(document) or document.get("kind") != "NodeConfig":
        kind = document.get("kind") if isinstance(document, dict) else type(document).__name__
        return Reading(
            style=NODEADM, broken=f"a NodeConfig that cannot be read, but for another kind ({kind})"
        )
    reading = Reading(style=NODEADM)
    version = str(document["apiVersion"])
    if version != _KNOWN:
        reading.unreadable = f"a NodeConfig of {version}, of which only {_KNOWN} is known here"
    spec = dict(document.get("spec") or {})
    cluster = dict(spec.pop("cluster", None) or {})
    kubelet = dict(spec.pop("kubelet", None) or {})
    for key, name in _OF_THE_CLUSTER.items():
        if cluster.get(key):
            reading.cluster[name] = str(cluster[key])
    others = {key: value for key, value in cluster.items() if key not in _OF_THE_CLUSTER}
    read_flags(_flags(kubelet.pop("flags", None) or ()), reading)
    _read_taints(kubelet.get("config"), reading)
    _read_gates(kubelet.get("config"), reading)
    reading.extras += [str(key) for key in document if key not in _TOP]  # for another reader
    for where, found in (("spec", spec), ("spec.kubelet", kubelet), ("spec.cluster", others)):
        reading.extras += [f"{where}.{key}" for key in found]
    return reading


def _flags(flags: Any) -> str:
    """One text, as nodeadm writes it for systemd: an item may hold several flags."""
    if not isinstance(flags, list | tuple) or not all(isinstance(one, str) for one in flags):
        raise TypeError("flags are a list of texts")
    return " ".join(flags)


def _read_taints(config: Any, reading: Reading) -> None:
    """Taints of the kubelet's own configuration; a flag puts itself in their place."""
    registered = config.get("registerWithTaints") if isinstance(config, Mapping) else None
    if registered and not reading.taints_by_flag:
        reading.taints = [
            Taint(str(one["key"]), str(one.get("value") or ""), str(one["effect"]))
            for one in registered
        ]


def _read_gates(config: Any, reading: Reading) -> None:
    """Feature gates of the kubelet; those under `spec.featureGates` are nodeadm's own."""
    gates = config.get("featureGates") if isinstance(config, Mapping) else None
    if isinstance(gates, Mapping):
        reading.gates = {str(name): str(value) for name, value in gates.items()}
