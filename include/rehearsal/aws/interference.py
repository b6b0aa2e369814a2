"""What others do to the account meanwhile: colleagues, autoscalers, EC2 itself.

Each function is one action, done at once and directly, as if by a call from elsewhere; nothing
of it is in the journal. Callers need not hold the clock's lock. Errors are AWS's (`AwsError`).
"""

from collections.abc import Callable
from typing import Any, Final

from moto.eks.models import eks_backends

from include.rehearsal import catalogue
from include.rehearsal.aws.autoscaling.group import RehearsalGroup
from include.rehearsal.aws.eks import clusters, rollback, updates, version_checks, zonal_shifts
from include.rehearsal.aws.eks.node_groups import deletion
from include.rehearsal.aws.eks.node_groups.nodes import edit_node, set_ready
from include.rehearsal.aws.eks.state import ClusterState, EksRegion
from include.rehearsal.kube.controllers.timings import CRASH_LOOP
from include.rehearsal.places import name_of
from include.rehearsal.world import NodeRef, World

AUTOSCALER_TAINT: Final = "ToBeDeletedByClusterAutoscaler"


def upgrade_cluster(world: World, cluster: str, version: str) -> str:
    """Someone else starts a version update of the control plane; the id of the update."""
    with world.clock.lock:
        request = {"name": cluster, "version": version}
        return str(clusters.update_version(region_of(cluster), request)["update"]["id"])


def cancel_update(world: World, cluster: str, update_id: str) -> None:
    """Someone else cancels an update; refused for all but the rollback of an Auto Mode cluster."""
    with world.clock.lock:
        rollback.cancel(region_of(cluster), {"name": cluster, "updateId": update_id})


def set_auto_mode(world: World, cluster: str, *, enabled: bool = True) -> None:
    """EKS Auto Mode is switched on or off; the nodes that are there stay as they are."""
    with world.clock.lock:
        _state(cluster).raw["computeConfig"] = {"enabled": enabled}


def delete_node_group(world: World, cluster: str, nodegroup: str) -> None:
    """Someone else deletes a node group."""
    with world.clock.lock:
        request = {"clusterName": cluster, "nodegroupName": nodegroup}
        deletion.delete(region_of(cluster), request)


def end_update(
    world: World, cluster: str, update_id: str, errors: list[dict[str, Any]] | None = None
) -> bool:
    """AWS ends an update now, also one that was stuck: well, or as Failed with these errors.

    Returns:
        False when it was not in progress.
    """
    with world.clock.lock:
        return updates.finish(_state(cluster), update_id, errors)


def begin_hidden_work(world: World, cluster: str, seconds: float) -> None:
    """AWS works on the control plane for so many simulated seconds, and lists no update."""
    with world.clock.lock:
        _state(cluster).hidden_work_until = world.clock.now() + seconds


def shut_out_cluster_role(world: World, cluster: str, *, shut_out: bool = True) -> None:
    """The policy of the cluster's KMS key shuts its role out, or lets it use the key again."""
    with world.clock.lock:
        _state(cluster).role_shut_out = shut_out


def add_fargate_node(world: World, cluster: str, name: str, kubelet_version: str) -> None:
    """A pod on Fargate starts, and with it a node at this kubelet version (`v1.25.16-eks-1a2b`)."""
    key, value = version_checks.FARGATE
    with world.clock.lock:
        kube = world.kube(cluster)
        if kube:
            kube.add_node(
                name,
                labels={key: value},
                taints=[{"key": key, "value": value, "effect": "NoSchedule"}],
                kubelet_version=kubelet_version,
                instance_type="m5.large",
                zone=f"{world.place_of(cluster).region}a",
                instance_id=name,
                image_id="",
                ready_after=0.0,
            )


def remove_node(world: World, cluster: str, name: str) -> None:
    """A node goes, as that of a Fargate pod that ends."""
    with world.clock.lock:
        kube = world.kube(cluster)
        if kube:
            kube.remove_node(name)


def set_update_status(world: World, cluster: str, update_id: str, status: str) -> None:
    """An update shows another status, also one that no service model has yet; it goes on."""
    with world.clock.lock:
        _state(cluster).updates[update_id]["status"] = status


def set_addon_health(
    world: World, cluster: str, addon: str, status: str, issues: list[dict[str, Any]] | None = None
) -> None:
    """An add-on's state changes: to any status that EKS has, issues as in `AddonEnd`."""
    with world.clock.lock:
        _state(cluster).addon(addon).update(status=status, health={"issues": issues or []})


