"""Asking AWS's price lists what an hour of the nodes to come costs."""

from collections.abc import Mapping

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.node_prices import hourly_dollars

_LINUX_ON_DEMAND = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
}
"""One product of the many that EC2 has for each type and region."""


def read_node_prices(clients: AwsClients, facts: ClusterFacts) -> Mapping[str, float]:
    """US dollars by instance type, of the types from which new groups are started.

    A type without a price in dollars is missing: in China prices are in yuan.
    """
    types = sorted(facts.surge.instance_types) if facts.surge else []
    if clients.pricing is None or not clients.region:
        return {}
    found = {one: hourly_dollars(_products(clients, one)) for one in types}
    return {one: dollars for one, dollars in found.items() if dollars is not None}


def _products(clients: AwsClients, instance_type: str) -> list[str]:
    wanted = {"instanceType": instance_type, "regionCode": clients.region, **_LINUX_ON_DEMAND}
    filters = [
        {"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()
    ]
    answer = clients.pricing.get_products(ServiceCode="AmazonEC2", Filters=filters)
    return list(answer.get("PriceList") or ())
