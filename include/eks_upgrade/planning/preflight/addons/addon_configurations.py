"""Stored configurations of add-ons against the next version's schema."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.addons.configurations import configuration_problems
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(configuration_problems(seen.facts))


CHECK = Check(
    "addon_configurations",
    "Does the configuration of each add-on fit the version it goes to?",
    "https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonConfiguration.html",
    _judge,
)
