"""Asking EKS which versions it has of add-ons that are not its own here. Changes nothing."""

from include.eks_upgrade.aws.addons import read_addon_versions
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.addon_names import OFTEN_SELF_MANAGED
from include.eks_upgrade.common.raw import RawDict


def read_addon_offers(clients: AwsClients, facts: ClusterFacts) -> dict[str, tuple[RawDict, ...]]:
    """Of each that is often run so and is no EKS add-on of the cluster."""
    missing = [name for name in OFTEN_SELF_MANAGED if name not in facts.addons]
    return {name: read_addon_versions(clients.eks, name) for name in missing}
