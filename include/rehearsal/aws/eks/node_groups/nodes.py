"""Instances of managed node groups as Kubernetes nodes: joining, draining, leaving."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from moto.eks.models import eks_backends

from include.rehearsal import catalogue, images
from include.rehearsal.aws.autoscaling.group import EKS_TERMINATE_HOOK, RehearsalGroup
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.state import ClusterState, GroupState
from include.rehearsal.kube.objects.nodes import NOT_READY_TAINT, conditions
from include.rehearsal.world import KubeSide, NodeRef

EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
GRAVITON = re.compile(r"^([a-z]+\d+g[a-z]*|a1)\.")


def architecture(instance_type: str) -> str:
    """The architecture of an instance type as EC2 names it: x86_64 or arm64."""
    return "arm64" if GRAVITON.match(instance_type) else "x86_64"


def node_group_of(asg: RehearsalGroup) -> tuple[ClusterState, GroupState] | None:
    """The cluster and node group an Auto Scaling group belongs to, by its tags; or None."""
    tags = {tag["Key"]: tag.get("Value", "") for tag in asg.tags}
    region = eks_backends[asg.account_id][asg.region]
    state = region.clusters.get(tags.get("eks:cluster-name", ""))
    group = state.groups.get(tags.get("eks:nodegroup-name", "")) if state else None
    return (state, group) if state and group else None


def launched(asg: RehearsalGroup, instance: Any) -> None:
    """An instance was launched: its node joins a little later."""
    if node_group_of(asg) is None:
        return
    timings = world().timings
    # Machines of one group boot at different speeds: the fifth and all later ones join last.
    position = len(asg.instance_states) - 1
    spread = timings.join_last - timings.join_first
    delay = timings.join_first + spread * min(position, 4) / 4
    world().clock.later(delay, lambda: _join(asg, instance))


def _join(asg: RehearsalGroup, instance: Any) -> None:
    owner = node_group_of(asg)
    if owner is None or asg.member(instance.id) is None or owner[1].join_problem:
        return
    state, group = owner
    kube = world().kube(state.key)
    if kube is None:
        return
    image = images.by_id(asg.region).get(instance.image_id)
    minor = image.kubernetes_version if image else state.version
    kube.add_node(
        instance.private_dns_name,
        labels={**_of_cluster(state), **_labels(instance, group, asg.region)},
        taints=kube_taints(group.raw.get("taints", [])),
        kubelet_version=catalogue.kubelet_version(minor),
        instance_type=instance.instance_type,
        zone=instance.placement.zone,
        instance_id=instance.id,
        image_id=instance.image_id,
        ready_after=world().timings.node_ready,
    )
    group.joined.add(instance.id)
    world().nodes[instance.id] = NodeRef(state.key, instance.private_dns_name)
    if group.end and group.end.not_ready_after is not None:
        delay = world().timings.node_ready + group.end.not_ready_after
        world().clock.later(delay, lambda: set_ready(kube, instance.private_dns_name, ready=False))


def set_ready(kube: KubeSide | None, node: str, *, ready: bool) -> None:
    """A kubelet says that its node is or is not Ready, and the not-ready taint follows."""
    now = world().clock.timestamp()

    def edit(found: dict[str, Any]) -> None:
        taints = found["spec"].get("taints") or []
        found["spec"]["taints"] = [t for t in taints if t["key"] != NOT_READY_TAINT["key"]]
        if not ready:
            found["spec"]["taints"].append(dict(NOT_READY_TAINT))
        if not found["spec"]["taints"]:
            found["spec"].pop("taints")
        found["status"]["conditions"] = conditions(now, ready=ready)

    edit_node(kube, node, edit)


def edit_node(kube: KubeSide | None, node: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change a node in place; nothing happens when it or its cluster is gone."""
    if kube and kube.store.find("nodes", None, node):
        kube.store.change("nodes", None, node, edit)


def _of_cluster(state: ClusterState) -> dict[str, str]:
    """The cloud provider's mark, the same on all nodes of a cluster."""
    mark = hashlib.sha256(state.name.encode()).hexdigest()[:32]
    return {"k8s.io/cloud-provider-aws": mark}


def _of_template(group: GroupState) -> dict[str, str]:
    used = group.raw.get("launchTemplate") or {}
    named = {"Id": used.get("id"), "Version": used.get("version")}
    return {f"eks.amazonaws.com/sourceLaunchTemplate{k}": v for k, v in named.items() if v}


def _labels(instance: Any, group: GroupState, region: str) -> dict[str, str]:
    zone = instance.placement.zone
    return {
        "eks.amazonaws.com/nodegroup": group.raw["nodegroupName"],
        "eks.amazonaws.com/nodegroup-image": instance.image_id,
        "eks.amazonaws.com/capacityType": group.raw["capacityType"],
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": region,
        "node.kubernetes.io/instance-type": instance.instance_type,
        "kubernetes.io/arch": "arm64" if instance.architecture == "arm64" else "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": instance.private_dns_name,
        **_of_template(group),
        **group.raw.get("labels", {}),
    }


def kube_taints(taints: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Taints of a node group as a Kubernetes node spells them."""
    return [
        {
            "key": taint["key"],
            **({"value": taint["value"]} if taint.get("value") else {}),
            "effect": EFFECTS.get(taint["effect"], taint["effect"]),
        }
        for taint in taints
    ]


def leaving(asg: RehearsalGroup, instance: Any) -> None:
    """EKS's own termination hook: evict for a while, then let the instance go.

    Where EKS cannot answer (a control plane or a role that is gone), the hook holds the instance
    for its whole half hour.
    """
    if asg.name in world().unanswered_hooks:
        return
    owner = node_group_of(asg)
    node = world().nodes.get(instance.id)
    if owner is None or node is None:
        asg.complete_hook(EKS_TERMINATE_HOOK, instance.id)
        return
    _, group = owner
    timings = world().timings
    deleting = group.raw["status"] in ("DELETING", "DELETE_FAILED")
    # In a deletion EKS goes past budgets after a short wait; a scale-in waits for them longer.
    patience = timings.drain_step if deleting else timings.drain_limit
    _drain(asg, instance.id, node, world().clock.now() + patience)


def _drain(asg: RehearsalGroup, instance_id: str, node: NodeRef, until: float) -> None:
    if world().nodes.get(instance_id) != node:  # gone by another way
        return
    kube = world().kube(node.cluster)
    left = kube.evict_all(node.node) if kube else 0
    if left == 0 or world().clock.now() >= until:
        asg.complete_hook(EKS_TERMINATE_HOOK, instance_id)
        return
    world().clock.later(world().timings.poll, lambda: _drain(asg, instance_id, node, until))
