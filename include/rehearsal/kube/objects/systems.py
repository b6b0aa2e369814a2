"""The operating system and the container runtime of a machine image, as its nodes tell them.

Seen on real nodes: tests/recordings/aws. EKS's images have containerd 2.1 since 1.34:
https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions-standard.html
"""

from dataclasses import dataclass

from include.rehearsal import images
from include.rehearsal.catalogue import minor

FIRST_WITH_CONTAINERD_2 = 34


@dataclass(frozen=True)
class System:
    """What `status.nodeInfo` says: osImage and containerRuntimeVersion."""

    os_image: str = "Amazon Linux"
    runtime: str = "containerd://1.7.0"


def system_of(image_id: str, region: str) -> System:
    """That of an image of the rehearsal; of one that nobody knows as little as can be said."""
    image = images.by_id(region).get(image_id)
    if image is None:
        return System()
    names = {
        "al2": "Amazon Linux 2",
        "al2023": "Amazon Linux 2023.8.20250915",
        "bottlerocket": f"Bottlerocket OS 1.44.0 (aws-k8s-{image.kubernetes_version})",
        "ubuntu": "Ubuntu 22.04.5 LTS",
    }
    newer = minor(image.kubernetes_version) >= FIRST_WITH_CONTAINERD_2
    return System(names[image.family], f"containerd://{'2.1.4' if newer else '1.7.28'}")
