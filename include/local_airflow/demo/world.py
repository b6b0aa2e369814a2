"""Reads what the rehearsal's AWS account holds, the way any AWS client would."""

from collections.abc import Mapping
from typing import Any

import boto3


def read_world(environment: Mapping[str, str], cluster: str) -> dict[str, Any]:
    """The cluster, its add-ons and node groups.

    Args:
        environment: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and region.
        cluster: its name.

    Returns:
        `{"version", "addons": {name: version},
        "node_groups": {name: {"version", "status", "nodes"}}}`.
    """
    eks = eks_client(environment)
    addons = eks.list_addons(clusterName=cluster)["addons"]
    groups = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
    return {
        "version": eks.describe_cluster(name=cluster)["cluster"]["version"],
        "addons": {
            name: eks.describe_addon(clusterName=cluster, addonName=name)["addon"]["addonVersion"]
            for name in addons
        },
        "node_groups": {
            name: _group(eks.describe_nodegroup(clusterName=cluster, nodegroupName=name))
            for name in groups
        },
    }


def eks_client(environment: Mapping[str, str]) -> Any:
    """A boto3 EKS client made from the environment's values, not from this process's own."""
    return boto3.client(
        "eks",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def _group(answer: Mapping[str, Any]) -> dict[str, Any]:
    group = answer["nodegroup"]
    nodes = group.get("scalingConfig", {}).get("desiredSize", 0)
    return {"version": group.get("version", "?"), "status": group["status"], "nodes": nodes}