def set_node_group_health(
    world: World,
    cluster: str,
    nodegroup: str,
    status: str,
    issues: list[dict[str, Any]] | None = None,
) -> None:
    """A node group's state changes and its nodes do not; issues as in `AddonEnd`.

    DEGRADED after a scale-out that failed, CREATE_FAILED where one zone alone had no capacity.
    """
    with world.clock.lock:
        found = _state(cluster).group(nodegroup)
        found.raw.update(status=status, health={"issues": issues or []})


def degrade(
    world: World,
    cluster: str,
    issues: list[dict[str, Any]],
    *,
    nodegroup: str = "",
    addon: str = "",
    heals_after: float | None = None,
) -> None:
    """A node group or an add-on becomes DEGRADED now, and gets well by itself.

    Args:
        world: whose account.
        cluster: the cluster.
        issues: the health issues meanwhile, as in `AddonEnd`.
        nodegroup: the node group; empty: it is the add-on.
        addon: the add-on.
        heals_after: simulated seconds that it lasts; None: until it is set otherwise.
    """
    name = nodegroup or addon
    become = set_node_group_health if nodegroup else set_addon_health
    become(world, cluster, name, "DEGRADED", issues)

    def heal() -> None:
        state = _state(cluster)
        if name in (state.groups if nodegroup else state.addons):  # else it was deleted meanwhile
            become(world, cluster, name, "ACTIVE")

    if heals_after is not None:
        world.clock.later(heals_after, heal)


def autoscaler_adds(world: World, cluster: str, nodegroup: str, count: int = 1) -> list[str]:
    """An autoscaler wants `count` more nodes and gets them as far as maxSize allows.

    Returns:
        The ids of the new instances; their nodes join later.
    """
    with world.clock.lock:
        asg = _asg(cluster, nodegroup)
        before = {each.instance_id for each in asg.instance_states}
        size = min(int(asg.desired_capacity or 0) + count, int(asg.max_size))
        if size > int(asg.desired_capacity or 0):
            _resize(cluster, nodegroup, asg, size)
        return [m.instance_id for m in asg.instance_states if m.instance_id not in before]


def autoscaler_removes(world: World, cluster: str, nodes: list[str]) -> list[str]:
    """An autoscaler takes nodes away: tainted, terminated, their group one smaller each.

    As the Cluster Autoscaler does it, scale-in protection is no hindrance, minSize is.

    Returns:
        The ids of the instances that go.

    Raises:
        AwsError: ValidationError when the group would become smaller than its minimum.
    """
    with world.clock.lock:
        found = [(each, _instance_of(world, NodeRef(cluster, each))) for each in nodes]
        autoscaling = region_of(cluster).autoscaling
        for node, instance_id in found:
            autoscaling.terminate_in_group(instance_id, decrement=True)
            _taint(world, NodeRef(cluster, node))
        return [instance_id for _, instance_id in found]


def terminate_instances(world: World, cluster: str, nodes: list[str]) -> list[str]:
    """EC2 takes machines away at once (Spot, a failure, a person); their group replaces them."""
    with world.clock.lock:
        ids = [_instance_of(world, NodeRef(cluster, each)) for each in nodes]
        region = region_of(cluster)
        region.ec2.terminate_instances(ids)
        region.autoscaling.notify_terminate_instances(ids)
        return ids


def lose_instances(world: World, cluster: str, nodes: list[str]) -> list[str]:
    """As `terminate_instances`, but the cloud controller does not delete the nodes.

    They are silent from then on, and pods that are to stop there never do.
    """
    with world.clock.lock:
        ids = [_instance_of(world, NodeRef(cluster, each)) for each in nodes]
        for instance_id, node in zip(ids, nodes, strict=True):
            del world.nodes[instance_id]  # so that its end takes no node away
            world.clusters[cluster].stop_kubelet(node)
        region = region_of(cluster)
        region.ec2.terminate_instances(ids)
        region.autoscaling.notify_terminate_instances(ids)
        return ids


def set_nodes_ready(world: World, cluster: str, nodes: list[str], *, ready: bool) -> None:
    """Kubelets say that their nodes are Ready, or no longer."""
    with world.clock.lock:
        for node in nodes:
            set_ready(world.kube(cluster), node, ready=ready)


def set_launch_problem(
    world: World, cluster: str, nodegroup: str, problem: str | None = None
) -> None:
    """EC2 launches nothing more for this node group, for this reason; None: it does again."""
    with world.clock.lock:
        asg = _asg(cluster, nodegroup)
        world.launch_problems.pop(asg.name, None)
        if problem:
            world.launch_problems[asg.name] = problem
        else:
            asg.reconcile()


def set_hook_answered(world: World, cluster: str, nodegroup: str, *, answered: bool) -> None:
    """EKS does not answer its own termination hook of this node group, or answers it again."""
    with world.clock.lock:
        name = _asg(cluster, nodegroup).name
        world.unanswered_hooks.add(name)
        if answered:
            world.unanswered_hooks.discard(name)


