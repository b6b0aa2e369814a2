"""What is asked for as the image of new nodes."""

from dataclasses import dataclass

AMI_SOURCES = ("eks_optimized", "name_pattern", "image_id")
AMI_FAMILIES = ("same", "al2", "al2023", "bottlerocket")


@dataclass(frozen=True, kw_only=True)
class AmiChoice:
    """Where the new nodes' image comes from.

    Attributes:
        source: `eks_optimized` (EKS's own; by SSM parameter where the group uses a custom
            image), `name_pattern` (newest image of that name and owner) or `image_id`.
        family: `same` (as the old group), `al2`, `al2023` or `bottlerocket`.
        name_pattern: for `name_pattern`; may hold `{version}` and `{architecture}`.
        owner: account id or alias (`amazon`, `self`) for `name_pattern`.
        image_id: for `image_id`.
        replace_custom_image: whether `eks_optimized` may replace an image of the owner's own.
    """

    source: str = "eks_optimized"
    family: str = "same"
    name_pattern: str = ""
    owner: str = "amazon"
    image_id: str = ""
    replace_custom_image: bool = False
