"""Nodes this project does not replace: what they are, and what their owner must do."""

from collections.abc import Callable

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor


def other_compute_warnings(target: Minor, facts: ClusterFacts) -> tuple[str, ...]:
    """One warning for each kind of node that no managed node group stands behind."""
    loose = sorted(name for name, (_, group) in facts.kubelets.items() if group is None)
    fargate = _take(loose, lambda name: name.startswith("fargate-"))
    # SSM hybrid activations name nodes mi-..., see the user guide on hybrid nodes.
    hybrid = _take(loose, lambda name: name.startswith("mi-"))
    # Auto Mode names a node by its instance id; nobody else does so by default.
    auto = _take(loose, lambda name: facts.auto_mode and name.startswith("i-"))
    warnings = (
        _auto_mode(facts, auto),
        _told(
            fargate,
            "Fargate node(s)",
            f"restart their workloads (kubectl rollout restart) once the control plane is at "
            f"{target}: a Fargate kubelet is fixed when its pod starts",
        ),
        _told(
            hybrid,
            "hybrid node(s)",
            "upgrade them with nodeadm afterwards; AWS's APIs cannot",
        ),
        _told(
            loose,
            "node(s) outside managed node groups (self-managed or Karpenter)",
            "replace self-managed ones by hand; Karpenter replaces its own by drift when its "
            "EC2NodeClass follows the cluster's version",
        ),
    )
    return tuple(text for text in warnings if text)


def _auto_mode(facts: ClusterFacts, nodes: list[str]) -> str:
    if not facts.auto_mode:
        return ""
    return (
        f"EKS Auto Mode is on ({len(nodes)} node(s) seen): EKS replaces its nodes itself after "
        "the control plane; this run neither drains nor waits for them"
    )


def _told(nodes: list[str], kind: str, what_to_do: str) -> str:
    if not nodes:
        return ""
    return f"{len(nodes)} {kind} are not replaced by this run, {first_few(nodes)}: {what_to_do}"


def _take(names: list[str], fits: Callable[[str], bool]) -> list[str]:
    """Move the names that fit out of the list."""
    taken = [name for name in names if fits(name)]
    names[:] = [name for name in names if not fits(name)]
    return taken
