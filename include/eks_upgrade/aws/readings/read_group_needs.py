"""Reading what new nodes need of EC2, for the preflight. Changes nothing."""

from collections.abc import Iterator
from typing import Any

from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.capacity.read_quotas import read_quota
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.clients import client_of
from include.eks_upgrade.aws.readings.group_needs import (
    STORAGE_QUOTAS,
    Storage,
    TemplateVersions,
    volume_types,
)

_PER_FILTER = 200
"""EC2 takes 200 values of one filter."""


def read_offerings(clients: AwsClients, facts: ClusterFacts) -> dict[str, frozenset[str]]:
    """In which zones each type of the cluster's groups is offered; offered is not in stock."""
    wanted = sorted(set(_types(facts)))
    found: dict[str, set[str]] = {}
    for start in range(0, len(wanted), _PER_FILTER):
        named = [{"Name": "instance-type", "Values": wanted[start : start + _PER_FILTER]}]
        for one in all_pages(
            clients.ec2,
            "describe_instance_type_offerings",
            "InstanceTypeOfferings",
            LocationType="availability-zone",
            Filters=named,
        ):
            found.setdefault(str(one["InstanceType"]), set()).add(str(one["Location"]))
    return {name: frozenset(zones) for name, zones in found.items()}


def _types(facts: ClusterFacts) -> Iterator[str]:
    for group in facts.node_groups.values():
        yield from map(str, group.get("instanceTypes") or ())
    if facts.surge:
        yield from facts.surge.instance_types
        for version in facts.surge.templates.values():
            named = (version or {}).get("LaunchTemplateData", {}).get("InstanceType")
            yield from [str(named)] if named else []


def read_template_versions(clients: AwsClients, facts: ClusterFacts) -> dict[str, TemplateVersions]:
    """Asked by filter, so that a template that is gone is missing and no error.

    EC2 filters by name and not by id; EKS shows both of a group's template.
    """
    used = [group.get("launchTemplate") or {} for group in facts.node_groups.values()]
    names = sorted({str(one["name"]) for one in used if one.get("name")})
    found: dict[str, TemplateVersions] = {}
    for start in range(0, len(names), _PER_FILTER):
        wanted = [{"Name": "launch-template-name", "Values": names[start : start + _PER_FILTER]}]
        for one in all_pages(
            clients.ec2, "describe_launch_templates", "LaunchTemplates", Filters=wanted
        ):
            found[str(one["LaunchTemplateId"])] = TemplateVersions(
                int(one["DefaultVersionNumber"]), int(one["LatestVersionNumber"])
            )
    return found


def read_storage(clients: AwsClients, facts: ClusterFacts) -> dict[str, Storage]:
    """GiB in use by each volume type of new nodes, and the account's quota of it."""
    wanted = volume_types(facts)
    if not wanted:
        return {}
    quotas: Any = client_of(clients.quotas, "Service Quotas")
    return {
        kind: Storage(_used(clients, kind), quota)
        for kind, code in STORAGE_QUOTAS.items()
        if kind in wanted and (quota := read_quota(quotas, "ebs", code)) is not None
    }


def _used(clients: AwsClients, kind: str) -> int:
    of_kind = [{"Name": "volume-type", "Values": [kind]}]
    volumes = all_pages(clients.ec2, "describe_volumes", "Volumes", Filters=of_kind)
    return sum(int(one["Size"]) for one in volumes)
