"""Whether an image that was found is one the group can start from. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.nodes.images.image import WINDOWS, Image, family_of
from include.eks_upgrade.nodes.images.kubernetes_version import Evidence, near, version_of
from include.eks_upgrade.nodes.images.ssm_parameter import ImageVariant

MAX_LISTED_IMAGES = 3


@dataclass(frozen=True)
class Wanted:
    """What the group needs of its image.

    Attributes:
        group: node group's name.
        family: chosen family, or '' when it is to stay as it is and nobody knows what it is.
        minor: Kubernetes minor the nodes are to run (`1.26`).
        present: the image it uses now, raw, or None.
        accelerator: `nvidia`, `neuron` or ''.
        offered: minors that EKS offers (`1.26`); empty where nobody asked or EKS did not say.
    """

    group: str
    architecture: str
    family: str
    minor: str
    present: Raw | None = None
    accelerator: str = ""
    offered: frozenset[str] = frozenset()

    @property
    def variant(self) -> ImageVariant:
        """The same, as the name of a public parameter needs it."""
        name = str((self.present or {}).get("Name", ""))
        return ImageVariant(self.family, self.architecture, self.minor, name, self.accelerator)

    def version_told_by(self, image: Raw) -> Evidence:
        """Which Kubernetes a raw image says it holds."""
        return version_of(image, {self.minor, *(self.offered or near(self.minor))})


def pick_newest(images: Sequence[Raw], wanted: Wanted, pattern: str, owner: str) -> Raw | Problem:
    """The newest available image that does not say that it is for something else."""
    usable = [
        image
        for image in images
        if image.get("State") == "available"
        and image.get("Architecture") == wanted.architecture
        and wanted.version_told_by(image).minor in {"", wanted.minor}
    ]
    if not usable:
        seen = first_few(sorted(str(image.get("Name")) for image in images), MAX_LISTED_IMAGES)
        return Problem(
            subject=f"node group {wanted.group}",
            what=f"{counted(len(images), 'image')} of {owner}"
            f" {agreeing(len(images), 'is', 'are')} named {pattern}"
            + (f" ({seen})" if images else "")
            + f", and none is available, {wanted.architecture} and for Kubernetes {wanted.minor}",
            remedy="correct ami_name_pattern or ami_owner ({version} and {architecture} are "
            "filled in), or choose another ami_source",
        )
    return max(usable, key=lambda image: (str(image.get("CreationDate")), image["ImageId"]))


def judge_image(
    raw: Raw, wanted: Wanted, source: str, notes: tuple[str, ...] = ()
) -> Image | Problem:
    """Whether the group can start from this image; `raw` is an entry of DescribeImages."""
    image_id, told = raw["ImageId"], wanted.version_told_by(raw)
    subject = f"image {image_id} ({raw.get('Name')}) for node group {wanted.group}"
    if raw.get("State") != "available":
        return Problem(
            subject,
            f"its state is {raw.get('State')}, not available",
            "wait until EC2 has made it available, or choose another image",
        )
    if raw.get("Architecture") != wanted.architecture:
        return Problem(
            subject,
            f"it is for {raw.get('Architecture')} and the group's instances are "
            f"{wanted.architecture}",
            f"choose an image for {wanted.architecture}",
        )
    if told.minor not in {"", wanted.minor}:
        return Problem(
            subject,
            f"{told.where} says Kubernetes {told.minor} and the nodes are to run {wanted.minor}",
            f"choose an image for Kubernetes {wanted.minor}; if it is one and that number is its "
            f"own, give it the tag kubernetes_version={wanted.minor}, which counts more",
        )
    family = _judge_family(raw, wanted, subject)
    if isinstance(family, Problem):
        return family
    if not told.minor:
        notes += (
            "neither its tags nor its description nor its name tell its Kubernetes version; the "
            "new nodes' kubelets will",
        )
    return Image(
        id=image_id,
        name=str(raw.get("Name", "")),
        architecture=wanted.architecture,
        family=family,
        kubernetes_version=wanted.minor,
        source=source,
        notes=notes,
    )


def _judge_family(raw: Raw, wanted: Wanted, subject: str) -> str | Problem:
    """The family the image is of, when that is known and meant."""
    guessed = family_of(raw)
    if WINDOWS in {guessed, wanted.family}:
        return Problem(
            subject,
            "this project does not write the user data that a custom Windows image needs",
            "leave the group out of node_groups and replace it by hand",
        )
    if guessed and wanted.family and guessed != wanted.family:
        return Problem(
            subject,
            f"it is of the family {guessed} and {wanted.family} is what the group is to run",
            f"set ami_family to {guessed} if the change is meant, or choose an image of the "
            f"family {wanted.family}",
        )
    if not guessed and not wanted.family:
        return unknown_family(wanted, "neither the image nor the one it replaces tells its family")
    return guessed or wanted.family


def unknown_family(wanted: Wanted, why: str) -> Problem:
    """The problem that the family, and so the way to join the cluster, is not known."""
    return Problem(
        subject=f"node group {wanted.group}",
        what=f"{why}, so nobody can say how its nodes are to join the cluster",
        remedy="set ami_family to al2, al2023 or bottlerocket",
    )


def no_such_image(image_id: str, why: str) -> Problem:
    """The problem that EC2 does not know an image id; `why` says who named it."""
    return Problem(
        subject=f"image {image_id}",
        what=f"EC2 knows no such image in this region and account ({why})",
        remedy="correct the id, share the image with this account, or choose another ami_source",
    )
