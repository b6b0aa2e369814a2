"""The rehearsal answers as AWS does: the same fields, of the same types, as published answers have.

A field that only one of the two has is mended, or stands below with the reason why it does not
matter. A new recording with a field that the rehearsal never shows makes the test fail, with the
field's path.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.replay.door import parsed
from tests.replay.fields import EMPTY, fields
from tests.replay.recordings import RECORDINGS, Recording, operation_model, service_of
from tests.replay.rehearsed import Answers, live_through, rehearsal
from tests.replay.test_readers import NOTHING_IN_IT

Types = dict[str, dict[str, set[str]]]

ONE_THING = {
    "LaunchTemplateVersions.[]": "LaunchTemplateVersion",
    "AutoScalingGroups.[]": "AutoScalingGroup",
    "Activities.[]": "Activity",
}
"""The same thing at another place of another operation's answer."""

NOT_REHEARSED = {
    "DescribeFargateProfile": "the rehearsal has no Fargate, and the product asks for no profile",
    "DescribeWarmPool": "the product reads of a warm pool in DescribeAutoScalingGroups",
    "GetLaunchTemplateData": "the product reads templates, not instances",
    "DescribeSubnets": "moto answers it",
    "DescribeInstances": "moto answers it",
    "DescribeInstanceTypes": "moto answers it",
    "DescribeCapacityReservations": "answered as a test sets it",
    "DescribeScheduledActions": "moto answers it",
    "CreateLaunchTemplate": "moto answers it",
    "DescribePolicies": "the product reads their names",
    "DescribeNotificationConfigurations": "answered as a test sets them",
    "GetServiceQuota": "answered as a test sets it",
    "GetAWSDefaultServiceQuota": "answered as a test sets it",
}

