"""What is asked of AWS once it is known what runs in the cluster. Changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from include.eks_upgrade.aws.addons import read_addon_versions
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.addon_offers import ADDON_OFFERS
from include.eks_upgrade.common.addon_names import OFTEN_SELF_MANAGED
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.common.reading import NotKnown, Reading, Readings
from include.eks_upgrade.kube.readings.components import COMPONENTS

LaterReader = Callable[[AwsClients, ClusterFacts, Readings], object]
"""As an `AwsReader`, with what was read before."""


def read_addon_offers(
    clients: AwsClients, facts: ClusterFacts, found: Readings
) -> dict[str, tuple[RawDict, ...]]:
    """Of each that runs in the cluster and is no EKS add-on of it; a call for each.

    Nothing where it is not known what runs: then nothing is judged by it.
    """
    try:
        running = {one.part for one in found.of(COMPONENTS)}
    except NotKnown:
        return {}
    own = [name for name in OFTEN_SELF_MANAGED if name in running - facts.addons.keys()]
    return {name: read_addon_versions(clients.eks, name) for name in own}


READERS: Mapping[Reading[Any], LaterReader] = {ADDON_OFFERS: read_addon_offers}
