"""Cluster Autoscaler and Karpenter: whether their versions fit the target, and what they scale."""

from collections.abc import Iterator

from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.kube.readings.components import (
    CLUSTER_AUTOSCALER,
    COMPONENTS,
    KARPENTER,
    Component,
)
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.nodes.autoscaling.autoscaler_versions import (
    KARPENTER_FROM,
    read_version,
    written,
)
from include.eks_upgrade.planning.preflight.seen import Seen

_GROUP_FLAG = "--nodes"


def _judge(seen: Seen) -> Iterator[Finding]:
    for component in seen.of(COMPONENTS):
        if component.part == CLUSTER_AUTOSCALER:
            yield from _version_of_cluster_autoscaler(component, seen)
            yield from _groups_by_name(component, seen)
        elif component.part == KARPENTER:
            yield from _version_of_karpenter(component, seen)


def _version_of_cluster_autoscaler(component: Component, seen: Seen) -> Iterator[Finding]:
    minor, wanted = read_minor(component.version), seen.target
    if minor is None:
        yield _untold(component, f"one of {wanted}.x")
    elif minor != wanted:
        expected = minor == seen.facts.present
        yield Finding(
            Severity.INFORMS if expected else Severity.WARNS,
            str(component),
            f"Cluster Autoscaler {component.version} is made for Kubernetes {minor}, and its makers"
            f" test it with no other; the cluster goes to {wanted}",
            f"bring it to {wanted}.x once the control plane is there",
        )


def _groups_by_name(component: Component, seen: Seen) -> Iterator[Finding]:
    rolled = seen.rolled
    asgs = {str(seen.facts.asgs[name]["AutoScalingGroupName"]): name
            for name in rolled if name in seen.facts.asgs}  # fmt: skip
    named = sorted({asgs[one] for one in _named_groups(component.arguments) if one in asgs})
    if named:
        yield Finding(
            Severity.WARNS,
            str(component),
            f"it is told by name ({_GROUP_FLAG}) to scale the Auto Scaling groups of "
            f"{first_few(named)}, which go with their node groups; it will not scale the new ones",
            "let it find groups by their tags (--node-group-auto-discovery; EKS tags those of "
            "managed node groups), or name the new ones when they are there",
        )


def _named_groups(arguments: tuple[str, ...]) -> Iterator[str]:
    """The last part of each `--nodes=1:10:name`, or `--nodes 1:10:name`."""
    for position, argument in enumerate(arguments):
        flag, equals, value = argument.partition("=")
        if flag == _GROUP_FLAG:
            after = arguments[position + 1 : position + 2]
            yield (value if equals else "".join(after)).rpartition(":")[2]


def _version_of_karpenter(component: Component, seen: Seen) -> Iterator[Finding]:
    needed, version = KARPENTER_FROM.get(seen.target), read_version(component.version)
    if needed is None:
        newest = max(KARPENTER_FROM)
        if seen.target > newest:
            yield Finding(
                Severity.INFORMS,
                str(component),
                f"which version of Karpenter supports {seen.target} is not known here: the table "
                f"ends at {newest}",
                "see https://karpenter.sh/docs/upgrading/compatibility/",
            )
    elif version is None:
        yield _untold(component, f"at least {written(needed)}")
    elif version < needed:
        yield Finding(
            Severity.WARNS,
            str(component),
            f"Karpenter {component.version} does not support Kubernetes {seen.target}; "
            f"{written(needed)} is the first that does",
            f"bring Karpenter to {written(needed)} or later before the control plane moves; see "
            "https://karpenter.sh/docs/upgrading/upgrade-guide/",
        )


def _untold(component: Component, wanted: str) -> Finding:
    return Finding(
        Severity.INFORMS,
        str(component),
        f"its image {component.image} does not tell its version",
        f"see that it is {wanted}",
    )


CHECK = Check(
    "node_autoscalers",
    "Do the versions of Cluster Autoscaler and Karpenter fit the target, and will they scale the "
    "new groups?",
    "https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler#releases; "
    "https://karpenter.sh/docs/upgrading/compatibility/, read in August 2026",
    _judge,
)
