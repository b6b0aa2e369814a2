"""A cluster as messy as real ones: made by three tools, with old wounds, and few budgets.

What is wrong here was so for months, but for one add-on that is not well for a while once the
control plane moves; the upgrade has to go through all the same.
"""

from dataclasses import dataclass
from typing import Any

from include.rehearsal import images
from include.rehearsal.aws import interference
from include.rehearsal.messy.workloads import workloads
from include.rehearsal.scenario import Scene, al2023_user_data, bootstrap_script
from include.rehearsal.seeding import Network, Seeder
from include.rehearsal.world import World

CLUSTER, VERSION = "messy", "1.25"
SETTLE_SECONDS = 1200.0
"""Until every CronJob has had a tick."""
NO_CAPACITY = {
    "code": "AsgInstanceLaunchFailures",
    "message": "Could not launch On-Demand Instances. InsufficientInstanceCapacity",
    "resourceIds": [],
}
ADDONS: dict[str, str | None] = {
    "vpc-cni": "v1.16.4-eksbuild.2",
    "coredns": "v1.9.3-eksbuild.2",
    "kube-proxy": "v1.25.6-eksbuild.1",
    "aws-ebs-csi-driver": None,
    "eks-pod-identity-agent": None,
}
ADDON_WOUNDS = {
    "aws-ebs-csi-driver": ("DEGRADED", "InsufficientNumberOfReplicas", "1 of 2 replicas is ready"),
    "eks-pod-identity-agent": ("CREATE_FAILED", "AdmissionRequestDenied", "denied by a webhook"),
}
"""Add-ons that were not well long before: status, code and message of their health issue. Neither
is older than what EKS installs by default, so that no update cures it by the way."""

SICK_MEANWHILE = "coredns"
"""Becomes DEGRADED when the control plane begins to move, and gets well by itself."""
SICK_SECONDS = 7200.0
SICK_ISSUE = {
    "code": "InsufficientNumberOfReplicas",
    "message": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
    "resourceIds": [],
}


@dataclass(frozen=True)
class Group:
    """One node group of the cluster.

    Attributes:
        tags: what the tool that made it has written on it.
        family: al2 or al2023: on a launch template with an image (CUSTOM); empty: EKS's own.
        golden: that image is one of the team's own.
        degraded: EKS tells of a scale-out that failed; its nodes are well.
        protected: its Auto Scaling group lets no instance go.
    """

    name: str
    nodes: int
    tags: dict[str, str]
    family: str = ""
    golden: bool = False
    degraded: bool = False
    protected: bool = False


GROUPS = (
    Group(
        "system",
        2,
        {
            "aws:cloudformation:stack-name": "eksctl-messy-nodegroup-system",
            "alpha.eksctl.io/nodegroup-name": "system",
            "alpha.eksctl.io/cluster-name": CLUSTER,
        },
        degraded=True,
    ),
    Group("apps", 3, {"ManagedBy": "terraform", "team": "shop"}, "al2", protected=True),
    Group("batch", 3, {"aws:cloudformation:stack-name": "messy-batch"}, "al2023", golden=True),
)


def messy(world: World) -> Scene:
    """The cluster, with all that it is to be. Call it with the clock's lock free."""
    seeder = Seeder(world)
    network = seeder.network(CLUSTER, len(world.clusters), zones="abc")
    seeder.cluster(CLUSTER, VERSION, network)
    seeder.addons(CLUSTER, ADDONS)
    for group in GROUPS:
        _make(seeder, network, group)
    world.clock.advance(world.timings.node_group_create + world.timings.poll)
    seeder.apply(CLUSTER, workloads())
    world.clock.advance(SETTLE_SECONDS)
    asgs = {group.name: seeder.asg_of(CLUSTER, group.name) for group in GROUPS}
    _wound(world, seeder, asgs)
    _when_it_moves(world)
    return Scene(
        cluster=CLUSTER,
        region=world.region,
        version=VERSION,
        node_groups=tuple(group.name for group in GROUPS),
        asgs=asgs,
        subnets=network.subnets,
        node_role=network.node_role,
    )


def _make(seeder: Seeder, network: Network, group: Group) -> None:
    arguments: dict[str, Any] = {"instanceTypes": ["m5.large"]}
    if group.family:
        template = _template(seeder, group)
        arguments = {"launchTemplate": {"id": template, "version": "1"}}
    sizes = {"minSize": group.nodes, "maxSize": group.nodes + 2, "desiredSize": group.nodes}
    seeder.eks.create_nodegroup(
        clusterName=CLUSTER,
        nodegroupName=group.name,
        subnets=list(network.subnets),
        nodeRole=network.node_role,
        scalingConfig=sizes,
        labels={"pool": group.name},
        tags=group.tags,
        **arguments,
    )


def _template(seeder: Seeder, group: Group) -> str:
    image = images.oldest(seeder.world.region, group.family, VERSION, golden=group.golden)
    cluster = seeder.eks.describe_cluster(name=CLUSTER)["cluster"]
    text = al2023_user_data(cluster) if group.family == "al2023" else bootstrap_script(CLUSTER)
    return seeder.template(f"{CLUSTER}-{group.name}", image, "m5.large", text)


def _wound(world: World, seeder: Seeder, asgs: dict[str, str]) -> None:
    """What has been wrong for months."""
    for group in GROUPS:
        if group.degraded:
            interference.set_node_group_health(
                world, CLUSTER, group.name, "DEGRADED", [NO_CAPACITY]
            )
        if group.protected:
            seeder.protect(asgs[group.name])
    for addon, (status, code, message) in ADDON_WOUNDS.items():
        issues = [{"code": code, "message": message, "resourceIds": []}]
        interference.set_addon_health(world, CLUSTER, addon, status, issues)


def _when_it_moves(world: World) -> None:
    """Look now and then whether the control plane moves, and let an add-on be sick from then on."""
    if world.kube(CLUSTER) is None:
        return
    if interference.region_of(CLUSTER).cluster(CLUSTER).raw["status"] == "UPDATING":
        interference.degrade(
            world, CLUSTER, [SICK_ISSUE], addon=SICK_MEANWHILE, heals_after=SICK_SECONDS
        )
    else:
        world.clock.later(world.timings.poll, lambda: _when_it_moves(world))
