"""Systems with cgroup v1, on which a kubelet does not start any more unless it is told to.

Which of the two a node has is not to be seen from outside: it is inferred from the system that it
says it runs. Nodes of Fargate stay with cgroup v1, and EKS sees to them.
"""

import re
from collections.abc import Iterator

from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.readings.nodes.node_systems import NodeSystem
from include.eks_upgrade.nodes.images.image import AL2, UBUNTU, Image
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.nodes.launch_templates.rolled_templates import (
    rolled_templates,
)
from include.eks_upgrade.planning.preflight.nodes.systems.staying_nodes import staying_nodes, told
from include.eks_upgrade.planning.preflight.seen import Seen

REFUSED_SINCE = Minor(1, 35)
"""`failCgroupV1` is true by default since: https://github.com/kubernetes/kubernetes/pull/134298"""

_OLD_UBUNTU = re.compile(r"focal|bionic|xenial|(?<!\d)(?:16|18|20)[._]?04(?!\d)")
_ALLOWED = ("--fail-cgroupv1=false",)
_REMEDY = (
    "give them a system with cgroup v2 (Amazon Linux 2023, Bottlerocket, Ubuntu 22.04 or later)"
)


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target < REFUSED_SINCE:
        return
    allowed = {
        template.group
        for template in rolled_templates(seen)
        if (heard := template.heard()) and set(_ALLOWED) & {one.lower() for one in heard.flags}
    }
    for name in seen.rolled:
        image = seen.images.get(name)
        if isinstance(image, Image) and _starts_with_it(image) and name not in allowed:
            yield Finding(
                Severity.WARNS,
                f"node group {name}",
                f"its new image {image.id} ({image.name}) starts with cgroup v1 as far as its name"
                f" tells, and a kubelet of {seen.target} does not start there unless failCgroupV1 "
                "is set to false in the image",
                f"{_REMEDY} with ami_family or another image",
            )
    for where, nodes in staying_nodes(seen, _is_one):
        what = told(nodes, "a system that starts with cgroup v1")
        yield Finding(
            Severity.WARNS,
            where,
            f"{what}, {_systems(nodes)}; a kubelet of {seen.target} would not start there unless "
            "failCgroupV1 is false",
            f"before their kubelets are brought to {seen.target}, {_REMEDY}",
        )


def _is_one(node: NodeSystem) -> bool:
    return node.with_cgroup_v1


def _systems(nodes: list[NodeSystem]) -> str:
    return ", ".join(sorted({node.os_image for node in nodes}))


def _starts_with_it(image: Image) -> bool:
    return image.family == AL2 or (
        image.family == UBUNTU and bool(_OLD_UBUNTU.search(image.name.lower()))
    )


CHECK = Check(
    "cgroup_v1",
    "Will nodes run a system with cgroup v1, on which kubelets since 1.35 do not start?",
    "https://github.com/kubernetes/kubernetes/pull/134298; KEP-5573, by which the code stays until "
    "1.38; https://docs.aws.amazon.com/eks/latest/userguide/"
    "kubernetes-versions-standard.html",
    _judge,
)
