"""Nodes this project does not replace: what they are, and what their owner must do. Pure.

What a node is stands in its labels. Its name decides only where nobody read its labels, or where
they say nothing: owners of hybrid nodes choose any name, and a self-managed kubelet may be named
by its instance's id as those of Auto Mode are.
"""

from collections.abc import Mapping
from enum import StrEnum

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor

COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
"""Label that EKS puts on nodes which are no EC2 instances of the account's own:
https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-cluster-prep.html"""

KARPENTER = ("karpenter.sh/nodepool", "karpenter.sh/provisioner-name")
"""Labels of Karpenter's nodes, of its API since v1beta1 and before. Auto Mode's nodes have the
first one, too, and their compute type beside it."""


class Kind(StrEnum):
    """What a node is that no managed node group stands behind."""

    FARGATE = "Fargate"
    HYBRID = "hybrid"
    AUTO_MODE = "Auto Mode"
    KARPENTER = "Karpenter"
    SELF_MANAGED = "self-managed"
    UNKNOWN = "self-managed or Karpenter"


_BY_COMPUTE_TYPE = {"fargate": Kind.FARGATE, "hybrid": Kind.HYBRID, "auto": Kind.AUTO_MODE}


def kind_of(name: str, labels: Mapping[str, str] | None, *, auto_mode: bool) -> Kind:
    """What a node outside managed node groups is.

    Args:
        name: its name.
        labels: all its labels; None when nobody read them.
        auto_mode: whether EKS Auto Mode is on in its cluster.
    """
    labelled = _by_labels(labels or {})
    if labelled:
        return labelled
    if name.startswith("fargate-"):
        return Kind.FARGATE
    # SSM hybrid activations name nodes mi-..., see the user guide on hybrid nodes.
    if name.startswith("mi-"):
        return Kind.HYBRID
    if labels is not None:
        return Kind.SELF_MANAGED
    return Kind.AUTO_MODE if auto_mode and name.startswith("i-") else Kind.UNKNOWN


def _by_labels(labels: Mapping[str, str]) -> Kind | None:
    known = _BY_COMPUTE_TYPE.get(labels.get(COMPUTE_TYPE, ""))
    if known:
        return known
    return Kind.KARPENTER if any(key in labels for key in KARPENTER) else None


def other_compute_warnings(target: Minor, facts: ClusterFacts) -> tuple[str, ...]:
    """One warning for each kind of node that no managed node group stands behind."""
    loose = sorted(name for name, (_, group) in facts.kubelets.items() if group is None)
    nodes: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    for name in loose:
        kind = kind_of(name, facts.loose_labels.get(name), auto_mode=facts.auto_mode)
        nodes[kind].append(name)
    told = (_told(nodes[kind], kind, what.format(target=target)) for kind, what in _TO_DO.items())
    warnings = (_auto_mode(facts, nodes[Kind.AUTO_MODE]), *told)
    return tuple(text for text in warnings if text)


_BY_HAND = "replace self-managed ones by hand"
_BY_DRIFT = (
    "Karpenter replaces its own by drift when its EC2NodeClass follows the cluster's version"
)
_TO_DO = {
    Kind.FARGATE: "restart their workloads (kubectl rollout restart) once the control plane is at "
    "{target}: a Fargate kubelet is fixed when its pod starts",
    Kind.HYBRID: "upgrade them with nodeadm afterwards; AWS's APIs cannot",
    Kind.KARPENTER: _BY_DRIFT,
    Kind.SELF_MANAGED: "replace them by hand",
    Kind.UNKNOWN: f"{_BY_HAND}; {_BY_DRIFT}",
}


def _auto_mode(facts: ClusterFacts, nodes: list[str]) -> str:
    if not facts.auto_mode and not nodes:
        return ""
    return (
        f"EKS Auto Mode is {'on' if facts.auto_mode else 'off'} ({counted(len(nodes), 'node')}"
        " seen): EKS "
        "replaces its nodes itself after the control plane; this run neither drains nor waits for "
        "them"
    )


def _told(nodes: list[str], kind: Kind, what_to_do: str) -> str:
    if not nodes:
        return ""
    seen = (
        f"{agreeing(len(nodes), 'node')} outside managed node groups ({kind})"
        if kind in {Kind.SELF_MANAGED, Kind.UNKNOWN}
        else f"{kind} {agreeing(len(nodes), 'node')}"
    )
    return (
        f"{len(nodes)} {seen} {agreeing(len(nodes), 'is', 'are')} not replaced by this run,"
        f" {first_few(nodes)}: {what_to_do}"
    )
