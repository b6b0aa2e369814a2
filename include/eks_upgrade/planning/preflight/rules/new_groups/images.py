"""The images of the new nodes: why a group has none, and those that are found. Pure."""

from collections.abc import Collection, Mapping

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.preflight.rules.options import option_problems
from include.eks_upgrade.request import UpgradeRequest

Found = Mapping[str, Image | Problem | None]
"""By old group: the image of the new one, why there is none, or None where EKS chooses."""


def image_problems(
    request: UpgradeRequest, images: Found, rolled: Collection[str]
) -> list[Problem]:
    """Why groups have no image; a contradiction among the parameters is told once, not here."""
    if any(problem.subject.startswith("ami_") for problem in option_problems(request)):
        return []
    return [one for name in rolled if isinstance(one := images.get(name), Problem)]


def with_image(images: Found, rolled: Collection[str]) -> dict[str, Image | None]:
    """Groups whose image is found; of the others nothing can be said before they have one."""
    found = {name: images.get(name) for name in rolled}
    return {name: image for name, image in found.items() if not isinstance(image, Problem)}
