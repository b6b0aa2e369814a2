"""What a kubelet makes of its flags and its configuration; written without the product's reader.

Flags: k8s.io/component-base `cli/flag/map_string_string.go` (labels add up), kubernetes
`pkg/util/flag/flags.go` (of taints the last flag counts), `cmd/kubelet/app/options/options.go`
(which labels a kubelet may give itself).
"""

import re
import shlex
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?", re.ASCII)
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_OWN = ("kubelet.kubernetes.io", "node.kubernetes.io")
_ALLOWED = {
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
}
_EFFECTS = {"NoSchedule", "PreferNoSchedule", "NoExecute"}


class KubeletStops(Exception):
    """The kubelet does not start with this."""


@dataclass
class Node:
    """A node as its user data made it.

    Attributes:
        joins: whether anything made it join.
        cluster: name, endpoint, authority, cidr and dns; only what it was told.
        taints: (key, effect) to value.
        flags: other flags of the kubelet, in their order.
        config: all other settings: the kubelet's, the disks', containerd's.
        commands: what else was run, in order.
    """

    joins: bool = False
    cluster: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    taints: dict[tuple[str, str], str] = field(default_factory=dict)
    flags: list[tuple[str, str]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)


def start_kubelet(node: Node, command_line: str) -> None:
    """Give the node what the flags say; systemd splits them at blanks, respecting quotes."""
    try:
        words = shlex.split(command_line)
    except ValueError as error:
        raise KubeletStops("a quote is not closed") from error
    while words:
        name, equals, value = words.pop(0).partition("=")
        name = name.replace("_", "-")
        takes_next = name in {"--node-labels", "--register-with-taints"}
        if not name.startswith("--"):
            raise KubeletStops(f"argument {name}")
        if not equals and words and (takes_next or not words[0].startswith("-")):
            value = words.pop(0)
        if name == "--node-labels":
            node.labels |= labels_of(value)
        elif name == "--register-with-taints":
            node.taints = taints_of(value)
        else:
            node.flags.append((name, value))


def labels_of(text: str) -> dict[str, str]:
    labels = {}
    for pair in filter(None, text.split(",")):
        key, equals, value = pair.partition("=")
        key, value = key.strip(), value.strip()
        if not equals:
            raise KubeletStops(f"label {pair}")
        check_label(key, value)
        labels[key] = value
    return labels


def check_label(key: str, value: str) -> None:
    _check_key(key)
    if value and not _NAME.fullmatch(value):
        raise KubeletStops(f"label {key}={value}")
    prefix = key.rpartition("/")[0]
    of_kubernetes = f".{prefix}".endswith((".kubernetes.io", ".k8s.io"))
    its_own = f".{prefix}".endswith(tuple(f".{one}" for one in _OWN))
    if of_kubernetes and not its_own and key not in _ALLOWED:
        raise KubeletStops(f"label {key}")


def _check_key(key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if not _NAME.fullmatch(name) or (slash and not _PREFIX.fullmatch(prefix)):
        raise KubeletStops(f"key {key}")


def taints_of(text: str) -> dict[tuple[str, str], str]:
    taints: dict[tuple[str, str], str] = {}
    for one in text.split(",") if text else ():
        pair, colon, effect = one.partition(":")
        key, _, value = pair.partition("=")
        _check_key(key)
        if not colon or effect not in _EFFECTS or (value and not _NAME.fullmatch(value)):
            raise KubeletStops(f"taint {one}")
        if (key, effect) in taints:
            raise KubeletStops(f"taint {one} twice")
        taints[key, effect] = value
    return taints
