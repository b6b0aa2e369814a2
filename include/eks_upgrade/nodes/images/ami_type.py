"""EKS's word for the image it chooses itself (`amiType`), and what it becomes in another family."""

from include.eks_upgrade.common.errors import Problem

_AMI_TYPES = {
    ("AL2_x86_64", "al2023"): "AL2023_x86_64_STANDARD",
    ("AL2_ARM_64", "al2023"): "AL2023_ARM_64_STANDARD",
    ("AL2_x86_64_GPU", "al2023"): "AL2023_x86_64_NVIDIA",
    ("AL2_x86_64", "bottlerocket"): "BOTTLEROCKET_x86_64",
    ("AL2_ARM_64", "bottlerocket"): "BOTTLEROCKET_ARM_64",
    ("AL2_x86_64_GPU", "bottlerocket"): "BOTTLEROCKET_x86_64_NVIDIA",
    ("AL2023_x86_64_STANDARD", "bottlerocket"): "BOTTLEROCKET_x86_64",
    ("AL2023_ARM_64_STANDARD", "bottlerocket"): "BOTTLEROCKET_ARM_64",
    ("AL2023_x86_64_NVIDIA", "bottlerocket"): "BOTTLEROCKET_x86_64_NVIDIA",
    ("AL2023_ARM_64_NVIDIA", "bottlerocket"): "BOTTLEROCKET_ARM_64_NVIDIA",
    ("BOTTLEROCKET_x86_64", "al2023"): "AL2023_x86_64_STANDARD",
    ("BOTTLEROCKET_ARM_64", "al2023"): "AL2023_ARM_64_STANDARD",
    ("BOTTLEROCKET_x86_64_NVIDIA", "al2023"): "AL2023_x86_64_NVIDIA",
    ("BOTTLEROCKET_ARM_64_NVIDIA", "al2023"): "AL2023_ARM_64_NVIDIA",
}
"""EKS's amiType after a change of family. Amazon Linux 2 is never a target: it has ended."""


def ami_type_for(ami_type: str, family: str) -> str | Problem:
    """EKS's amiType for the same kind of node in another `family` (`same`: unchanged)."""
    if family == "same" or ami_type.lower().startswith(f"{family}_"):
        return ami_type
    changed = _AMI_TYPES.get((ami_type, family))
    if changed is None:
        return Problem(
            subject=f"amiType {ami_type}",
            what=f"EKS has no amiType that is the same kind of node in the family {family}",
            remedy="set ami_family to same, or choose an image by ami_source name_pattern or "
            "image_id",
        )
    return changed


def family_of_ami_type(ami_type: str) -> str:
    """The family of EKS's own image (`al2`, `al2023`, `bottlerocket`); '' for a custom one."""
    first = ami_type.split("_", maxsplit=1)[0].lower()
    return "" if first == "custom" else first
