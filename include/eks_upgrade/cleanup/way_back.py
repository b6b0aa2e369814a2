"""Which old node groups the pods of new ones can go back to, and why others cannot. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.aws.facts import status_text
from include.eks_upgrade.cleanup.judgement import STANDING
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.skew import may_trail, trails_too_far
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.marks import REPLACES, cap_of, is_at_zero, mark_of


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """One pair of node groups.

    Attributes:
        old: the group that the pods go back to.
        new: the one that was made to replace it, and is emptied.
        old_version: Kubernetes minor of the old nodes (`1.25`).
        nodes: how many nodes the old group had when it was fenced.
    """

    old: str
    new: str
    old_version: str
    nodes: int

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; keys are the attribute names."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """What is going to be done."""
        return (
            f"node group '{self.new}': its pods go back to '{self.old}' ({self.old_version}, "
            f"{self.nodes} nodes)"
        )


@dataclass(frozen=True)
class WaysBack:
    """What was found: pairs, and problems of those that were asked for."""

    ways: tuple[WayBack, ...] = ()
    problems: tuple[Problem, ...] = ()


def ways_back(
    groups: Mapping[str, Raw],
    asgs: Mapping[str, Raw],
    nodes: Sequence[Node],
    *,
    control_plane: Minor,
    wanted: Collection[str] = (),
) -> WaysBack:
    """Judge every pair of an old node group and the one that replaces it.

    Args:
        groups: raw DescribeNodegroup of every managed node group, by name.
        asgs: raw Auto Scaling group, by the node group's name; missing: it has none any more.
        nodes: of the cluster.
        control_plane: its present minor.
        wanted: old node groups to go back to; empty: all whose old group is there.
    """
    pairs = {
        str(group["tags"][REPLACES]): name
        for name, group in sorted(groups.items())
        if (group.get("tags") or {}).get(REPLACES)
    }
    chosen = sorted(set(wanted)) if wanted else [old for old in sorted(pairs) if old in groups]
    if not chosen:
        return WaysBack(problems=(_no_pair(pairs),))
    ways, problems = [], []
    for old in chosen:
        found = _judge(old, pairs.get(old, ""), groups, asgs, nodes, control_plane)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            ways.append(found)
    return WaysBack(tuple(ways), tuple(problems))


def _judge(
    old: str,
    new: str,
    groups: Mapping[str, Raw],
    asgs: Mapping[str, Raw],
    nodes: Sequence[Node],
    control_plane: Minor,
) -> WayBack | Problem:
    if old not in groups:
        return _gone(old, new)
    if new not in groups:
        what = f"no node group carries the tag {REPLACES}={old}, so nothing was made to replace it"
        return Problem(_about(old), what, "correct node_groups")
    for name in (old, new):
        standing = _not_standing(name, groups[name], asgs)
        if standing:
            return standing
    version = _version(groups[old], [node for node in nodes if node.node_group == old])
    if version is None:
        what = "it has no node, and nothing tells which Kubernetes version its nodes would run"
        return Problem(_about(old), what, "give it one node by hand, then run again")
    skew = _skew(old, version, control_plane)
    return skew or WayBack(
        old=old, new=new, old_version=str(version), nodes=_nodes_before(groups[old])
    )


def _no_pair(pairs: Mapping[str, str]) -> Problem:
    gone = ", ".join(f"'{old}' (replaced by '{new}')" for old, new in sorted(pairs.items()))
    what = "there is no old node group beside the one that replaces it"
    what += f"; these are gone: {gone}" if gone else f" (no group carries the tag {REPLACES})"
    return Problem("node groups", what, _ANEW)


_ANEW = (
    "an old node group that is deleted does not come back: make a group of the old version by hand "
    "while the control plane still takes it, and drain the new one"
)


def _gone(old: str, new: str) -> Problem:
    replaced = f", and '{new}' has replaced it" if new else ""
    return Problem(_about(old), f"it does not exist any more{replaced}", _ANEW)


def _not_standing(name: str, group: Raw, asgs: Mapping[str, Raw]) -> Problem | None:
    """Why pods can neither come to a group nor be moved off it in peace."""
    if group.get("status") not in STANDING:
        what = f"its status is {status_text(group)}"
        return Problem(_about(name), what, "let that come to its end; it cannot be gone back to")
    asg = asgs.get(name)
    if asg is None or asg.get("Status"):
        what = "its Auto Scaling group is gone or being deleted"
        return Problem(_about(name), what, _ANEW)
    return None


def _version(group: Raw, nodes: Iterable[Node]) -> Minor | None:
    """The oldest minor of its nodes; without nodes what the mark says, or else EKS."""
    minors = [minor for node in nodes if (minor := read_minor(node.kubelet_version))]
    if minors:
        return min(minors)
    cap = cap_of(mark_of(group))
    kept = cap.kept if cap else None
    return read_minor(kept.version if kept else "") or read_minor(group.get("version"))


def _skew(old: str, version: Minor, control_plane: Minor) -> Problem | None:
    """Kubelets may be neither newer than the API server nor too old for it."""
    if version > control_plane:
        what = f"its nodes run {version}, and the control plane is at {control_plane}: kubelets may"
        return Problem(_about(old), f"{what} not be newer", "update the control plane first")
    if trails_too_far(version, control_plane):
        what = (
            f"its nodes run {version}, and the control plane is at {control_plane}: kubelets of "
            f"{version} may trail it by {may_trail(version)} minors at most"
        )
        remedy = "take the control plane back first, where EKS still allows it"
        return Problem(_about(old), what, remedy)
    return None


def _nodes_before(group: Raw) -> int:
    """How many nodes it had when it was fenced; without a mark, how many it is to have."""
    cap, desired = cap_of(mark_of(group)), int(group["scalingConfig"]["desiredSize"])
    if cap is None:
        return desired
    if cap.kept is not None and is_at_zero(group):
        return cap.kept.size
    return max(cap.capped, desired)


def raised(group: Raw) -> dict[str, int]:
    """`desiredSize` of a fenced group that an autoscaler has shrunk since; else nothing.

    Its empty nodes may be gone, and the pods that come back need the room.
    """
    wanted, sizes = _nodes_before(group), group["scalingConfig"]
    if is_at_zero(group) or wanted <= int(sizes["desiredSize"]):
        return {}
    return {"desiredSize": min(wanted, int(sizes["maxSize"]))}


def _about(name: str) -> str:
    return f"node group '{name}'"
