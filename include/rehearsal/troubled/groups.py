"""The managed node groups of the troubled cluster: none is broken, and none will go smoothly."""

import base64
from datetime import timedelta
from typing import Any

from include.rehearsal import images
from include.rehearsal.aws import interference
from include.rehearsal.scenario import al2023_user_data
from include.rehearsal.seeding import ACCOUNT_TRUST, Network, Seeder
from include.rehearsal.world import World

WORKERS, BATCH, GOLDEN, TOOLS, SPARE = "workers", "batch", "golden", "tools", "spare"
STANDING = "tools-k136"
"""The name of the group that the run would make of `tools`; somebody was faster, at 1.35."""
KEPT_FREE = {"key": "example.com/not-yet", "value": "true", "effect": "NO_SCHEDULE"}
GROUPS = (WORKERS, BATCH, GOLDEN, TOOLS, STANDING, SPARE)
OLD_TYPE = "m4.large"
"""Which zone b does not offer any more."""
RESERVATION, DAY = "cr-0ca1abe1e55ba7c40", timedelta(days=1)
TERRAFORM = {"ManagedBy": "terraform"}
OLD_AUTHORITY = base64.b64encode(b"an authority that this cluster does not have any more").decode()


def make_groups(seeder: Seeder, cluster: str, network: Network) -> None:
    """Begin to make the groups; they are ACTIVE some minutes later.

    `batch` is bound to a moving version of its template, `golden` to a number, `tools` has its
    replacement already, at the wrong version, and `spare` has no node now.
    """
    small = _small_subnet(seeder, network)
    whole = (*network.subnets,)
    plain: dict[str, Any] = {"instanceTypes": ["m5.large"]}
    older: dict[str, Any] = {"instanceTypes": [OLD_TYPE]}
    templated = {name: _templated(seeder, cluster, name) for name in (BATCH, GOLDEN)}
    _group(seeder, cluster, WORKERS, whole, network.node_role, nodes=3, tags=TERRAFORM, **plain)
    _group(seeder, cluster, BATCH, small, network.node_role, **templated[BATCH])
    _group(seeder, cluster, GOLDEN, whole, network.node_role, **templated[GOLDEN])
    _group(seeder, cluster, TOOLS, whole, network.node_role, **plain)
    _group(seeder, cluster, STANDING, whole, network.node_role, taints=[KEPT_FREE], **plain)
    _group(seeder, cluster, SPARE, whole, _spare_role(seeder), nodes=0, **older)


def _group(  # noqa: PLR0913 - what makes one group differ from the next
    seeder: Seeder,
    cluster: str,
    name: str,
    subnets: tuple[str, ...],
    role: str,
    *,
    nodes: int = 1,
    tags: dict[str, str] | None = None,
    **arguments: Any,
) -> None:
    seeder.eks.create_nodegroup(
        clusterName=cluster,
        nodegroupName=name,
        subnets=list(subnets),
        nodeRole=role,
        scalingConfig={"minSize": 0, "maxSize": 6, "desiredSize": nodes},
        labels={"pool": name},
        tags=tags or {},
        **arguments,
    )


def _spare_role(seeder: Seeder) -> str:
    """A role of its own for the group without nodes."""
    made = seeder.iam.create_role(
        RoleName="troubled-spare-nodes", AssumeRolePolicyDocument=ACCOUNT_TRUST
    )
    return str(made["Role"]["Arn"])


def _small_subnet(seeder: Seeder, network: Network) -> tuple[str, ...]:
    """A subnet of eleven addresses, which are few for a node and its pods."""
    (one,) = seeder.ec2.describe_subnets(SubnetIds=[network.subnets[0]])["Subnets"]
    block = ".".join(one["CidrBlock"].split(".")[:2])
    made = seeder.ec2.create_subnet(
        VpcId=one["VpcId"], CidrBlock=f"{block}.99.0/28", AvailabilityZone=one["AvailabilityZone"]
    )
    return (made["Subnet"]["SubnetId"],)


def _templated(seeder: Seeder, cluster: str, name: str) -> dict[str, Any]:
    """`batch` runs EKS's own image of the minor before, `golden` one that the team made."""
    golden = name == GOLDEN
    version = "1.35" if golden else "1.34"
    image = images.oldest(seeder.place.region, "al2023", version, golden=golden)
    described = seeder.eks.describe_cluster(name=cluster)["cluster"]
    text = al2023_user_data(described)
    template = seeder.template(f"{cluster}-{name}", image, "m5.large", text)
    return {"launchTemplate": {"id": template, "version": "1"}}


def change_templates(world: World, seeder: Seeder, cluster: str) -> None:
    """Somebody has made new versions of the templates, and has not put the groups on them.

    `golden` is told a number and stays; `batch` is told $Latest, and no node has started since.
    """
    state = interference.region_of(cluster).cluster(cluster)
    described = seeder.eks.describe_cluster(name=cluster)["cluster"]
    for name, data in ((BATCH, _latest(world, described)), (GOLDEN, {"KeyName": "ops"})):
        template = state.groups[name].raw["launchTemplate"]
        seeder.ec2.create_launch_template_version(
            LaunchTemplateId=template["id"], SourceVersion="1", LaunchTemplateData=data
        )
        seeder.ec2.modify_launch_template(LaunchTemplateId=template["id"], DefaultVersion="2")
    with world.clock.lock:
        state.groups[BATCH].raw["launchTemplate"]["version"] = "$Latest"


def _latest(world: World, cluster: dict[str, Any]) -> dict[str, Any]:
    """User data of the cluster as it was, a flag that is gone in 1.36, a disk of 2 TB, and more."""
    _reserve(world)
    text = al2023_user_data(cluster).replace(cluster["certificateAuthority"]["data"], OLD_AUTHORITY)
    flag = "  kubelet:\n    flags:\n      - --pod-infra-container-image=registry/pause:3.5\n"
    text = text.replace("\n\n--//--", f"\n{flag}\n--//--")
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 2000, "VolumeType": "gp3"}}
    target = {"CapacityReservationTarget": {"CapacityReservationId": RESERVATION}}
    return {
        "UserData": base64.b64encode(text.encode()).decode(),
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [disk],
        "CapacityReservationSpecification": target,
    }


def _reserve(world: World) -> None:
    """One instance is reserved, another team runs it, and it ends tomorrow."""
    with world.clock.lock:
        world.reservations[RESERVATION] = {
            "CapacityReservationId": RESERVATION,
            "InstanceType": "m5.large",
            "State": "active",
            "TotalInstanceCount": 1,
            "AvailableInstanceCount": 0,
            "EndDate": world.clock.datetime() + DAY,
        }
