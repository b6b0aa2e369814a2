"""AWS resources and Kubernetes objects for the scenarios, made through the simulation's own API."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from include.rehearsal.credentials import session
from include.rehearsal.places import Place
from include.rehearsal.world import World

ADDONS = ("vpc-cni", "coredns", "kube-proxy")
ACCOUNT_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@dataclass(frozen=True)
class Network:
    """What a cluster stands on."""

    subnets: tuple[str, ...]
    cluster_role: str
    node_role: str


class Seeder:
    """Makes what a scenario consists of, with boto3 clients of the running simulation.

    Args:
        world: a world that is being served (`world.aws_url` is set).
        place: where; at home by default.
    """

    def __init__(self, world: World, place: Place | None = None) -> None:
        self.world, self.place = world, place or world.home
        aws = session(self.place.region, world.pair_of(self.place.account))
        self.eks: Any = aws.client("eks", endpoint_url=world.aws_url)
        self.ec2: Any = aws.client("ec2", endpoint_url=world.aws_url)
        self.iam: Any = aws.client("iam", endpoint_url=world.aws_url)
        self.autoscaling: Any = aws.client("autoscaling", endpoint_url=world.aws_url)

    def network(self, cluster: str, second_octet: int, zones: str = "ab") -> Network:
        """A VPC with a subnet in each of these zones of the region, and the two roles."""
        vpc = self.ec2.create_vpc(CidrBlock=f"10.{second_octet}.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            self.ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=f"10.{second_octet}.{number}.0/24",
                AvailabilityZone=f"{self.place.region}{zone}",
            )["Subnet"]["SubnetId"]
            for number, zone in enumerate(zones, start=1)
        ]
        # IAM is one for all regions of an account.
        owner = self.key(cluster).partition(".")[2].replace(".", "-") or cluster
        roles = [self._role(f"{owner}-{kind}") for kind in ("cluster", "nodes")]
        return Network(tuple(subnets), *roles)

    def _role(self, name: str) -> str:
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=ACCOUNT_TRUST)
        return str(made["Role"]["Arn"])

    def cluster(self, name: str, version: str, network: Network) -> None:
        """Create a cluster and let the time pass until it is ACTIVE."""
        self.begin_cluster(name, version, network)
        self.world.clock.advance(self.world.timings.control_plane)

    def begin_cluster(
        self, name: str, version: str, network: Network, tags: dict[str, str] | None = None
    ) -> None:
        """Create a cluster, which needs time to become ACTIVE."""
        self.eks.create_cluster(
            name=name,
            version=version,
            roleArn=network.cluster_role,
            resourcesVpcConfig={"subnetIds": list(network.subnets)},
            tags=tags or {},
        )

    def addons(
        self, cluster: str, versions: dict[str, str | None], values: dict[str, str] | None = None
    ) -> None:
        """Install add-ons; None means EKS's default version, `values` are configurations."""
        for name, version in versions.items():
            chosen = {"addonVersion": version} if version else {}
            if name in (values or {}):
                chosen["configurationValues"] = (values or {})[name]
            self.eks.create_addon(clusterName=cluster, addonName=name, **chosen)

    def template(self, name: str, image: str, instance_type: str, user_data: str) -> str:
        """A launch template with an image of its own; returns its id."""
        made = self.ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={
                "ImageId": image,
                "InstanceType": instance_type,
                "UserData": base64.b64encode(user_data.encode()).decode(),
                "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
                "TagSpecifications": [
                    {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}
                ],
            },
        )
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def apply(self, cluster: str, manifests: list[dict[str, Any]]) -> None:
        """Create Kubernetes objects."""
        with self.world.clock.lock:
            kube = self.world.kube(self.key(cluster))
            if kube:
                for manifest in manifests:
                    kube.apply(manifest)

    def key(self, cluster: str) -> str:
        """The key of a cluster in this place."""
        return self.world.key(self.place, cluster)

    def asg_of(self, cluster: str, group: str) -> str:
        """The name of a node group's Auto Scaling group."""
        raw = self.eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)["nodegroup"]
        return str(raw["resources"]["autoScalingGroups"][0]["name"])

    def protect(self, asg: str) -> None:
        """Scale-in protection on a group and on all its instances."""
        self.autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=asg, NewInstancesProtectedFromScaleIn=True
        )
        found = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[asg])
        instances = [i["InstanceId"] for i in found["AutoScalingGroups"][0]["Instances"]]
        self.autoscaling.set_instance_protection(
            AutoScalingGroupName=asg, InstanceIds=instances, ProtectedFromScaleIn=True
        )
