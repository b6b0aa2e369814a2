"""The clusters that the rows are run on, each with names of its own beside all others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import RUNBOOK_ADDONS, SHOP, PlainOptions, Scene, plain
from include.rehearsal.seeding import Seeder
from include.rehearsal.workloads import App, bare_pod, daemon, deployment

OLD_GROUP = "workers"
DRAIN = {"ignore_daemonsets": True, "delete_emptydir_data": True, "force_unmanaged_pods": True}
HOOK = "wait-for-the-backup"


def _nothing(autoscaling: Any, asg: str) -> None:
    """The group is as the scenario makes it."""


def _suspend(autoscaling: Any, asg: str) -> None:
    """A process that is suspended, and one of the instances in Standby."""
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[asg])[
        "AutoScalingGroups"
    ]
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=asg, MinSize=1)
    autoscaling.enter_standby(
        AutoScalingGroupName=asg,
        InstanceIds=[group["Instances"][0]["InstanceId"]],
        ShouldDecrementDesiredCapacity=True,
    )
    autoscaling.suspend_processes(AutoScalingGroupName=asg, ScalingProcesses=["Terminate"])


def _obstruct(autoscaling: Any, asg: str) -> None:
    """A hook that holds instances, a group that may not be deleted, and settings to copy."""
    named = {"AutoScalingGroupName": asg}
    autoscaling.enable_metrics_collection(**named, Granularity="1Minute", Metrics=["GroupMinSize"])
    autoscaling.put_notification_configuration(
        **named,
        TopicARN="arn:aws:sns:eu-west-1:123456789012:ops",
        NotificationTypes=["autoscaling:EC2_INSTANCE_LAUNCH"],
    )
    autoscaling.suspend_processes(**named, ScalingProcesses=["AZRebalance"])
    autoscaling.update_auto_scaling_group(**named, MaxInstanceLifetime=604800)
    autoscaling.create_or_update_tags(
        Tags=[
            {
                "ResourceId": asg,
                "ResourceType": "auto-scaling-group",
                "Key": "k8s.io/cluster-autoscaler/node-template/label/team",
                "Value": "shop",
                "PropagateAtLaunch": False,
            }
        ]
    )
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=asg,
        LifecycleHookName=HOOK,
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=7200,
    )
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=asg, DeletionProtection="prevent-all-deletion"
    )


@dataclass(frozen=True)
class Setting:
    """A kind of cluster and the parameters of the run that upgrades it.

    Attributes:
        name: also the first part of the cluster's name.
        nodes: of the old group.
        options: as for `scenario.plain`.
        params: parameters of the run besides cluster and region.
        obstruct: what is done to the old Auto Scaling group.
        walk: `upgrade` to its end, `release` of what it has fenced and emptied, or `return` to old
            nodes that it had taken away for its bake.
    """

    name: str
    nodes: int
    options: PlainOptions
    params: Mapping[str, Any]
    obstruct: Callable[[Any, str], None] = _nothing
    walk: str = "upgrade"

    def seed(self, rehearsal: Rehearsal, cluster: str) -> Scene:
        """Build one; time is let pass, for all clusters."""
        scene = plain(rehearsal.world, cluster, "1.25", self.nodes, self.options)
        self.obstruct(Seeder(rehearsal.world).autoscaling, scene.asgs[OLD_GROUP])
        return scene


def _manifests(*apps: App) -> tuple[dict[str, Any], ...]:
    made = [one for app in apps for one in deployment(app)]
    return (*made, daemon("logging", "log-agent"), bare_pod("ops", "debug-shell"))


RUNBOOK = Setting(
    "runbook",
    3,
    PlainOptions(
        template_family="al2", addons=RUNBOOK_ADDONS, manifests=_manifests(*SHOP), protected=True
    ),
    {
        **DRAIN,
        "may_unprotect": True,
        "smoke_test_image": "busybox:1.36",
        "smoke_test_command": ["true"],
    },
)
"""The demo's cluster: add-ons behind, budgets, a launch template, a protected group; and a pod
tests the new nodes."""

HARD = Setting(
    "hard",
    2,
    replace(
        RUNBOOK.options,
        template_family=None,
        addons={},
        manifests=_manifests(App("shop", "web", 2, {"maxUnavailable": 1})),
        protected=False,
    ),
    {
        **DRAIN,
        "may_unprotect": True,
        "may_delete_asg": True,
        "ami_source": "name_pattern",
        "ami_name_pattern": "amazon-eks-node-{version}-v*",
        "ami_owner": "amazon",
    },
    _obstruct,
)
"""No launch template, and a group that goes only with its Auto Scaling group."""

SUSPENDED = Setting("suspended", 2, HARD.options, {**DRAIN, "may_unprotect": True}, _suspend)
"""A group whose instances do not go: a process is suspended, and one of them is in Standby."""

ALONE = replace(HARD.options, manifests=_manifests(App("shop", "alone", 1, {"minAvailable": 1})))
RESTARTED = Setting("restarted", 1, ALONE, {**DRAIN, "when_never_allowed": "restart"})
"""A budget that never allows an eviction; the rollout is restarted."""

DELETED = Setting(
    "deleted",
    1,
    ALONE,
    {
        **DRAIN,
        "when_never_allowed": "delete",
        "may_delete_blocked_pods": True,
        "delete_blocked_after_minutes": 0.01,
    },
)
"""The same budget; the pod is deleted past it."""

SURGED = Setting(
    "surged",
    1,
    replace(ALONE, manifests=_manifests(App("shop", "alone", 1))),
    {**DRAIN, "single_replicas": "restart"},
)
"""No budget, and a Deployment's only pod, which moves by a restart of its rollout."""

RELEASED = Setting("released", 2, HARD.options, DRAIN, walk="release")
"""An upgrade that is given up when the old group is empty, and what it has fenced is given back."""

KEEPING = {**DRAIN, "keep_old_group_minutes": 0.02, "keep_old_group_at": "zero"}
KEPT = Setting("kept", 2, HARD.options, KEEPING)
"""The old group is kept for a bake, without nodes, and then deleted."""

RETURNED = Setting("returned", 2, HARD.options, KEEPING, walk="return")
"""An upgrade that is given up in its bake: the old group gets its nodes again, the pods go back to
them, and the new group is deleted."""

SETTINGS = {
    each.name: each
    for each in (
        RUNBOOK, HARD, SUSPENDED, RESTARTED, DELETED, SURGED, RELEASED, KEPT, RETURNED,
    )
}  # fmt: skip
