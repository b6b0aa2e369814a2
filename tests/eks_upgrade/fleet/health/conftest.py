"""A rehearsal cluster behind its HTTPS door, with two nodes in the group `blue`."""

from tests.eks_upgrade.verification.conftest import stage

__all__ = ["stage"]
