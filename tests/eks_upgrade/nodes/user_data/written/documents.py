"""NodeConfigs and settings as people write them, whole and in part."""

import json

import yaml
from hypothesis import strategies as st

from tests.eks_upgrade.nodes.user_data.given import CA, ENDPOINT, GROUP
from tests.eks_upgrade.nodes.user_data.written.kubelet_flags import kubelet_flags

_CLUSTER = {
    "name": "orchid",
    "apiServerEndpoint": ENDPOINT,
    "certificateAuthority": CA,
    "cidr": "172.20.0.0/16",
}
_CONFIG = {
    "maxPods": 58,
    "evictionHard": {"memory.available": "5%"},
    "kubeReserved": {"cpu": "100m"},
    "registerWithTaints": [{"key": "config", "value": "a", "effect": "NoSchedule"}],
    "featureGates": {"X": True},
}
_SPEC = {
    "instance": {"localStorage": {"strategy": "RAID0"}},
    "containerd": {"config": "[plugins]\n"},
    "featureGates": {"InstanceIdNodeName": True},
}


@st.composite
def node_configs(draw):
    """The text of one NodeConfig; any part of it may be missing."""
    simple = draw(st.booleans())
    spec = {} if simple else dict(draw(_some_of(_SPEC, most=1)))
    cluster = dict(_CLUSTER) if draw(st.booleans()) else draw(_some_of(_CLUSTER))
    if cluster:
        spec["cluster"] = cluster
    kubelet = {}
    config = {} if simple else draw(_some_of(_CONFIG, most=2))
    if config:
        kubelet["config"] = config
    flags = draw(kubelet_flags(careful=draw(st.integers(0, 9)) > 0, others=not simple))
    if flags:
        kubelet["flags"] = _listed(draw, flags)
    if kubelet:
        spec["kubelet"] = kubelet
    document = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    if draw(st.integers(0, 20)) == 0:
        document["kind"] = "NodeConfigs"
    text = _dumped(draw, document)
    return text if draw(st.integers(0, 12)) else f"{text}---\n{_dumped(draw, document)}"


def _listed(draw, flags):
    """An item for each flag, or for each word, or one for all."""
    how = draw(st.sampled_from(("each", "each", "words", "one")))
    if how == "words":
        return [word for flag in flags for word in flag.split(" ")]
    return flags if how == "each" else [" ".join(flags)]


def _dumped(draw, document):
    how = draw(st.sampled_from(("block", "block", "flow", "json", "marked")))
    if how == "json":
        return json.dumps(document) + "\n"
    text = yaml.safe_dump(document, sort_keys=False, default_flow_style=how == "flow", width=200)
    return f"---\n{text}" if how == "marked" else text


@st.composite
def _some_of(draw, offered, most=None):
    keys = draw(st.lists(st.sampled_from(sorted(offered)), unique=True, max_size=most or 9))
    return {key: offered[key] for key in keys}


_KUBERNETES = {
    "cluster-name": "orchid",
    "api-server": ENDPOINT,
    "cluster-certificate": CA,
    "cluster-dns-ip": "172.20.0.10",
    "max-pods": 58,
    "eviction-hard": {"memory.available": "15%"},
    "system-reserved": {"cpu": "10m"},
}
_SETTINGS = {
    "ntp": {"time-servers": ["169.254.169.123"]},
    "host-containers": {"admin": {"enabled": True}},
    "kernel": {"sysctl": {"vm.max_map_count": "262144"}},
}
_TOML_LABELS = {
    "team": "a",
    "example.com/tier": "",
    GROUP: "pool",
    f"{GROUP}-image": "ami-1",
    "eks.amazonaws.com/sourceLaunchTemplateId": "lt-1",
    "eks.amazonaws.com/sourceLaunchTemplateVersion": "3",
    "node-role.kubernetes.io/x": "y",
    "number": 5,
}
_TOML_TAINTS = {
    "dedicated": ["a:NoSchedule", ":NoExecute"],
    "x": "y:NoSchedule",
    "bad": ["a"],
}
_ALL_FOUR = ("cluster-name", "api-server", "cluster-certificate", "cluster-dns-ip")


@st.composite
def settings_texts(draw):
    """Bottlerocket's TOML, in one of the ways that TOML has for tables."""
    kubernetes = dict(draw(_some_of(_KUBERNETES)))
    if draw(st.booleans()):
        kubernetes |= {key: _KUBERNETES[key] for key in _ALL_FOUR}
    usual = sorted(_TOML_LABELS)[: -2 if draw(st.booleans()) else None]
    labels = draw(_some_of({key: _TOML_LABELS[key] for key in usual}))
    taints = draw(_some_of(_TOML_TAINTS, most=2))
    if labels:
        kubernetes["node-labels"] = labels
    if taints:
        kubernetes["node-taints"] = taints
    settings = {"kubernetes": kubernetes} | draw(_some_of(_SETTINGS, most=1))
    return draw(st.sampled_from((_dotted, _tables, _inline)))(settings)


def _key(key):
    return key if key.replace("-", "").isalnum() else json.dumps(key)


def _value(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def _dotted(settings, prefix="settings"):
    lines = ""
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            lines += _dotted(value, f"{prefix}.{_key(key)}")
        else:
            lines += f"{prefix}.{_key(key)} = {_value(value)}\n"
    return lines


def _tables(settings, prefix="settings"):
    tables = {key: value for key, value in settings.items() if isinstance(value, dict)}
    lines = f"[{prefix}]\n"
    for key, value in settings.items():
        if key not in tables:
            lines += f"{_key(key)} = {_value(value)}\n"
    return lines + "".join(_tables(value, f"{prefix}.{_key(key)}") for key, value in tables.items())


def _inline(settings):
    return "[settings]\n" + "".join(f"{_key(k)} = {_value(v)}\n" for k, v in settings.items())
