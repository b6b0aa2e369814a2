"""What a control plane stands on beside its subnets, as it was read for the preflight. Pure."""

from collections.abc import Mapping

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

SECURITY_GROUPS: Reading[frozenset[str]] = Reading(
    "security_groups",
    "the security groups of the cluster",
    ("ec2:DescribeSecurityGroups",),
)
"""The ids of those of the cluster's security groups that exist."""

CLUSTER_ROLE: Reading[Raw | None] = Reading(
    "cluster_role", "the role of the cluster", ("iam:GetRole",)
)
"""`get_role()["Role"]`; None when IAM has no role of that name."""

ENCRYPTION_KEYS: Reading[Mapping[str, str]] = Reading(
    "encryption_keys", "the KMS key of the cluster's secrets", ("kms:DescribeKey",)
)
"""`KeyState` of each key that the cluster's encryption names, by its ARN; empty when it is gone."""

ACCESS_ENTRIES: Reading[Mapping[str, str]] = Reading(
    "access_entries", "the access entries of the node roles", ("eks:DescribeAccessEntry",)
)
"""The type of each node role's access entry, by the role's ARN; a role without one is missing."""

OTHER_INSIGHTS: Reading[tuple[Raw, ...]] = Reading(
    "other_insights",
    "EKS's insights about later versions and misconfigurations",
    ("eks:ListInsights", "eks:DescribeInsight"),
)
"""Insights that are not PASSING, beside those about the next minor: `describe_insight()`."""