def set_deletion_problem(
    world: World, cluster: str, nodegroup: str, issues: list[dict[str, Any]] | None = None
) -> None:
    """Deletions of this node group fail with these health issues; None: they do not any more."""
    with world.clock.lock:
        world.deletion_problems.pop((cluster, nodegroup), None)
        if issues:
            world.deletion_problems[cluster, nodegroup] = issues


def self_managed_node(world: World, cluster: str, name: str, role: str) -> None:
    """A machine of nobody's node group joins, with this IAM role."""
    with world.clock.lock:
        kube = world.kube(cluster)
        if kube is None:
            raise ValueError(f"there is no cluster {cluster!r}")
        minor = _state(cluster).version
        kube.add_node(
            name,
            labels={"kubernetes.io/os": "linux", "kubernetes.io/hostname": name},
            taints=[],
            kubelet_version=catalogue.kubelet_version(minor),
            instance_type="m5.large",
            zone=f"{world.place_of(cluster).region}a",
            instance_id=f"i-{name}",
            image_id="ami-0123456789abcdef0",
            ready_after=world.timings.node_ready,
        )
        world.self_managed[NodeRef(cluster, name)] = role


def set_zone_full(world: World, zone: str, *, full: bool) -> None:
    """EC2 has no capacity in an availability zone, or has it again; what runs there goes on."""
    with world.clock.lock:
        if full:
            world.full_zones.add(zone)
        else:
            world.full_zones.discard(zone)


def start_zonal_shift(world: World, cluster: str, zone: str, **more: Any) -> str:
    """Somebody, or AWS, moves traffic away from a zone; the id of the shift.

    `more` is of `zonal_shifts.Shift`: hours, comment, kind.
    """
    with world.clock.lock:
        shift = zonal_shifts.Shift(zone=zone, **more)
        return zonal_shifts.start(region_of(cluster), _state(cluster), shift)


def mend_workload(world: World, cluster: str, namespace: str, name: str) -> None:
    """A Deployment's team deploys a version of it that no longer crashes."""
    with world.clock.lock:
        kube = world.kube(cluster)
        if kube:
            kube.store.change("deployments", namespace, name, _without_crash)


def _without_crash(deployment: dict[str, Any]) -> None:
    deployment["spec"]["template"]["metadata"].get("annotations", {}).pop(CRASH_LOOP, None)


# What can be called by name, over HTTP.
ACTIONS: Final[dict[str, Callable[..., Any]]] = {
    each.__name__: each
    for each in (
        upgrade_cluster,
        cancel_update,
        set_auto_mode,
        delete_node_group,
        end_update,
        begin_hidden_work,
        shut_out_cluster_role,
        add_fargate_node,
        remove_node,
        set_update_status,
        set_addon_health,
        set_node_group_health,
        degrade,
        autoscaler_adds,
        autoscaler_removes,
        set_hook_answered,
        set_deletion_problem,
        self_managed_node,
        set_zone_full,
        start_zonal_shift,
        terminate_instances,
        lose_instances,
        set_nodes_ready,
        set_launch_problem,
        mend_workload,
    )
}


def region_of(cluster: str) -> EksRegion:
    """EKS of the region a cluster is in.

    Raises:
        ValueError: there is no such cluster.
    """
    for regions in eks_backends.values():
        for region in regions.values():
            if any(state.key == cluster for state in region.clusters.values()):
                return region  # type: ignore[no-any-return]  # moto is untyped
    raise ValueError(f"there is no cluster {cluster!r}")


def _state(cluster: str) -> ClusterState:
    return region_of(cluster).cluster(name_of(cluster))


def _asg(cluster: str, nodegroup: str) -> RehearsalGroup:
    region = region_of(cluster)
    name = region.cluster(cluster).group(nodegroup).asg
    found: RehearsalGroup = region.autoscaling.group(name)
    return found


def _resize(cluster: str, nodegroup: str, asg: RehearsalGroup, size: int) -> None:
    asg.set_desired_capacity(size)
    # EKS shows what Auto Scaling says of the size.
    _state(cluster).group(nodegroup).raw["scalingConfig"]["desiredSize"] = size


def _instance_of(world: World, ref: NodeRef) -> str:
    for instance_id, each in world.nodes.items():
        if each == ref:
            return instance_id
    raise ValueError(f"there is no node {ref.node!r} in cluster {ref.cluster!r}")


def _taint(world: World, ref: NodeRef) -> None:
    def edit(node: dict[str, Any]) -> None:
        taint = {"key": AUTOSCALER_TAINT, "value": str(int(world.clock.now()))}
        node["spec"].setdefault("taints", []).append({**taint, "effect": "NoSchedule"})

    edit_node(world.kube(ref.cluster), ref.node, edit)