NEVER_SHOWN = {
    "AutoScalingGroup.LaunchConfigurationName": "groups of EKS have launch templates",
    "AutoScalingGroup.Instances.[].LaunchConfigurationName": "groups of EKS have launch templates",
    "AutoScalingGroup.PlacementGroup": "groups of EKS have none",
    "Activity.AutoScalingGroupState": "activities of groups that are gone are never asked for",
    "AutoScalingGroup.Status": "shown while the group goes",
    "AutoScalingGroup.MaxInstanceLifetime": "shown where a test sets it",
    "AutoScalingGroup.DefaultInstanceWarmup": "groups of EKS have none",
    "AutoScalingGroup.Desired*Type": "groups of EKS count instances",
    "AutoScalingGroup.PredictedCapacity": "groups of EKS have no predictive scaling",
    "AutoScalingGroup.Context": "reserved by AWS",
    "AutoScalingGroup.Operator*": "no published group of EKS has one; the product looks for it",
    "AutoScalingGroup.CapacityReservationSpecification*": "in templates, here",
    "AutoScalingGroup.TargetGroupARNs.[]": "shown as they were attached",
    "AutoScalingGroup.TrafficSources.[]*": "shown as they were attached",
    "AutoScalingGroup.LoadBalancerNames.[]": "shown as they were attached",
    "AutoScalingGroup.Instances.[].WeightedCapacity": "EKS weighs no types",
    "AutoScalingGroup.Instances.[].ImageId": "newer than the published groups",
    "AutoScalingGroup.MixedInstancesPolicy.InstancesDistribution.Spot*": "of Spot groups",
    "cluster.health*": "none of four real answers has it; the product reads it where it is",
    "cluster.outpostConfig*": "the rehearsal has no Outposts",
    "cluster.connectorConfig*": "the rehearsal has no clusters of others",
    "cluster.remoteNetworkConfig*": "the rehearsal has no hybrid nodes",
    "cluster.kubernetesNetworkConfig.serviceIpv6Cidr": "its clusters have IPv4",
    "cluster.id": "of clusters on Outposts alone",
    "cluster.clientRequestToken": "no answer is known to have it",
    "nodegroup.remoteAccess*": "shown as it was asked for",
    "nodegroup.resources.remoteAccessSecurityGroup": "EKS makes none here",
    "nodegroup.warmPoolConfig*": "shown as it was asked for",
    "nodegroup.nodeRepairConfig.*": "shown as it was asked for",
    "addon.publisher": "of the marketplace; none of three real add-ons of AWS has it",
    "addon.owner": "of the marketplace; none of three real add-ons of AWS has it",
    "addon.marketplaceInformation*": "its add-ons are AWS's and the community's",
    "addons.[].marketplaceInformation*": "its add-ons are AWS's and the community's",
    "Reservations*": "what the product reads of instances is there",
    "Subnets*": "what the product reads of subnets is there",
    "InstanceTypes*": "what the product reads of instance types is there",
    "CapacityReservations*": "shown as a test sets them",
    "ScheduledUpdateGroupActions*": "the product reads their names",
    "LifecycleHooks.[].Notification*": "the hooks of EKS that are known have none",
    "LifecycleHooks.[].RoleARN": "the hooks of EKS that are known have none",
    "Quota.*": "the product reads the value",
    "AutoScalingGroup.Tags*": "shown as they were given",
    "AutoScalingGroup.EnabledMetrics*": "shown as they were enabled",
    "AutoScalingGroup.Warm*": "EKS's warm pools are not rehearsed",
    "AutoScalingGroup.Instance*Policy*": "not of groups of EKS that are known",
    "AutoScalingGroup.AvailabilityZone*": "not of groups of EKS that are known",
    "AutoScalingGroup.MixedInstancesPolicy.LaunchTemplate.Overrides.*": "EKS's have types alone",
    "podIdentityConfiguration*": "nobody reads which roles an add-on could have",
    "insight.resources.[].*": "shown as a test tells them",
    "insight.categorySpecificSummary.addonCompatibilityDetails*": "no published insight has any",
    "update.cancellation*": "no published update has it",
    "Images.[].TpmSupport": "of Bottlerocket and Windows",
    "Images.[].Platform": "of Windows, whose images are not among the rehearsal's",
    "Images.[].StateReason*": "of images that cannot be used",
    "Images.[].LastLaunchedTime": "of images of one's own",
    "Images.[].DeregistrationProtection": "of images of one's own",
    "Images.[].SourceInstanceId": "of images of one's own",
    "Images.[].PublicSsmParameterName": "newer than the published images",
    "Images.[].ImageAllowed": "of accounts that allow images one by one",
    "Images.[].KernelId": "of images of another time",
    "Images.[].RamdiskId": "of images of another time",
    "Images.[].BlockDeviceMappings.*": "a disk has what its maker chose",
    "InstanceRefreshes.[].StatusReason": "an instance refresh does nothing here",
    "InstanceRefreshes.[].Preferences.*": "shown as it was asked for",
    "Images.[].Tags*": "EKS's images have none",
    "Images.[].ProductCodes*": "EKS's images have none",
    "LaunchTemplateVersion.LaunchTemplateData.*": "a template has what its maker put into it",
    "clusterVersions.[].controlPlane*": "nothing depends on the sizes of control planes",
}
"""What real answers have and the rehearsal's do not, by pattern of the path, and why."""

OURS_ALONE = {
    "clusterVersions.[].controlPlaneScalingTiers*": "service model; newer than these",
    "clusterVersions.[].controlPlaneComponentConfig*": "service model; newer, too",
    "AutoScalingGroup.CapacityRebalance": "API reference; the published groups of EKS were cut",
    "AutoScalingGroup.TrafficSources*": "API reference; the published groups of EKS are older",
    "AutoScalingGroup.DeletionProtection": "API reference; newer than the published groups",
    "AutoScalingGroup.MaxInstanceLifetime": "API reference; set where a test sets it",
    "AutoScalingGroup.ServiceLinkedRoleARN": "API reference",
    "Activity.AutoScalingGroupARN": "in one of several published activities alone",
    "addon.serviceAccountRoleArn": "API reference; no published add-on has a role",
    "addon.health.issues.*": "API reference; no published add-on is unwell",
    "podIdentityConfiguration": "API reference; cut from the published answers",
    "InstanceRefreshes.[].StartTime": "API reference; the published ones leave it out",
    "LaunchTemplateVersion.VersionDescription": "shown as it was asked for",
    "LaunchTemplateVersion.LaunchTemplateData.*": "a template has what its maker put into it",
    "insight.categorySpecificSummary.deprecationDetails.[].clientStats.*": "API reference; no "
    "published insight has clients",
}
"""What the rehearsal's answers have and no published one has, and where it is known from."""


