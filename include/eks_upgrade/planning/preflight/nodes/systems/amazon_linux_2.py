"""Amazon Linux 2: EKS made its last images for 1.32, and its support has ended.

Where EKS would have to choose such an image for 1.33 or later, the search for the image refuses.
"""

from collections.abc import Iterator

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.kube.readings.nodes.node_systems import NodeSystem
from include.eks_upgrade.nodes.images.image import AL2
from include.eks_upgrade.nodes.images.ssm_parameter import LAST_MINOR_WITH_AL2
from include.eks_upgrade.nodes.other_kinds import Kind
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.nodes.launch_templates.rolled_templates import (
    new_family,
)
from include.eks_upgrade.planning.preflight.nodes.systems.staying_nodes import staying_nodes, told
from include.eks_upgrade.planning.preflight.seen import Seen

_MANAGED = "node group "
_ENDED = f"EKS made its last image of it for {LAST_MINOR_WITH_AL2} and stopped on 2025-11-26"


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target < LAST_MINOR_WITH_AL2:
        return
    for name in seen.rolled:
        image = seen.images.get(name)
        if not isinstance(image, Problem) and new_family(seen, name) == AL2:
            yield Finding(
                Severity.WARNS,
                f"node group {name}",
                f"its new nodes run Amazon Linux 2; {_ENDED}",
                "set ami_family to al2023 or bottlerocket, now or in the next upgrade",
            )
    for where, nodes in staying_nodes(seen, _is_one):
        yield Finding(
            Severity.WARNS,
            where,
            f"{told(nodes, 'Amazon Linux 2')}; {_ENDED}",
            _remedy(where),
        )


def _remedy(where: str) -> str:
    if where.startswith(_MANAGED):
        return "set ami_family to al2023 or bottlerocket in the run that replaces them"
    if where.startswith(str(Kind.KARPENTER)):
        return "choose another amiFamily in their EC2NodeClass; Karpenter then replaces them"
    return "replace them with nodes of Amazon Linux 2023 or Bottlerocket"


def _is_one(node: NodeSystem) -> bool:
    return node.amazon_linux_2


CHECK = Check(
    "amazon_linux_2",
    "Will nodes run Amazon Linux 2, for which there are no more images?",
    "https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html",
    _judge,
)
