"""All checks of the preflight, in the order in which they are told."""

from include.eks_upgrade.planning.preflight.addons import checks as addons
from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.eks import checks as eks
from include.eks_upgrade.planning.preflight.kubernetes import checks as kubernetes
from include.eks_upgrade.planning.preflight.nodes import checks as nodes
from include.eks_upgrade.planning.preflight.request import checks as request

CHECKS: tuple[Check, ...] = (
    *request.CHECKS,
    *eks.CHECKS,
    *nodes.CHECKS,
    *addons.CHECKS,
    *kubernetes.CHECKS,
)
