"""Clusters to practise on, built through the simulation's own APIs while its time passes.

When a scenario function returns, nodes are Ready and pods run.
"""

from dataclasses import dataclass
from typing import Any

from include.rehearsal import images
from include.rehearsal.places import Place
from include.rehearsal.seeding import ADDONS, Network, Seeder
from include.rehearsal.workloads import App, bare_pod, daemon, deployment
from include.rehearsal.world import World

SETTLE_SECONDS = 300.0
# Behind on purpose: newer versions fit 1.25 already, and vpc-cni must climb minor by minor.
RUNBOOK_ADDONS: dict[str, str | None] = {
    "vpc-cni": "v1.16.4-eksbuild.2",
    "coredns": "v1.9.3-eksbuild.2",
    "kube-proxy": "v1.25.6-eksbuild.1",
}
SHOP = (
    App("shop", "web", 4, {"minAvailable": 3}),
    App("shop", "api", 3, {"maxUnavailable": 1}, ready=10, stop=8),
    # Slow to become ready, so that a drain has to wait for its budget.
    App("shop", "checkout", 2, {"maxUnavailable": 1}, ready=240),
    App("shop", "cache", 1, empty_dir=True, start=3, ready=2, stop=2),
)


@dataclass(frozen=True)
class Scene:
    """The names of what a scenario built.

    Attributes:
        asgs: node group name -> Auto Scaling group name.
        launch_template: id of the template of the groups, or None.
        image: id of the image in that template, or None.
    """

    cluster: str
    region: str
    version: str
    node_groups: tuple[str, ...]
    asgs: dict[str, str]
    subnets: tuple[str, ...]
    node_role: str
    launch_template: str | None = None
    image: str | None = None


@dataclass(frozen=True)
class PlainOptions:
    """What a plain cluster is like.

    Attributes:
        groups: names of its node groups, each with `nodes` nodes.
        ami_type: the amiType of groups without a template, such as AL2023_ARM_64_STANDARD;
            None lets EKS choose.
        instance_type: of the nodes.
        template_family: al2 or al2023: groups on a launch template with an image (CUSTOM).
        golden: with al2023, an image that the team made for itself, not EKS's.
        addons: install the three usual add-ons at these versions; None for EKS's defaults,
            `{}` for none.
        addon_values: configurations of add-ons, by name, in JSON or YAML.
        manifests: further Kubernetes objects.
        protected: scale-in protection on every group.
        made_by: a tag of every group that tells what made it, ("ManagedBy", "terraform").
        key_pair: for SSH to the nodes of groups without a template.
    """

    groups: tuple[str, ...] = ("workers",)
    ami_type: str | None = None
    instance_type: str = "m5.large"
    template_family: str | None = None
    golden: bool = False
    addons: dict[str, str | None] | None = None
    addon_values: dict[str, str] | None = None
    manifests: tuple[dict[str, Any], ...] = ()
    protected: bool = False
    made_by: tuple[str, str] | None = None
    key_pair: str | None = None


DEFAULTS = PlainOptions()


def runbook(world: World, *, nodes: int = 3) -> Scene:
    """The runbook's cluster `demo` at 1.25, three add-ons behind, its group protected.

    The group `workers` runs an AL2 image from a launch template. In it live the namespace shop
    (Deployments under budgets, one with emptyDir), a log DaemonSet and a pod without controller.
    """
    manifests = [m for app in SHOP for m in deployment(app)]
    options = PlainOptions(
        template_family="al2",
        addons=RUNBOOK_ADDONS,
        manifests=(*manifests, daemon("logging", "log-agent"), bare_pod("ops", "debug-shell")),
        protected=True,
    )
    return plain(world, "demo", "1.25", nodes, options)


def plain(
    world: World,
    name: str = "plain",
    version: str = "1.33",
    nodes: int = 2,
    options: PlainOptions = DEFAULTS,
    place: Place | None = None,
) -> Scene:
    """A cluster as the options say; see PlainOptions. Call it with the clock's lock free."""
    seeder = Seeder(world, place)
    region = seeder.place.region
    network = seeder.network(name, len(world.clusters))
    seeder.cluster(name, version, network)
    addons = dict.fromkeys(ADDONS) if options.addons is None else options.addons
    seeder.addons(name, addons, options.addon_values)
    image = _image(region, version, options)
    template = _template(seeder, name, image, options) if image else None
    for group in options.groups:
        seeder.eks.create_nodegroup(
            clusterName=name,
            nodegroupName=group,
            **_group_arguments(network, nodes, template, options),
        )
    world.clock.advance(world.timings.node_group_create + world.timings.poll)
    seeder.apply(name, list(options.manifests))
    asgs = {group: seeder.asg_of(name, group) for group in options.groups}
    if options.protected:
        for asg in asgs.values():
            seeder.protect(asg)
    world.clock.advance(SETTLE_SECONDS)
    return Scene(
        cluster=name,
        region=region,
        version=version,
        node_groups=options.groups,
        asgs=asgs,
        subnets=network.subnets,
        node_role=network.node_role,
        launch_template=template,
        image=image,
    )


def _group_arguments(
    network: Network, nodes: int, template: str | None, options: PlainOptions
) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "subnets": list(network.subnets),
        "nodeRole": network.node_role,
        "scalingConfig": {"minSize": nodes, "maxSize": nodes + 1, "desiredSize": nodes},
        "labels": {"team": "shop"},
        "tags": {"environment": "rehearsal", **dict([options.made_by] if options.made_by else [])},
    }
    if template:
        arguments["launchTemplate"] = {"id": template, "version": "1"}
        return arguments
    arguments["instanceTypes"] = [options.instance_type]
    if options.key_pair:
        arguments["remoteAccess"] = {"ec2SshKey": options.key_pair}
    if options.ami_type:
        arguments["amiType"] = options.ami_type
    return arguments


def _image(region: str, version: str, options: PlainOptions) -> str | None:
    """The id of the oldest image of the family, so that a newer one exists."""
    if options.template_family is None:
        return None
    machine = "arm64" if "g." in options.instance_type else "x86_64"
    return images.oldest(region, options.template_family, version, machine, golden=options.golden)


def _template(seeder: Seeder, name: str, image: str, options: PlainOptions) -> str:
    cluster = seeder.eks.describe_cluster(name=name)["cluster"]
    text = (
        al2023_user_data(cluster) if options.template_family == "al2023" else bootstrap_script(name)
    )
    return seeder.template(f"{name}-workers", image, options.instance_type, text)


def bootstrap_script(cluster: str) -> str:
    """User data with which an AL2 node joins this cluster."""
    return (
        "#!/bin/bash\n"
        "set -o errexit\n"
        f"/etc/eks/bootstrap.sh {cluster} \\\n"
        "  --kubelet-extra-args '--node-labels=team=shop --max-pods=29'\n"
    )


def al2023_user_data(cluster: dict[str, Any]) -> str:
    """MIME user data with the NodeConfig that nodeadm needs to join this cluster.

    Args:
        cluster: as DescribeCluster answers.
    """
    return (
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n--//\n'
        "Content-Type: application/node.eks.aws\n\n"
        "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster:\n"
        f"    name: {cluster['name']}\n"
        f"    apiServerEndpoint: {cluster['endpoint']}\n"
        f"    certificateAuthority: {cluster['certificateAuthority']['data']}\n"
        f"    cidr: {cluster['kubernetesNetworkConfig']['serviceIpv4Cidr']}\n\n--//--\n"
    )
