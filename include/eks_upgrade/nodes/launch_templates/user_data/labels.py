"""Which labels a kubelet gives to its node. Pure.

A kubelet does not start when told others: kubernetes, `cmd/kubelet/app/options/options.go` and
`pkg/kubelet/apis/well_known_labels.go`.
"""

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)
_OF_KUBERNETES = (".kubernetes.io", ".k8s.io")
_OF_KUBELETS = (".kubelet.kubernetes.io", ".node.kubernetes.io")
_ALLOWED = frozenset(
    {
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
)


def is_key(key: str) -> bool:
    """Whether Kubernetes takes it for the key of a label or taint."""
    prefix, slash, name = key.rpartition("/")
    return bool(_NAME.fullmatch(name) and (not slash or _PREFIX.fullmatch(prefix)))


def is_value(value: str) -> bool:
    """Whether Kubernetes takes it for the value of a label or taint."""
    return not value or bool(_NAME.fullmatch(value))


def kubelet_may_set(key: str) -> bool:
    """Whether a kubelet may give itself the label (the NodeRestriction rule)."""
    prefix, slash, _ = key.partition("/")
    if not slash or key in _ALLOWED or f".{prefix}".endswith(_OF_KUBELETS):
        return True
    return not f".{prefix}".endswith(_OF_KUBERNETES)


def label_problem(key: str, value: str) -> bool:
    """Whether a kubelet does not start with the label."""
    return not (is_key(key) and is_value(value) and kubelet_may_set(key))


def registered_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels a kubelet may give itself; EKS sets those of the node group once it has joined."""
    return {key: value for key, value in labels.items() if kubelet_may_set(key)}
