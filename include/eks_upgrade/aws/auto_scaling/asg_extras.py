"""What people hang on an Auto Scaling group, and DescribeAutoScalingGroups does not show. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw

EKS_HOOKS = frozenset({"Launch-LC-Hook", "Terminate-LC-Hook"})
"""Lifecycle hooks that EKS itself puts on each group."""


@dataclass(frozen=True)
class AsgExtras:
    """Raw entries of the describe calls, about one Auto Scaling group.

    Attributes:
        schedules: DescribeScheduledActions.
        hooks: DescribeLifecycleHooks.
        policies: DescribePolicies.
        notifications: DescribeNotificationConfigurations.
    """

    schedules: Sequence[Raw] = ()
    hooks: Sequence[Raw] = ()
    policies: Sequence[Raw] = ()
    notifications: Sequence[Raw] = ()
