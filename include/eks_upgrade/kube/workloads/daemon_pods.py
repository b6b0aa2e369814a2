"""What controllers write into pods that they make for one node, as DaemonSets do. Pure.

https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled
"""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.workloads.owner import Owner

CORDON_TAINT = "node.kubernetes.io/unschedulable"
"""The taint that a cordon puts on a node; who tolerates it may be scheduled there all the same."""


def starts_there_again(owner: Owner | None, *, pinned: bool, tolerates: bool) -> bool:
    """Whether a pod's controller would start it on the same node again, cordoned or not.

    Kubernetes' own DaemonSets do; and so do those that others have made (OpenKruise, Datadog),
    which give their pods the same affinity and tolerations.

    Args:
        owner: the pod's controller.
        pinned: `is_pinned` of its spec.
        tolerates: `tolerates_cordon` of its spec.
    """
    if owner is None:
        return False
    return owner.daemonset or (owner.daemonset_of_others and pinned and tolerates)


def is_pinned(spec: Raw) -> bool:
    """Whether required node affinity names a node, in each of its terms."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    terms = required.get("nodeSelectorTerms") or ()
    return bool(terms) and all(map(_names_one_node, terms))


def _names_one_node(term: Raw) -> bool:
    return any(
        one.get("key") == "metadata.name" and one.get("operator") == "In"
        for one in term.get("matchFields") or ()
    )


def tolerates_cordon(spec: Raw) -> bool:
    """Whether the scheduler puts such a pod on a cordoned node."""
    return any(map(_tolerates_cordon, spec.get("tolerations") or ()))


def _tolerates_cordon(toleration: Raw) -> bool:
    """As `v1helper.TolerationsTolerateTaint` judges the taint of a cordon."""
    if toleration.get("effect") not in (None, "", "NoSchedule"):
        return False
    key, operator = toleration.get("key"), toleration.get("operator", "Equal")
    return (not key and operator == "Exists") or key == CORDON_TAINT
