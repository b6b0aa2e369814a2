"""Nodes this project does not replace: what they are, and what their owner must do. Pure.

What a node is stands in its labels. Its name decides only where nobody read its labels, or where
they say nothing: owners of hybrid nodes choose any name, and a self-managed kubelet may be named
by its instance's id as those of Auto Mode are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.counting import agreeing
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor, read_minor

COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
"""Label that EKS puts on nodes which are no EC2 instances of the account's own:
https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-cluster-prep.html"""

KARPENTER = ("karpenter.sh/nodepool", "karpenter.sh/provisioner-name")
"""Labels of Karpenter's nodes, of its API since v1beta1 and before. Auto Mode's nodes have the
first one, too, and their compute type beside it."""


EKSCTL_GROUP = "alpha.eksctl.io/nodegroup-name"
"""Label of the nodes that eksctl makes, of managed groups and of its own kind."""

_HYBRID_PROVIDER = "eks-hybrid:///"
"""`eks-hybrid:///<region>/<cluster>/<node>`: https://github.com/aws/eks-hybrid"""

_EC2_PROVIDER = "aws:///"
"""`aws:///<zone>/<instance>`; of Fargate `aws:///<zone>/<a number>/fargate-ip-…`."""


class Kind(StrEnum):
    """What a node is that no managed node group stands behind."""

    FARGATE = "Fargate"
    HYBRID = "hybrid"
    AUTO_MODE = "Auto Mode"
    KARPENTER = "Karpenter"
    SELF_MANAGED = "self-managed"
    UNKNOWN = "self-managed or Karpenter"


_BY_COMPUTE_TYPE = {"fargate": Kind.FARGATE, "hybrid": Kind.HYBRID, "auto": Kind.AUTO_MODE}


def kind_of(
    name: str, labels: Mapping[str, str] | None, provider_id: str = "", *, auto_mode: bool
) -> Kind:
    """What a node outside managed node groups is.

    Args:
        name: its name.
        labels: all its labels; None when nobody read them.
        provider_id: its `spec.providerID`; empty where nobody read it, or nothing set it.
        auto_mode: whether EKS Auto Mode is on in its cluster.
    """
    labelled = _by_labels(labels or {})
    if labelled:
        return labelled
    if provider_id.startswith(_HYBRID_PROVIDER):
        return Kind.HYBRID
    if provider_id.rpartition("/")[2].startswith("fargate-") or name.startswith("fargate-"):
        return Kind.FARGATE
    # SSM hybrid activations name nodes mi-..., see the user guide on hybrid nodes. What has an
    # instance of EC2 behind it is none, whatever its owner named it.
    if name.startswith("mi-") and not provider_id.startswith(_EC2_PROVIDER):
        return Kind.HYBRID
    if labels is not None:
        return Kind.SELF_MANAGED
    return Kind.AUTO_MODE if auto_mode and name.startswith("i-") else Kind.UNKNOWN


def eksctl_group(labels: Mapping[str, str]) -> str:
    """The unmanaged node group of eksctl that made a node; empty for any other node."""
    return labels.get(EKSCTL_GROUP, "")


def _by_labels(labels: Mapping[str, str]) -> Kind | None:
    known = _BY_COMPUTE_TYPE.get(labels.get(COMPUTE_TYPE, ""))
    if known:
        return known
    return Kind.KARPENTER if any(key in labels for key in KARPENTER) else None


@dataclass(frozen=True)
class OtherNodes:
    """The nodes of one kind that no managed node group stands behind, by their names."""

    kind: Kind
    names: tuple[str, ...]
    eksctl_groups: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """How many there are, and that nothing is done with them, in a sentence."""
        number, nodes = len(self.names), agreeing(len(self.names), "node")
        seen = f"{self.kind} {nodes}"
        if self.kind in {Kind.SELF_MANAGED, Kind.UNKNOWN}:
            seen = f"{nodes} outside managed node groups ({self.kind}{self._made_by()})"
        return (
            f"{number} {seen} {agreeing(number, 'is', 'are')} not replaced by this run,"
            f" {first_few(self.names)}"
        )

    def to_do(self, target: Minor) -> str:
        """What their owner must do, or need not."""
        if self.eksctl_groups:
            return _WITH_EKSCTL
        return _TO_DO[self.kind].format(target=target)

    def _made_by(self) -> str:
        if not self.eksctl_groups:
            return ""
        groups = agreeing(len(self.eksctl_groups), "group")
        return f", eksctl's node {groups} {first_few(self.eksctl_groups)}"


def other_nodes(target: Minor, facts: ClusterFacts) -> tuple[OtherNodes, ...]:
    """Those whose kubelets are not at the target yet, by kind, in the order of `Kind`."""
    nodes: dict[Kind, list[str]] = {}
    for name in sorted(name for name, (_, group) in facts.kubelets.items() if group is None):
        labels, provider = facts.loose_labels.get(name), facts.loose_providers.get(name, "")
        kind = kind_of(name, labels, provider, auto_mode=facts.auto_mode)
        minor = read_minor(facts.kubelets[name][0])
        if minor is None or minor < target:
            nodes.setdefault(kind, []).append(name)
    return tuple(_others(kind, nodes[kind], facts) for kind in Kind if kind in nodes)


def _others(kind: Kind, names: list[str], facts: ClusterFacts) -> OtherNodes:
    labels = [facts.loose_labels.get(name) or {} for name in names]
    groups = {group for one in labels if (group := eksctl_group(one))}
    made = kind is Kind.SELF_MANAGED and all(map(eksctl_group, labels))
    return OtherNodes(kind, tuple(names), tuple(sorted(groups)) if made else ())


_BY_HAND = "replace self-managed ones by hand"
_BY_DRIFT = (
    "Karpenter replaces its own by drift when its EC2NodeClass follows the cluster's version"
)
_TO_DO = {
    Kind.FARGATE: "restart their workloads (kubectl rollout restart) once the control plane is at "
    "{target}: a Fargate kubelet is fixed when its pod starts",
    Kind.HYBRID: "upgrade them with nodeadm afterwards; AWS's APIs cannot",
    Kind.AUTO_MODE: "nothing: EKS replaces them itself after the control plane, within the budgets "
    "of their node pools; this run neither drains nor waits for them",
    Kind.KARPENTER: _BY_DRIFT,
    Kind.SELF_MANAGED: "replace them by hand",
    Kind.UNKNOWN: f"{_BY_HAND}; {_BY_DRIFT}",
}
_WITH_EKSCTL = (
    "make a new group beside each (eksctl create nodegroup, with the version of the control plane),"
    " drain the old one and delete it (eksctl delete nodegroup)"
)
