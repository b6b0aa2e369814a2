"""Reads what the rehearsal's AWS account holds, the way any AWS client would."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import boto3
import yaml
from botocore.exceptions import ClientError


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


def read_fleet(environment: Mapping[str, str], file: Path) -> dict[str, str]:
    """The minor of each cluster of a fleet, by `account/region/name`.

    That of its control plane, if its node groups have the same; else all of them (`1.34+1.35`).
    A place that may not be looked at is left out.

    Args:
        environment: as above, with the connections that the rehearsal prints.
        file: the fleet file; its accounts are read.
    """
    found: dict[str, str] = {}
    for account in yaml.safe_load(file.read_text("utf-8"))["accounts"]:
        connection = json.loads(environment[f"AIRFLOW_CONN_{account['aws_conn_id'].upper()}"])
        keys = _assumed(environment, connection["extra"]["role_arn"])
        for region in account["regions"] if keys else ():
            eks = eks_client({**environment, **keys, "AWS_DEFAULT_REGION": region})
            for name in eks.list_clusters()["clusters"]:
                found[f"{account['name']}/{region}/{name}"] = _minors(eks, name)
    return found


def _minors(eks: Any, cluster: str) -> str:
    groups = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
    described = [eks.describe_nodegroup(clusterName=cluster, nodegroupName=g) for g in groups]
    minors = {each["nodegroup"]["version"] for each in described}
    return "+".join(sorted({eks.describe_cluster(name=cluster)["cluster"]["version"], *minors}))


def _assumed(environment: Mapping[str, str], role_arn: str) -> dict[str, str]:
    """The keys of a role; none when it may not be assumed."""
    sts = _client("sts", environment)
    try:
        given = sts.assume_role(RoleArn=role_arn, RoleSessionName="demo")["Credentials"]
    except ClientError:
        return {}
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def eks_client(environment: Mapping[str, str]) -> Any:
    """A boto3 EKS client made from the environment's values, not from this process's own."""
    return _client("eks", environment)


def _client(service: Literal["eks", "sts"], environment: Mapping[str, str]) -> Any:
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment.get("AWS_SESSION_TOKEN"),
    )


def _group(answer: Mapping[str, Any]) -> dict[str, Any]:
    group = answer["nodegroup"]
    nodes = group.get("scalingConfig", {}).get("desiredSize", 0)
    return {"version": group.get("version", "?"), "status": group["status"], "nodes": nodes}
