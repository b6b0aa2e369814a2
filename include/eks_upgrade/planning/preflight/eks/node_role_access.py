"""Whether the cluster lets nodes of the groups' roles in: access entry or aws-auth. Pure.

EKS itself makes what a managed group needs when the group is made; who keeps access entries or
aws-auth in a repository takes it away again, and then new nodes never join.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from include.eks_upgrade.aws.readings.cluster_surroundings import ACCESS_ENTRIES
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.readings.nodes.node_access import AWS_AUTH
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.seen import Seen

_OF_NODES = frozenset({"EC2_LINUX", "EC2_WINDOWS", "EC2"})
_GROUPS = ("system:bootstrappers", "system:nodes")
_LET_IN = "nodes of that role are not let into the cluster"
_ENTRY_REMEDY = (
    "aws eks create-access-entry --cluster-name {cluster} --principal-arn {role} --type {type}, "
    "and keep it in whatever manages the access entries"
)
_MAP_REMEDY = (
    "let mapRoles of the ConfigMap kube-system/aws-auth have rolearn {role}, username "
    "system:node:{{{{EC2PrivateDNSName}}}} and the groups " + " and ".join(_GROUPS)
)


def _judge(seen: Seen) -> Iterator[Finding]:
    roles: dict[str, list[str]] = {}
    for name in groups_to_roll(seen.request, seen.target, seen.facts):
        group = seen.facts.node_groups[name]
        roles.setdefault(str(group.get("nodeRole") or ""), []).append(name)
    mode = (seen.facts.cluster.get("accessConfig") or {}).get("authenticationMode", "CONFIG_MAP")
    for role, groups in roles.items():
        if role:
            yield from _of_role(role, groups, mode, seen)


def _of_role(role: str, groups: list[str], mode: str, seen: Seen) -> Iterator[Finding]:
    entry = None if mode == "CONFIG_MAP" else seen.of(ACCESS_ENTRIES).get(role)
    subject = f"role {role}"
    if entry is not None and entry not in _OF_NODES:
        yield Finding(
            Severity.BLOCKS,
            subject,
            f"it is the role of {_named(groups)}, and its access entry is of the type {entry}, "
            f"which goes before aws-auth: {_LET_IN}",
            f"delete that entry, then: {_entry_remedy(role, groups, seen)}",
        )
        return
    if entry is not None:
        return
    if mode == "API":
        what = f"it is the role of {_named(groups)}, and has no access entry: {_LET_IN}"
        what += ". EKS makes one with a new managed group; something may take it away again"
        yield Finding(Severity.WARNS, subject, what, _entry_remedy(role, groups, seen))
        return
    why = _why_not_mapped(role, seen.of(AWS_AUTH))
    if why:
        either = "has no access entry, and " if mode != "CONFIG_MAP" else ""
        what = f"it is the role of {_named(groups)}, {either}{why}: {_LET_IN}"
        what += ". EKS lets it in with a new managed group; something may take that away again"
        yield Finding(Severity.WARNS, subject, what, _MAP_REMEDY.format(role=without_path(role)))


def _named(groups: list[str]) -> str:
    return f"node group{'' if len(groups) == 1 else 's'} {first_few(groups)}"


def _entry_remedy(role: str, groups: list[str], seen: Seen) -> str:
    windows = any(
        str(seen.facts.node_groups[name].get("amiType")).startswith("WINDOWS") for name in groups
    )
    return _ENTRY_REMEDY.format(
        cluster=seen.facts.cluster["name"],
        role=role,
        type="EC2_WINDOWS" if windows else "EC2_LINUX",
    )


def without_path(role: str) -> str:
    """A role's ARN as aws-auth wants it: the authenticator takes none with a path.

    https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting_iam.html
    """
    head, _, path = role.partition(":role/")
    return f"{head}:role/{path.rpartition('/')[2]}"


def _why_not_mapped(role: str, text: str | None) -> str:
    """What keeps aws-auth from letting the role in as nodes; empty when it does."""
    if text is None:
        return "there is no ConfigMap aws-auth"
    try:
        listed = yaml.safe_load(text) or []
    except yaml.YAMLError:
        return "mapRoles in aws-auth is no YAML, so that it maps nobody"
    rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    wanted = without_path(role)
    mapped = [one for one in rows if str(one.get("rolearn") or "").strip() == wanted]
    if mapped:
        return "" if any(_are_nodes(one) for one in mapped) else _not_as_nodes(mapped[0])
    if wanted != role and any(str(one.get("rolearn") or "").strip() == role for one in rows):
        return "aws-auth names it with its path, which the authenticator does not take"
    return "aws-auth does not name it"


def _are_nodes(row: Mapping[str, Any]) -> bool:
    named = str(row.get("username") or "").startswith("system:node:")
    return named and set(_GROUPS) <= set(row.get("groups") or ())


def _not_as_nodes(row: Mapping[str, Any]) -> str:
    groups = ", ".join(map(str, row.get("groups") or ())) or "none"
    return (
        f"aws-auth maps it to the user {row.get('username') or 'of no name'} and the groups "
        f"{groups}, as which no node may join"
    )


CHECK = Check(
    "node_role_access",
    "Does the cluster let nodes with the groups' roles in?",
    "https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html and "
    "https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html",
    _judge,
)
