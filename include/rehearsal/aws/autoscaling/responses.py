"""Auto Scaling over HTTP: the operations that moto lacks or gets wrong."""

from types import SimpleNamespace

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from include.rehearsal.aws.autoscaling import lag, settings
from include.rehearsal.aws.autoscaling.backend import AutoScalingRegion
from include.rehearsal.aws.current_world import urls, world
from include.rehearsal.aws.errors import AwsError, validation

REFRESH_PREFERENCES = {
    "MinHealthyPercentage": 90,
    "InstanceWarmup": 300,
    "SkipMatching": False,
    "AutoRollback": False,
    "ScaleInProtectedInstances": "Ignore",
    "StandbyInstances": "Ignore",
}
"""As tests/recordings/aws/describe-instance-refreshes.json shows them."""
URL_BASES = [r"https?://autoscaling\.(.+)\.amazonaws\.com"]


class AutoScalingResponses(AutoScalingResponse):  # type: ignore[misc]  # moto is untyped
    """The Auto Scaling operations moto lacks or gets wrong."""

    @property
    def region_groups(self) -> AutoScalingRegion:
        """The groups of the caller's region."""
        backend: AutoScalingRegion = self.autoscaling_backend
        return backend

    def create_auto_scaling_group(self) -> ActionResult:
        """CreateAutoScalingGroup, with what moto does not take."""
        result = super().create_auto_scaling_group()
        self._take_settings()
        return result

    def update_auto_scaling_group(self) -> ActionResult:
        """UpdateAutoScalingGroup, with what moto does not take."""
        result = super().update_auto_scaling_group()
        self._take_settings()
        return result

    def describe_auto_scaling_groups(self) -> ActionResult:
        """DescribeAutoScalingGroups, as late as the faults want it."""
        answer = super().describe_auto_scaling_groups()
        found = answer.result
        return ActionResult({**found, "AutoScalingGroups": lag.seen(found["AutoScalingGroups"])})

    def _take_settings(self) -> None:
        group = self.region_groups.group(self._get_param("AutoScalingGroupName"))
        protection = self._get_param("DeletionProtection")
        if protection:
            group.deletion_protection = protection
        lifetime = self._get_int_param("MaxInstanceLifetime")
        if lifetime is not None:
            settings.set_lifetime(group, lifetime)
        policies = self._get_param("TerminationPolicies", [])
        if policies:
            group.termination_policies = list(policies)

    def enable_metrics_collection(self) -> ActionResult:
        """EnableMetricsCollection; without names all of them."""
        group = self.region_groups.group(self._get_param("AutoScalingGroupName"))
        named = self._get_param("Metrics", []) or settings.ALL_METRICS
        group.metrics = sorted({*group.metrics, *named})
        return EmptyResult()

    def put_notification_configuration(self) -> ActionResult:
        """PutNotificationConfiguration."""
        group = self.region_groups.group(self._get_param("AutoScalingGroupName"))
        kinds = self._get_param("NotificationTypes", [])
        settings.put_notifications(group, self._get_param("TopicARN"), kinds)
        return EmptyResult()

    def describe_notification_configurations(self) -> ActionResult:
        """DescribeNotificationConfigurations; groups that are not there are passed over."""
        known = self.region_groups.autoscaling_groups
        names = self._get_param("AutoScalingGroupNames", []) or list(known)
        groups = [known[name] for name in names if name in known]
        return ActionResult({"NotificationConfigurations": settings.notifications(groups)})

    def delete_auto_scaling_group(self) -> ActionResult:
        """DeleteAutoScalingGroup, with ForceDelete."""
        self.region_groups.delete_group(
            self._get_param("AutoScalingGroupName"),
            force=bool(self._get_bool_param("ForceDelete", False)),
        )
        return EmptyResult()

    def describe_scaling_activities(self) -> ActionResult:
        """DescribeScalingActivities, newest first."""
        name = self._get_param("AutoScalingGroupName")
        known = self.region_groups.autoscaling_groups
        groups = [self.region_groups.group(name)] if name else list(known.values())
        limit = self._get_int_param("MaxRecords", 100)
        found = [activity for group in groups for activity in group.activities]
        return ActionResult({"Activities": found[:limit]})

    def terminate_instance_in_auto_scaling_group(self) -> ActionResult:
        """TerminateInstanceInAutoScalingGroup."""
        activity = self.region_groups.terminate_in_group(
            self._get_param("InstanceId"),
            decrement=bool(self._get_bool_param("ShouldDecrementDesiredCapacity", False)),
        )
        return ActionResult({"Activity": activity})

    def complete_lifecycle_action(self) -> ActionResult:
        """CompleteLifecycleAction for an instance (tokens are not modelled)."""
        hook, instance = self._get_param("LifecycleHookName"), self._get_param("InstanceId")
        group = self.region_groups.group(self._get_param("AutoScalingGroupName"))
        if not group.complete_hook(hook, instance):
            raise validation(
                f"No active Lifecycle Action found with instance ID {instance} (hook {hook})"
            )
        return EmptyResult()

    def start_instance_refresh(self) -> ActionResult:
        """StartInstanceRefresh: recorded as running; nothing is replaced."""
        group = self.region_groups.group(self._get_param("AutoScalingGroupName"))
        refresh = {
            "InstanceRefreshId": f"refresh-{len(group.refreshes) + 1:04d}",
            "AutoScalingGroupName": group.name,
            "Status": "InProgress",
            "StartTime": world().clock.datetime(),
            "PercentageComplete": 0,
            "InstancesToUpdate": len(group.live()),
            "Preferences": {**REFRESH_PREFERENCES, **(self._get_param("Preferences") or {})},
        }
        group.refreshes.insert(0, refresh)
        return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})

    def describe_instance_refreshes(self) -> ActionResult:
        """DescribeInstanceRefreshes, newest first."""
        group = self.region_groups.group(self._get_param("AutoScalingGroupName"))
        return ActionResult({"InstanceRefreshes": group.refreshes})

    def cancel_instance_refresh(self) -> ActionResult:
        """CancelInstanceRefresh: the running refresh ends as Cancelled at once."""
        group = self.region_groups.group(self._get_param("AutoScalingGroupName"))
        running = [r for r in group.refreshes if r["Status"] in ("Pending", "InProgress")]
        if not running:
            raise AwsError(
                "ActiveInstanceRefreshNotFound",
                f"No in progress or pending Instance Refresh found for group {group.name}",
            )
        running[0].update({"Status": "Cancelled", "EndTime": world().clock.datetime()})
        return ActionResult({"InstanceRefreshId": running[0]["InstanceRefreshId"]})


class AutoScalingService(AutoScalingRegion):
    """Auto Scaling of one region as moto finds it: the groups, and the URLs of its operations."""

    @property
    def _url_module(self) -> SimpleNamespace:
        return urls(URL_BASES, "{0}/$", AutoScalingResponses)
