"""The way out when a node group will not go: look why, unprotect, and, last, delete its ASG."""

from include.eks_upgrade.nodes.managed.recovery.diagnosis import (
    Diagnosis,
    Evidence,
    diagnose,
    diagnosis,
)
from include.eks_upgrade.nodes.managed.recovery.guards import Guard
from include.eks_upgrade.nodes.managed.recovery.ladder import delete_asg, unprotect

__all__ = ["Diagnosis", "Evidence", "Guard", "delete_asg", "diagnose", "diagnosis", "unprotect"]
