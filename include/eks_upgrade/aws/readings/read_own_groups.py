"""Reading the Auto Scaling groups of self-managed nodes, for the preflight. Changes nothing."""

from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.own_groups import (
    OwnGroup,
    has_own_nodes,
    is_own,
    tag_keys,
    templates_of,
)
from include.eks_upgrade.common.raw import Raw


def read_own_groups(clients: AwsClients, facts: ClusterFacts) -> tuple[OwnGroup, ...]:
    """Those of this cluster, with the versions of their launch templates."""
    if not has_own_nodes(facts):
        return ()
    cluster = str(facts.cluster["name"])
    tagged = [{"Name": "tag-key", "Values": list(tag_keys(cluster))}]
    found = all_pages(
        clients.autoscaling, "describe_auto_scaling_groups", "AutoScalingGroups", Filters=tagged
    )
    return tuple(_own_group(clients, one) for one in found if is_own(one, cluster))


def _own_group(clients: AwsClients, raw: Raw) -> OwnGroup:
    configuration = str(raw.get("LaunchConfigurationName") or "")
    unread = f"launch configuration {configuration}" if configuration else ""
    versions = tuple(
        version
        for template, number in templates_of(raw)
        for version in clients.ec2.describe_launch_template_versions(
            LaunchTemplateId=template, Versions=[number]
        )["LaunchTemplateVersions"]
    )
    return OwnGroup(str(raw["AutoScalingGroupName"]), versions, unread)
