"""Looking up quotas by their names, for the preflight. Changes nothing."""

from collections.abc import Iterator
from typing import Any

from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.clients import client_of
from include.eks_upgrade.aws.readings.named_quotas import (
    Family,
    NamedQuota,
    families_of,
    named_quota,
    unknown_families,
)

_LISTS = ("list_aws_default_service_quotas", "list_service_quotas")
"""AWS's own values first, so that the account's own takes their place."""


def read_named_quotas(clients: AwsClients, facts: ClusterFacts) -> dict[Family, NamedQuota]:
    """The quotas of families without a known code; nothing is asked where there are none."""
    wanted = unknown_families(facts)
    if not wanted:
        return {}
    client = client_of(clients.quotas, "Service Quotas")
    return {
        family: quota
        for quota in _listed(client)
        for family in families_of(quota.name)
        if family in wanted
    }


def _listed(client: Any) -> Iterator[NamedQuota]:
    for operation in _LISTS:
        for raw in all_pages(client, operation, "Quotas", ServiceCode="ec2"):
            yield named_quota(raw)
