"""The AWS operations that an upgrade makes, each with the step in which it is first made.

`test_calls.py` compares this table with what the rehearsal's journal saw.
"""

FIRST_MADE_IN: dict[str, str] = {
    "DescribeCluster": "plan",
    "DescribeClusterVersions": "plan",
    "ListAddons": "plan",
    "DescribeAddon": "plan",
    "DescribeAddonVersions": "plan",
    "ListNodegroups": "plan",
    "DescribeNodegroup": "plan",
    "ListUpdates": "plan",
    "ListInsights": "plan",
    "DescribeAutoScalingGroups": "plan",
    "DescribeScheduledActions": "plan",
    "DescribeLifecycleHooks": "plan",
    "DescribePolicies": "plan",
    "DescribeNotificationConfigurations": "plan",
    "DescribeSubnets": "plan",
    "DescribeLaunchTemplateVersions": "plan",
    "DescribeInstanceTypes": "plan",
    "DescribeImages": "plan",
    "GetParameter": "plan",
    "UpdateAddon": "addons_before",
    "DescribeUpdate": "addons_before",
    "UpdateClusterVersion": "control_plane",
    "CreateLaunchTemplateVersion": "new_group",
    "CreateNodegroup": "new_group",
    "EnableMetricsCollection": "fence",
    "PutNotificationConfiguration": "fence",
    "CreateOrUpdateTags": "fence",
    "SuspendProcesses": "fence",
    "UpdateNodegroupConfig": "fence",
    "DeleteNodegroup": "delete",
    "DescribeScalingActivities": "diagnose",
    "DescribeInstanceRefreshes": "diagnose",
    "UpdateAutoScalingGroup": "unprotect",
    "SetInstanceProtection": "unprotect",
    "ExitStandby": "unprotect",
    "DescribeInstances": "confirm_gone",
}
OPTIONAL = (
    "DescribeAddonConfiguration",
    "GetServiceQuota",
    "GetAWSDefaultServiceQuota",
    "GetProducts",
    "GetCallerIdentity",
    "SimulatePrincipalPolicy",
    "DescribeAccessEntry",
    "DescribeInstanceTypeOfferings",
    "DescribeLaunchTemplates",
    "DescribeSecurityGroups",
    "DescribeVolumes",
    "GetManagedResource",
    "GetRole",
)
"""The plan asks these and can do without: what has no answer stands in its warnings."""

ASKED_BY_THE_PLAN_TOO = ("DescribeInstanceRefreshes", "DescribeInstances")
"""It can do without them, a later step cannot."""

CHANGES = (
    "UpdateAddon",
    "UpdateClusterVersion",
    "CreateLaunchTemplateVersion",
    "CreateNodegroup",
    "EnableMetricsCollection",
    "PutNotificationConfiguration",
    "CreateOrUpdateTags",
    "SuspendProcesses",
    "UpdateNodegroupConfig",
    "DeleteNodegroup",
    "UpdateAutoScalingGroup",
    "SetInstanceProtection",
    "ExitStandby",
)
IN_TRIGGERS_ONLY = ("DescribeUpdate", "DescribeInstances")
"""Their faults count as "not yet" there, until the wait's limit."""
