"""Who reads what of AWS for the preflight."""

from collections.abc import Callable, Mapping
from typing import Any

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.addon_offers import ADDON_OFFERS
from include.eks_upgrade.aws.readings.node_prices import NODE_PRICES
from include.eks_upgrade.aws.readings.read_addon_offers import read_addon_offers
from include.eks_upgrade.aws.readings.read_node_prices import read_node_prices
from include.eks_upgrade.common.reading import Reading

AwsReader = Callable[[AwsClients, ClusterFacts], object]
"""Asks AWS; raises what botocore raises, which the caller turns into `NotRead`."""

READERS: Mapping[Reading[Any], AwsReader] = {
    ADDON_OFFERS: read_addon_offers,
    NODE_PRICES: read_node_prices,
}
"""A new reading is added here; all are read side by side, in threads."""
