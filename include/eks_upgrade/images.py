"""Which machine image the green nodes start from: found, verified, and told with its reasons."""

from include.eks_upgrade.image import Image, family_of, version_of

__all__ = ["Image", "family_of", "version_of"]