@pytest.fixture(scope="module")
def rehearsed() -> Iterator[Answers]:
    with rehearsal() as (aws, answers):
        live_through(aws)
        yield answers


def types_of(answers: Iterable[tuple[str, dict[str, Any]]]) -> Types:
    """By service, each path with the types that were seen there."""
    found: Types = {}
    for operation, answer in answers:
        shape = operation_model(operation).output_shape
        if shape is None:
            continue
        known = found.setdefault(service_of(operation), {})
        for path, kind in fields({k: v for k, v in answer.items() if v != []}, shape):
            known.setdefault(_place(path), set()).add(kind)
    return found


def _place(path: str) -> str:
    return next(
        (path.replace(many, one, 1) for many, one in ONE_THING.items() if path.startswith(many)),
        path,
    )


def accepted(path: str, table: dict[str, str]) -> bool:
    """Whether the path, or what it lies in, stands in the table."""
    return any(fnmatchcase(path, _literal(pattern)) for pattern in table)


def _literal(pattern: str) -> str:
    """The pattern with the `[]` of paths taken as they are."""
    return pattern.replace("[]", "[[]]")


RECORDED = [one for one in RECORDINGS if one.of_aws and not one.error]


@pytest.fixture(scope="module")
def shown(rehearsed: Answers) -> Types:
    """Types of everything that the rehearsal answered."""
    return types_of((name, one) for name, all_ in rehearsed.items() for one in all_)


@pytest.fixture(scope="module")
def both(rehearsed: Answers) -> tuple[Types, Types]:
    """Types of the recordings, and types of the rehearsal's answers to the same operations."""
    operations = {one.operation for one in RECORDED}
    ours = [(name, one) for name, all_ in rehearsed.items() for one in all_ if name in operations]
    real = [(one.operation, parsed(one)) for one in RECORDED]
    return types_of(real), types_of(ours)


def test_every_operation_that_is_recorded_was_rehearsed(rehearsed: Answers) -> None:
    families = {_family(name) for name in rehearsed}
    missing = {one.operation for one in RECORDED if _family(one.operation) not in families}
    assert missing <= {*NOT_REHEARSED, *NOTHING_IN_IT}


def _family(operation: str) -> tuple[str, ...]:
    """What its answer consists of: UpdateClusterConfig answers an update as UpdateAddon does."""
    shape = operation_model(operation).output_shape
    return (service_of(operation), *sorted(shape.members)) if shape else (operation,)


@pytest.mark.parametrize("recording", RECORDED, ids=lambda one: one.name)
def test_a_published_answer_has_no_field_that_the_rehearsal_never_shows(
    recording: Recording, shown: Types
) -> None:
    if recording.operation in NOT_REHEARSED:
        pytest.skip(NOT_REHEARSED[recording.operation])
    real = types_of([(recording.operation, parsed(recording))])
    for service, paths in real.items():
        missing = [
            path
            for path in paths
            if path not in shown[service]
            and not path.endswith(EMPTY)
            and not accepted(path, NEVER_SHOWN)
        ]
        assert not missing, "\n".join(missing)


def test_the_rehearsal_shows_no_field_that_no_published_answer_has(
    both: tuple[Types, Types],
) -> None:
    real, ours = both
    extra = [
        path
        for service, paths in ours.items()
        for path in paths
        if path not in real[service] and not accepted(path, OURS_ALONE)
    ]
    assert not extra, "\n".join(extra)


def test_no_field_has_another_type_than_aws_gives_it(both: tuple[Types, Types]) -> None:
    real, ours = both
    wrong = [
        f"{path}: {kinds} instead of {real[service][path]}"
        for service, paths in ours.items()
        for path, kinds in paths.items()
        if path in real.get(service, {}) and not kinds <= real[service][path]
    ]
    assert not wrong, "\n".join(wrong)


def test_a_field_that_is_accepted_as_never_shown_is_not_shown(both: tuple[Types, Types]) -> None:
    _, ours = both
    shown = {path for paths in ours.values() for path in paths}
    plain = [path for path in NEVER_SHOWN if not path.endswith("*")]
    assert not shown.intersection(plain)
