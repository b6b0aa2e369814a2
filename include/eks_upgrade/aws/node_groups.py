"""Managed node groups and their Auto Scaling groups, as AWS describes them. Changes nothing.

Every reader raises the errors of `aws/errors.py`, and they name the group it asked for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from include.eks_upgrade.aws.calls import all_pages, found_or_none
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.raw import Raw, RawDict

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_eks import EKSClient

_ASGS_PER_CALL = 100  # DescribeAutoScalingGroups answers at most 100 groups a page


def read_node_group(eks: "EKSClient", cluster: str, name: str) -> RawDict | None:
    """DescribeNodegroup's node group, None when it does not exist (any more)."""
    with aws_errors_about(f"node group {name} of cluster {cluster}"):
        return found_or_none(
            lambda: eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        )


def read_node_groups(
    eks: "EKSClient", cluster: str, known: Mapping[str, RawDict] | None = None
) -> dict[str, RawDict]:
    """The cluster's managed node groups by name; those that are known already are not asked for."""
    with aws_errors_about(f"node groups of cluster {cluster}"):
        names = all_pages(eks, "list_nodegroups", "nodegroups", clusterName=cluster)
    known = known or {}
    found = {name: known.get(name) or read_node_group(eks, cluster, name) for name in names}
    return {name: group for name, group in found.items() if group is not None}


def asg_name(group: Raw) -> str | None:
    """The name of a node group's Auto Scaling group, None while it has none."""
    listed = (group.get("resources") or {}).get("autoScalingGroups") or ()
    return next((str(one["name"]) for one in listed if one.get("name")), None)


def read_asg(autoscaling: "AutoScalingClient", name: str) -> RawDict | None:
    """DescribeAutoScalingGroups' group of that name, None when it does not exist (any more)."""
    return next(iter(_described(autoscaling, name)), None)


def read_asgs(autoscaling: "AutoScalingClient", *names: str) -> dict[str, RawDict]:
    """A few groups in one call, by name; one that does not exist (any more) is missing."""
    return {str(one["AutoScalingGroupName"]): one for one in _described(autoscaling, *names)}


def _described(autoscaling: "AutoScalingClient", *names: str) -> list[RawDict]:
    with aws_errors_about(f"Auto Scaling group {' and '.join(names)}"):
        answer: Any = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[*names])
    return list(answer["AutoScalingGroups"])


def read_asg_of(autoscaling: "AutoScalingClient", group: Raw) -> RawDict | None:
    """The Auto Scaling group of a raw node group, None when there is none (any more)."""
    name = asg_name(group)
    return read_asg(autoscaling, name) if name else None


def read_asgs_of(
    autoscaling: "AutoScalingClient", groups: dict[str, RawDict]
) -> dict[str, RawDict]:
    """Each group's Auto Scaling group, by the node group's name, a hundred a call.

    Their API has one small quota that the whole account shares.
    """
    names = {group: name for group, raw in groups.items() if (name := asg_name(raw))}
    wanted = list(names.values())
    found: dict[str, RawDict] = {}
    for start in range(0, len(wanted), _ASGS_PER_CALL):
        with aws_errors_about("Auto Scaling groups of the cluster's node groups"):
            answers = all_pages(
                autoscaling,
                "describe_auto_scaling_groups",
                "AutoScalingGroups",
                AutoScalingGroupNames=wanted[start : start + _ASGS_PER_CALL],
            )
        found |= {asg["AutoScalingGroupName"]: asg for asg in answers}
    return {group: found[name] for group, name in names.items() if name in found}
