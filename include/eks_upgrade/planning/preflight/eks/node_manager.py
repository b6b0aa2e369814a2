"""Whether EKS may manage nodes of managed groups inside the cluster. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.readings.nodes.node_access import MANAGER_ACCESS, NODE_MANAGER
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.seen import Seen

_SOURCE = "https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html"
_NEEDED = {
    "pods": ("get", "list", "watch", "delete"),
    "nodes": ("get", "list", "watch", "patch"),
    "pods/eviction": ("create",),
}
"""Verbs by resource, as EKS makes the ClusterRole: tests/recordings/aws has it."""

_WITHOUT = (
    "EKS manages nodes of managed groups as the user eks:node-manager, and without it reports "
    "AccessDenied: a new group does not become ACTIVE"
)
_REMEDY = f"make it as {_SOURCE} shows (heading about AccessDenied of managed node groups)"


def _judge(seen: Seen) -> Iterator[Finding]:
    if not groups_to_roll(seen.request, seen.target, seen.facts):
        return
    access = seen.of(MANAGER_ACCESS)
    if access.role is None:
        what = f"there is no such ClusterRole. {_WITHOUT}"
        yield Finding(Severity.BLOCKS, f"ClusterRole {NODE_MANAGER}", what, _REMEDY)
    elif missing := _missing(access.role):
        what = f"it does not allow {first_few(missing)}, which EKS's own allows. {_WITHOUT}"
        yield Finding(Severity.WARNS, f"ClusterRole {NODE_MANAGER}", what, _REMEDY)
    if access.binding is None:
        what = f"there is no such ClusterRoleBinding. {_WITHOUT}"
        yield Finding(Severity.BLOCKS, f"ClusterRoleBinding {NODE_MANAGER}", what, _REMEDY)
    elif not _binds(access.binding):
        what = f"it does not bind the ClusterRole of this name to the user of this name. {_WITHOUT}"
        yield Finding(Severity.BLOCKS, f"ClusterRoleBinding {NODE_MANAGER}", what, _REMEDY)


def _missing(role: Raw) -> list[str]:
    return [
        f"{verb} {resource}"
        for resource, verbs in _NEEDED.items()
        for verb in verbs
        if not any(_allows(rule, verb, resource) for rule in role.get("rules") or ())
    ]


def _allows(rule: Raw, verb: str, resource: str) -> bool:
    return (
        not rule.get("resourceNames")
        and bool({"", "*"} & set(rule.get("apiGroups") or ()))
        and bool({resource, "*"} & set(rule.get("resources") or ()))
        and bool({verb, "*"} & set(rule.get("verbs") or ()))
    )


def _binds(binding: Raw) -> bool:
    subjects = binding.get("subjects") or ()
    return (binding.get("roleRef") or {}).get("name") == NODE_MANAGER and any(
        (one.get("kind"), one.get("name")) == ("User", NODE_MANAGER) for one in subjects
    )


CHECK = Check(
    "eks_node_manager",
    "May EKS manage nodes inside the cluster (eks:node-manager)?",
    _SOURCE,
    _judge,
)
