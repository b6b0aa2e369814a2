"""What is wrong around the troubled cluster in its AWS account, and nobody has noticed yet."""

from datetime import timedelta
from typing import Any

from include.rehearsal.aws import interference
from include.rehearsal.aws.quotas import ON_DEMAND_VCPUS
from include.rehearsal.credentials import session
from include.rehearsal.seeding import ACCOUNT_TRUST, Network, Seeder
from include.rehearsal.troubled.groups import OLD_TYPE
from include.rehearsal.world import World

GONE_GROUP = "sg-0000000000000dead"
FREE_FOR_CONTROL_PLANE = 3
TRUST_OF_LAMBDA = ACCOUNT_TRUST.replace("eks.amazonaws.com", "lambda.amazonaws.com")
GUARDRAIL = {
    "Effect": "Deny",
    "Action": ["eks:DeleteNodegroup", "eks:StartInsightsRefresh"],
    "Resource": "*",
}
"""What a service control policy denies to everybody."""
GP3_STORAGE = "L-7A658B76"
HYBRID = {
    "name": "EKS Hybrid Nodes webhook connectivity",
    "category": "MISCONFIGURATION",
    "status": "WARNING",
    "reason": "Webhooks of the cluster run on hybrid nodes whose pods cannot be reached.",
    "recommendation": "Run webhooks on nodes in the cloud.",
}
"""Its words are assumed: no such insight was found."""
DROPS = "zone b drops packets"
THREE_DAYS = timedelta(days=3)


def trouble_the_account(world: World, seeder: Seeder, cluster: str, network: Network) -> None:
    """A security group that is gone, a key that is off, a trust that EKS is not in, and more.

    Args:
        world: the rehearsal's; its clock's lock is free.
        seeder: of the cluster's place.
        cluster: its name, at home.
        network: its roles and subnets.
    """
    seeder.iam.update_assume_role_policy(
        RoleName=network.cluster_role.rpartition("/")[2], PolicyDocument=TRUST_OF_LAMBDA
    )
    own_subnets = _crowded_subnets(seeder, network)
    key = _disabled_key(world, seeder)
    with world.clock.lock:
        raw = interference.region_of(cluster).cluster(cluster).raw
        raw["resourcesVpcConfig"]["securityGroupIds"] = [GONE_GROUP]
        raw["resourcesVpcConfig"]["subnetIds"] = own_subnets
        raw["encryptionConfig"] = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
        raw["health"] = {"issues": [_key_issue(key)]}
        raw["kubeApiServerConfig"] = {"eventTtl": "48h"}
        raw["controlPlaneScalingConfig"] = {"tier": "tier-xl"}
        raw["zonalShiftConfig"] = {"enabled": True}
        raw["tags"]["ManagedBy"] = "terraform"
        world.not_offered.add((f"{seeder.place.region}b", OLD_TYPE))
        world.quotas |= {ON_DEMAND_VCPUS: 16.0, GP3_STORAGE: 1.0}


def _crowded_subnets(seeder: Seeder, network: Network) -> list[str]:
    """Subnets for the control plane alone, as AWS advises; other interfaces have filled them."""
    found = seeder.ec2.describe_subnets(SubnetIds=list(network.subnets))["Subnets"]
    made = []
    for number, one in enumerate(found):
        block = ".".join(one["CidrBlock"].split(".")[:2])
        subnet = seeder.ec2.create_subnet(
            VpcId=one["VpcId"],
            CidrBlock=f"{block}.100.{number * 16}/28",
            AvailabilityZone=one["AvailabilityZone"],
        )["Subnet"]
        for _ in range(subnet["AvailableIpAddressCount"] - FREE_FOR_CONTROL_PLANE):
            seeder.ec2.create_network_interface(SubnetId=subnet["SubnetId"])
        made.append(str(subnet["SubnetId"]))
    return made


def _disabled_key(world: World, seeder: Seeder) -> str:
    place = seeder.place
    aws = session(place.region, world.pair_of(place.account))
    kms: Any = aws.client("kms", endpoint_url=world.aws_url)
    made = kms.create_key(Description="of Secrets")["KeyMetadata"]
    kms.disable_key(KeyId=made["KeyId"])
    kms.close()
    return str(made["Arn"])


def _key_issue(key: str) -> dict[str, Any]:
    return {"code": "KmsKeyDisabled", "message": "The KMS key is disabled.", "resourceIds": [key]}


def trouble_the_access(world: World, seeder: Seeder, cluster: str, group: str) -> None:
    """Rights that are gone, and a zone; the last of all, for they would be in our own way.

    Args:
        world: the rehearsal's; its clock's lock is free.
        seeder: of the cluster's place.
        cluster: its name, at home.
        group: one that has no nodes now, and a role of its own.
    """
    with world.clock.lock:
        world.faults.insights.append({**HYBRID, "cluster": cluster})
    seeder.eks.list_insights(clusterName=cluster)  # EKS looks for the first time
    with world.clock.lock:
        state = interference.region_of(cluster).cluster(cluster)
        for one in state.insights:
            one["lastRefreshTime"] -= THREE_DAYS
        state.access_entries[state.groups[group].raw["nodeRole"]]["type"] = "STANDARD"
        world.clusters[cluster].delete("clusterrolebindings", None, "eks:node-manager", {})
        world.callers.guardrails = (GUARDRAIL,)
    zone = f"{seeder.place.region}b"
    interference.start_zonal_shift(world, cluster, zone, hours=72.0, comment=DROPS)
    with world.clock.lock:
        world.controls["kube"]("POST", {"do": "forbid", "verb": "patch", "resource": "nodes"})
