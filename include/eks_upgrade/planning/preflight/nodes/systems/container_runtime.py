"""containerd 1.x, with which kubelets will not work for much longer. EKS's own images have 2.x."""

from collections.abc import Iterator

from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.readings.nodes.node_systems import NodeSystem
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.images.kubernetes_version import named_by_a_public_maker
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.nodes.systems.staying_nodes import (
    present_nodes,
    staying_nodes,
    told,
)
from include.eks_upgrade.planning.preflight.seen import Seen

TOLD_SINCE = Minor(1, 36)

_AWS_AND_UPSTREAM = (
    "AWS calls 1.35 the last minor with containerd 1.x; Kubernetes itself puts its end off to 1.38"
)


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target < TOLD_SINCE:
        return
    for name in seen.rolled:
        image = seen.images.get(name)
        nodes = present_nodes(seen, name, _is_one) if _is_own(image) else []
        if nodes and isinstance(image, Image):
            yield Finding(
                Severity.WARNS,
                f"node group {name}",
                f"{told(nodes, nodes[0].runtime)}, and the new image {image.id} ({image.name}) is "
                f"one of your own; {_AWS_AND_UPSTREAM}",
                "see that the image holds containerd 2.x",
            )
    for where, nodes in staying_nodes(seen, _is_one):
        yield Finding(
            Severity.INFORMS,
            where,
            f"{told(nodes, nodes[0].runtime)}; {_AWS_AND_UPSTREAM}",
            f"when they are brought to {seen.target}, give them an image with containerd 2.x",
        )


def _is_one(node: NodeSystem) -> bool:
    return node.containerd_1


def _is_own(image: object) -> bool:
    return isinstance(image, Image) and not named_by_a_public_maker({"Name": image.name})


CHECK = Check(
    "container_runtime",
    "Will nodes run containerd 1.x, which kubelets stop to support?",
    "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions-standard.html (1.35); "
    "https://github.com/kubernetes/kubernetes/pull/136846; "
    "https://github.com/kubernetes/kubernetes/pull/139121",
    _judge,
)
