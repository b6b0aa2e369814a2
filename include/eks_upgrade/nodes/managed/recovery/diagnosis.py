"""Why a node group will not go: everything that guards it, in one look. Read-only."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.aws.node_groups import asg_name, read_asg, read_asg_of, read_node_group
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.managed.deletion_health import only_by_hand, text_of
from include.eks_upgrade.nodes.managed.recovery import guards as g
from include.eks_upgrade.nodes.managed.recovery import instance_guards as i
from include.eks_upgrade.nodes.managed.recovery.guards import Guard

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

CLUSTER_TAG, NODE_GROUP_TAG = "eks:cluster-name", "eks:nodegroup-name"
"""Tags that EKS puts on the Auto Scaling group of a managed node group."""

_ACTIVITIES_READ = 100
"""One page; they tell since when an instance waits for a hook."""


@dataclass(frozen=True)
class Evidence:
    """What AWS answered about one node group; raw entries of the describe calls.

    Attributes:
        group: DescribeNodegroup, None when it is gone.
        asg: DescribeAutoScalingGroups, None when it is gone.
        activities: DescribeScalingActivities, newest first.
        hooks: DescribeLifecycleHooks.
        refreshes: DescribeInstanceRefreshes.
        now: when it was read, seconds since the epoch.
    """

    cluster: str
    node_group: str
    group: Raw | None = None
    asg: Raw | None = None
    activities: Sequence[Raw] = ()
    hooks: Sequence[Raw] = ()
    refreshes: Sequence[Raw] = ()
    now: float = 0.0


@dataclass(frozen=True)
class Diagnosis:
    """What keeps a node group, and whether its Auto Scaling group may be touched.

    Attributes:
        status: the node group's status, `gone` when it is.
        asg: name of its Auto Scaling group, None when there is none (any more).
        not_ours: why the Auto Scaling group is not proven to be this node group's; '' when it is.
        instances: ids of the group's instances.
        guards: everything that keeps it.
        by_hand: what keeps it whatever becomes of the Auto Scaling group, in EKS's words with the
            ids, each with what a person does about it.
    """

    cluster: str
    node_group: str
    status: str
    asg: str | None = None
    not_ours: str = ""
    instances: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    by_hand: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The whole in words, for people."""
        head = f"node group {self.node_group} is {self.status}"
        if self.asg:
            head += (
                f", Auto Scaling group {self.asg} has {counted(len(self.instances), 'instance')}"
            )
        reasons = [self.not_ours] if self.not_ours else []
        reasons += [str(guard) for guard in self.guards]
        return (
            head
            + "".join(f"; {one}" for one in reasons)
            + ("" if reasons else "; nothing guards it")
        )

    def liftable(self, parameter: str) -> tuple[Guard, ...]:
        """The guards that a parameter (`may_unprotect`, `may_delete_asg`) allows to lift."""
        return tuple(one for one in self.guards if one.lifted_by and one.allowed_by == parameter)

    def of_kind(self, kind: str) -> tuple[Guard, ...]:
        """The guards of one kind."""
        return tuple(one for one in self.guards if one.kind == kind)

    def as_json(self) -> dict[str, Any]:
        """The diagnosis as plain JSON; keys are the attribute names, and `text`."""
        return {
            "cluster": self.cluster,
            "node_group": self.node_group,
            "status": self.status,
            "asg": self.asg,
            "not_ours": self.not_ours,
            "instances": list(self.instances),
            "guards": [guard.as_json() for guard in self.guards],
            "text": self.text,
        }


def diagnosis(evidence: Evidence) -> Diagnosis:
    """Read the evidence. Pure."""
    group, asg = evidence.group, evidence.asg
    found: list[Guard] = list(g.health_guards(group)) if group else []
    if asg:
        found += g.activity_guards(evidence.activities)
        found += g.default_guards(asg)
        found += i.protection_guards(asg)
        found += i.standby_guards(asg)
        found += g.size_guards(group or {}, asg)
        found += g.process_guards(asg)
        found += i.hook_guards(asg, evidence.hooks, evidence.activities, evidence.now)
        found += g.refresh_guards(evidence.refreshes)
        found += g.group_guards(asg)
    return Diagnosis(
        cluster=evidence.cluster,
        node_group=evidence.node_group,
        status=str(group.get("status")) if group else "gone",
        asg=asg["AutoScalingGroupName"] if asg else None,
        not_ours=not_ours(asg, evidence.cluster, evidence.node_group) if asg else "",
        instances=tuple(one["InstanceId"] for one in (asg or {}).get("Instances") or ()),
        guards=tuple(found),
        by_hand=tuple((text_of(one), remedy) for one, remedy in only_by_hand(group or {})),
    )


def not_ours(asg: Raw, cluster: str, node_group: str) -> str:
    """Why the tags do not prove that the group is this node group's; '' when they do."""
    tags = {tag["Key"]: tag.get("Value") for tag in asg.get("Tags") or ()}
    wrong = [
        f"{key} is {tags.get(key) or 'not set'} instead of {value}"
        for key, value in ((CLUSTER_TAG, cluster), (NODE_GROUP_TAG, node_group))
        if tags.get(key) != value
    ]
    if not wrong:
        return ""
    return (
        f"the tags of Auto Scaling group {asg['AutoScalingGroupName']} do not prove that it is "
        f"this node group's: {', '.join(wrong)}"
    )


def read_diagnosis(clients: AwsClients, cluster: str, name: str) -> Diagnosis:
    """Look at a node group and its Auto Scaling group, and find what keeps them.

    Raises:
        Refused, Unreachable, UnexpectedResponse: AWS did not answer (see aws/errors.py).
    """
    with aws_errors_about(f"node group {name} of cluster {cluster}"):
        group = read_node_group(clients.eks, cluster, name)
        asg = _find_asg(clients.autoscaling, group, cluster, name)
        if asg is None:
            return diagnosis(Evidence(cluster, name, group))
        return diagnosis(_evidence(clients.autoscaling, Evidence(cluster, name, group, asg)))


def _find_asg(
    autoscaling: "AutoScalingClient", group: dict[str, Any] | None, cluster: str, name: str
) -> Raw | None:
    """The group that EKS names, or, when EKS names none, the one whose tags name both."""
    if group and asg_name(group):
        return read_asg_of(autoscaling, group)
    answer: Any = autoscaling.describe_auto_scaling_groups(
        Filters=[
            {"Name": f"tag:{CLUSTER_TAG}", "Values": [cluster]},
            {"Name": f"tag:{NODE_GROUP_TAG}", "Values": [name]},
        ]
    )
    return next(iter(answer["AutoScalingGroups"]), None)


def _evidence(autoscaling: "AutoScalingClient", begun: Evidence) -> Evidence:
    name = str((begun.asg or {})["AutoScalingGroupName"])
    try:
        activities = autoscaling.describe_scaling_activities(
            AutoScalingGroupName=name, MaxRecords=_ACTIVITIES_READ
        )["Activities"]
        hooks = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
        refreshes = autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)[
            "InstanceRefreshes"
        ]
    except ClientError as error:
        # It went between two looks: Auto Scaling answers ValidationError for an unknown name.
        if error_code(error) == "ValidationError" and read_asg(autoscaling, name) is None:
            return Evidence(begun.cluster, begun.node_group, begun.group)
        raise
    return replace(begun, activities=activities, hooks=hooks, refreshes=refreshes, now=time.time())
