"""The images of the new nodes."""

from collections.abc import Iterator

from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.new_groups.images import image_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(image_problems(seen.request, seen.images, seen.rolled))
    for name in seen.rolled:
        image = seen.images.get(name)
        if isinstance(image, Image):
            notes = (f"node group {name}: image {image.id}: {note}" for note in image.notes)
            yield from warning(f"node group {name}", notes)


CHECK = Check(
    "node_images",
    "Is there an image for the new nodes of each group?",
    "docs/parameters.md",
    _judge,
    may_be_waived=False,
)
