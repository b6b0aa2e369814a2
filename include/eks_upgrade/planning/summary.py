"""The plan in words: for the task's log, for a person who approves it, and for the report."""

from collections.abc import Iterator, Mapping

from include.eks_upgrade.addons.plan import AddonWays
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.auto_scaling.asg_settings import copied_later
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.planning.order import order_lines, ordered_groups
from include.eks_upgrade.planning.preflight.rules.chosen import chosen_groups, groups_behind
from include.eks_upgrade.planning.preflight.rules.groups import finished_groups, next_roll
from include.eks_upgrade.planning.preflight.rules.target import control_plane_needed
from include.eks_upgrade.planning.way_back import way_back_lines
from include.eks_upgrade.request import UpgradeRequest

Found = Mapping[str, Image]


def summarise(
    request: UpgradeRequest, target: Minor, facts: ClusterFacts, ways: AddonWays, images: Found
) -> tuple[str, ...]:
    """What is and what will be, a line each, roughly in the order it happens."""
    return (
        _what_is(request, facts),
        _target_line(request, target, facts),
        *ways.summary,
        *_control_plane(target, facts),
        *_groups(request, target, facts, images),
        *way_back_lines(
            request,
            control_plane=control_plane_needed(target, facts),
            groups=len(ordered_groups(request, target, facts)),
        ),
    )


def _what_is(request: UpgradeRequest, facts: ClusterFacts) -> str:
    return (
        f"cluster {request.cluster} in {request.region}: Kubernetes {facts.present}, "
        f"{facts.cluster.get('status')}, {counted(len(facts.addons), 'EKS add-on')}, "
        f"{counted(len(facts.node_groups), 'managed node group')}, "
        f"{counted(len(facts.kubelets), 'node')}"
    )


def _target_line(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> str:
    asked = read_minor(request.target_version)
    if asked and asked > target:
        return f"target: {asked}, as asked for; this run goes to {_to(target, facts)}"
    if asked:
        return f"target: {target}, as asked for"
    if target == facts.present:
        return f"target: {target}, to finish an upgrade whose nodes still trail"
    return f"target: {target}, the next minor"


def _to(target: Minor, facts: ClusterFacts) -> str:
    stays = target == facts.present and facts.running_update() is None
    return f"{target}, where it is: its nodes are brought up first" if stays else str(target)


def _control_plane(target: Minor, facts: ClusterFacts) -> Iterator[str]:
    running = facts.running_update()
    if not control_plane_needed(target, facts):
        yield f"control plane: at {target} already"
    elif running is not None:
        yield f"control plane: update {running.get('id')} to {target} runs already, it is adopted"
    else:
        yield f"control plane: {facts.present} -> {target}"


def _groups(
    request: UpgradeRequest, target: Minor, facts: ClusterFacts, images: Found
) -> Iterator[str]:
    rolled = ordered_groups(request, target, facts)
    yield from order_lines(rolled, request.max_groups_at_once)
    for name in rolled:
        yield _rolled_line(name, target, facts, images.get(name))
        yield from _copied_line(name, facts)
    for name in chosen_groups(request, facts):
        if name not in rolled:
            yield _unrolled_line(request, name, target, facts)
    for name in finished_groups(request, target, facts):
        yield f"node group {name}: already replaced by {replacement_name(name, str(target))}"


def _rolled_line(name: str, target: Minor, facts: ClusterFacts, image: Image | None) -> str:
    new = replacement_name(name, str(target))
    version = facts.group_version(name) or "unknown version"
    nodes = len(facts.group_kubelets(name))
    if new in facts.node_groups:
        # It is adopted as it is, though a newer image may be out by now: no other is promised.
        release = facts.node_groups[new].get("releaseVersion") or "of an unknown release"
        way = f"continues with {new}, which is there ({target}, image {release})"
    else:
        with_image = f"image {image.id} ({image.name})" if image else "EKS's own image"
        way = f"is replaced by {new} ({target}) on {with_image}"
    return (
        f"node group {name} ({version}, {counted(nodes, 'node')}): {way}, then drained and deleted"
    )


def _unrolled_line(request: UpgradeRequest, name: str, target: Minor, facts: ClusterFacts) -> str:
    version = facts.group_version(name)
    if name in groups_behind(request, target, facts):
        when = next_roll(request, name, facts)
        return f"node group {name}: its nodes stay at {version or 'their version'} until {when}"
    return f"node group {name}: at {target} already, it stays"


def _copied_line(name: str, facts: ClusterFacts) -> Iterator[str]:
    """What people set on the old Auto Scaling group and the new one gets, too."""
    asg = facts.asgs.get(name)
    extras = facts.surge.asg_extras.get(name) if facts.surge else None
    copied = copied_later(asg, extras) if asg and extras else []
    if copied:
        yield f"node group {name}: copied to the new Auto Scaling group: {'; '.join(copied)}"
