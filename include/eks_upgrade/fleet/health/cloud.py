"""What AWS and the nodes say of a cluster after its upgrade: problems by what has them. Pure."""

from collections.abc import Iterable, Mapping

from include.eks_upgrade.aws.facts import issue_text
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.fleet.health.known import Known
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.verification.health import (
    conditions,
    conditions_before,
    named_group,
    news,
)

Problems = Mapping[str, str]
"""By what has the problem, a sentence that names it; what has it tells one look from the next."""


def cloud_problems(
    cluster: Raw, groups: Mapping[str, Raw], addons: Mapping[str, Raw], known: Known
) -> dict[str, str]:
    """What is not well at AWS and was not so before; what is in motion is not judged.

    Args:
        cluster: a raw DescribeCluster answer.
        groups: raw DescribeNodegroup answers, by name.
        addons: raw DescribeAddon answers, by name.
        known: of the cluster before.
    """
    now = conditions(groups, addons)
    worse = news(conditions_before(known.before), now)
    return {
        **_control_plane(cluster, known),
        **{each.subject: each.what for each in worse if each.bad},
        **_gone(groups, known),
        **_behind(groups, known),
    }


def node_problems(nodes: Iterable[Node], groups: Mapping[str, Raw], known: Known) -> dict[str, str]:
    """What is not well about the nodes.

    A node that belongs to no managed group has to be Ready; of which version it is says its owner.

    Args:
        nodes: all of the cluster.
        groups: raw DescribeNodegroup answers, by name.
        known: of the cluster before.
    """
    found: dict[str, str] = {}
    members: set[str] = set()
    for node in nodes:
        group = node.node_group or ""
        members.add(group)
        if not node.deleting and (why := _node_problem(node, groups.get(group), known)):
            found[f"node {node.name}"] = f"node {node.name}{_of(group)} {why}"
    empty = {
        named_group(name): f"{named_group(name)} wants nodes and has none"
        for name, raw in groups.items()
        if name not in members and (raw.get("scalingConfig") or {}).get("desiredSize", 0) > 0
    }
    return {**found, **empty}


def _control_plane(cluster: Raw, known: Known) -> dict[str, str]:
    found = {}
    if str(cluster.get("version")) != known.version:
        is_at = f"the control plane is at {cluster.get('version')}, not at {known.version}"
        found["control plane"] = is_at
    if cluster.get("status") != "ACTIVE":
        found["cluster"] = f"the cluster is {cluster.get('status')}"
    for issue in (cluster.get("health") or {}).get("issues") or ():
        text = issue_text(issue.get("code"), issue.get("message"), issue.get("resourceIds"))
        found[f"issue {text}"] = f"EKS says of the cluster: {text}"
    return found


def _gone(groups: Mapping[str, Raw], known: Known) -> dict[str, str]:
    missing = [named_group(name) for name in known.groups if name not in groups]
    return {name: f"{name} is gone" for name in missing}


def _behind(groups: Mapping[str, Raw], known: Known) -> dict[str, str]:
    return {
        f"{named_group(name)} version": f"{named_group(name)} is at {groups[name].get('version')}, "
        f"not at {wanted}"
        for name, wanted in known.groups.items()
        if name in groups and _older(str(groups[name].get("version") or ""), wanted)
    }


def _older(version: str, wanted: str) -> bool:
    return not version or Minor.parse(version) < Minor.parse(wanted)


def _node_problem(node: Node, group: Raw | None, known: Known) -> str:
    if not node.ready:
        return "is not Ready"
    wanted = known.groups.get(node.node_group or "") or (group or {}).get("version")
    if not wanted or not node.kubelet_version:
        return ""
    if read_minor(node.kubelet_version) == Minor.parse(str(wanted)):
        return ""
    return f"runs kubelet {node.kubelet_version}, not {wanted}"


def _of(group: str) -> str:
    return f" of {group}" if group else ""
