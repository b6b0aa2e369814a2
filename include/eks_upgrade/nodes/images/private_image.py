"""A group that runs an image of its owner's choice, which no public parameter stands for. Pure.

EKS's own image would take its place without what was built into it. So that is done only where a
person says so, and who does not is shown the newer images of the same owner and the like name.
"""

import re
from collections.abc import Sequence

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.images.kubernetes_version import named_by_a_public_maker
from include.eks_upgrade.nodes.images.suitability import MAX_LISTED_IMAGES, Wanted, judge_image

CANONICAL = frozenset({"099720109477", "513442679011", "837727238323"})
"""Who makes Ubuntu's images, by partition: https://documentation.ubuntu.com/aws/"""

MIN_LITERALS = 3
"""Letters and digits that a pattern must hold, or it would stand for nearly every image."""


def is_private(image: Raw) -> bool:
    """Whether a raw image is none of those that EKS and other public makers publish.

    EC2 lets nobody but AWS have the alias `amazon`. A private copy is private, whatever its name;
    a public image counts as its maker's by its name, also when EC2 does not tell the owner.
    """
    if image.get("ImageOwnerAlias") == "amazon" or image.get("OwnerId") in CANONICAL:
        return False
    published = image.get("Public", not image.get("OwnerId"))
    return not (published and named_by_a_public_maker(image))


def name_pattern(name: str) -> str:
    """The EC2 name filter that an image's name and those of its successors fit.

    Versions, dates, hashes and build numbers become `*`: `acme-al2023-eks-node-1.15.3` becomes
    `acme-al2023-eks-node-*`. Empty where hardly anything else is left.
    """
    pattern = _CHANGES.sub(lambda found: found[0] if found["kept"] else "*", name)
    pattern = re.sub(r"\*(?:[-_. +:]*\*)+", "*", pattern)
    if len(re.findall(r"[A-Za-z0-9]", pattern)) < MIN_LITERALS:
        return ""
    return pattern if "*" in pattern else f"{pattern}*"


_BOUNDED = r"(?<![A-Za-z0-9])(?:{})(?![A-Za-z0-9])"
_CHANGES = re.compile(
    # What looks like a version and names what the image is.
    r"(?P<kept>al2023|amazon[-_ ]?linux[-_ ]?\d+|amzn2|x86_64|\b2\d\.(?:04|10)\b)"
    # A UUID; a hash; a date, with or without a time.
    r"|" + _BOUNDED.format(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}") + r"|"
    # A hash has both letters and digits; `deadbeef` may be a word.
    r"" + _BOUNDED.format(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}") + r"|"
    r"\d{4}-?\d\d-?\d\d[T_ -]?\d\d[-:.h]?\d\d(?:[-:.m]?\d\d)?Z?"
    # A Kubernetes minor glued to its word: only the digits change.
    r"|(?<=k8s|eks)1(?:[._-]?\d\d)(?:\.\d+)?(?![A-Za-z0-9])"
    # A version or a number by itself, perhaps with a word before or after it.
    r"|(?<![A-Za-z0-9])(?:v|k|rev|r|b|build|release|rc)?\d+(?:[._-]\d+)*"
    r"(?:[-_.+]?(?:rc|beta|alpha|build|snapshot|dev|r)[-_.]?\d*)?(?![A-Za-z0-9])",
    re.IGNORECASE,
)


def newer_that_fit(images: Sequence[Raw], wanted: Wanted) -> list[Raw]:
    """The raw images that are newer than the present one and fit the group, newest first."""
    created = str((wanted.present or {}).get("CreationDate", ""))
    newer = [image for image in images if str(image.get("CreationDate", "")) > created]
    fit = [image for image in newer if isinstance(judge_image(image, wanted, ""), Image)]
    return sorted(fit, key=lambda image: (str(image["CreationDate"]), image["ImageId"]))[::-1]


def private_image_problem(
    wanted: Wanted, present: Raw, pattern: str, fit: Sequence[Raw]
) -> Problem:
    """The refusal to replace a private image by EKS's own.

    Args:
        wanted: what the group needs of its image.
        present: the raw image it runs.
        pattern: what `name_pattern` made of its name.
        fit: what `newer_that_fit` found.
    """
    owner = present.get("OwnerId") or "an account that EC2 does not tell"
    named = f"of {owner} named {pattern}" if pattern else f"of {owner}"
    # With no pattern nothing was looked for, and the sentence must not claim that it was.
    found = (
        f"newer images {named} that fit Kubernetes {wanted.minor}: {_listed(fit, wanted)}"
        if fit
        else f"no newer image {named} fits Kubernetes {wanted.minor}"
        if pattern
        else "its name is no pattern by which newer ones could be found"
    )
    return Problem(
        subject=f"node group {wanted.group}",
        what=f"it runs {present['ImageId']} ({present.get('Name')}), an image {of_whom(present)}, "
        "and ami_source=eks_optimized would replace it by its maker's public one, without what was "
        f"built into it; {found}",
        remedy=_remedy(str(owner), pattern, fit),
    )


def of_whom(present: Raw) -> str:
    """Whose a private image is, in words."""
    return f"of account {present['OwnerId']}" if present.get("OwnerId") else "of its owner's own"


def lost_image_problem(group: str, image_id: str) -> Problem:
    """The refusal where the image that the group runs cannot be looked at any more."""
    return Problem(
        subject=f"node group {group}",
        what=f"it runs {image_id}, which EC2 does not know any more (deregistered, or no longer "
        "shared with this account), so nobody can say whether it is an image of its owner's own, "
        "which ami_source=eks_optimized would replace, nor which images are newer",
        remedy="choose the new image by ami_source=image_id or name_pattern, or set "
        "replace_custom_image=true if a public one is meant, with ami_family",
    )


def _listed(fit: Sequence[Raw], wanted: Wanted) -> str:
    return first_few([_one(image, wanted) for image in fit], MAX_LISTED_IMAGES)


def _one(image: Raw, wanted: Wanted) -> str:
    date = str(image.get("CreationDate"))[:10]
    silent = "" if wanted.version_told_by(image).minor else ", tells no Kubernetes version"
    return f"{image['ImageId']} ({image.get('Name')}, {date}{silent})"


def _remedy(owner: str, pattern: str, fit: Sequence[Raw]) -> str:
    anyway = "set replace_custom_image=true if the public image is meant"
    if not fit:
        return (
            "make an image for the target, and choose it by ami_source=image_id or name_pattern "
            f"(ami_owner={owner}); or {anyway}"
        )
    return (
        f"set ami_source=name_pattern with ami_owner={owner} and ami_name_pattern={pattern}, or "
        f"ami_source=image_id with ami_id={fit[0]['ImageId']} (either holds for every group of the "
        f"run: name those that it fits in node_groups); or {anyway}"
    )
