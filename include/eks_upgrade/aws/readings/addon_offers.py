"""Versions of add-ons that a cluster may run without EKS's doing. Pure."""

from collections.abc import Mapping

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

ADDON_OFFERS: Reading[Mapping[str, tuple[Raw, ...]]] = Reading(
    "addon_offers",
    "the versions of add-ons that this cluster does not have from EKS",
    ("eks:DescribeAddonVersions",),
)
"""Raw `addonVersions` by the add-on's name; empty where EKS has none of that name."""
