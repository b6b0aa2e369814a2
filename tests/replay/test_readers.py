"""Every published answer of AWS is read by the product's own readers, and read rightly.

A new file in tests/recordings/aws is tried by the same reader; one of an operation that has none
makes the test fail until it has one, or a reason why the product never reads it.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.calls import NOT_FOUND, found_or_none
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.errors import (
    Busy,
    Refused,
    UnexpectedResponse,
    Unreachable,
    UpgradeError,
)
from tests.replay import readers_eks as eks
from tests.replay import readers_groups as groups
from tests.replay import readers_kubernetes as kubernetes
from tests.replay import readers_machines as machines
from tests.replay.door import parsed
from tests.replay.recordings import KUBERNETES, RECORDINGS, USER_DATA, Recording

ROOT = Path(__file__).parents[2]
READERS: dict[str, Callable[[Recording], eks.Facts]] = {
    "DescribeCluster": eks.cluster,
    "CreateCluster": eks.cluster,
    "DeleteCluster": eks.cluster,
    "ListClusters": eks.names,
    "DescribeClusterVersions": eks.versions,
    "DescribeNodegroup": eks.node_group,
    "CreateNodegroup": eks.node_group,
    "DeleteNodegroup": eks.node_group,
    "ListNodegroups": eks.names,
    "DescribeUpdate": eks.update,
    "UpdateClusterVersion": eks.update,
    "UpdateClusterConfig": eks.update,
    "UpdateNodegroupConfig": eks.update,
    "UpdateNodegroupVersion": eks.update,
    "UpdateAddon": eks.update,
    "AssociateEncryptionConfig": eks.update,
    "CancelUpdate": eks.update,
    "ListUpdates": eks.update_ids,
    "DescribeAddon": eks.addon,
    "CreateAddon": eks.addon,
    "DeleteAddon": eks.addon,
    "ListAddons": eks.names,
    "DescribeAddonVersions": eks.addon_versions,
    "DescribeAddonConfiguration": eks.addon_configuration,
    "ListInsights": eks.insights,
    "DescribeInsight": eks.insight,
    "DescribeAutoScalingGroups": groups.groups,
    "DescribeScalingActivities": groups.activities,
    "DescribeLifecycleHooks": groups.hooks,
    "DescribeInstanceRefreshes": groups.refreshes,
    "DescribeScheduledActions": groups.schedules,
    "DescribePolicies": groups.policies,
    "DescribeNotificationConfigurations": groups.notifications,
    "DescribeImages": machines.images,
    "DescribeLaunchTemplateVersions": machines.template_versions,
    "CreateLaunchTemplateVersion": machines.new_template_version,
    "CreateLaunchTemplate": machines.new_template,
    "DescribeCapacityReservations": machines.reservations,
    "GetLaunchTemplateData": machines.template_data,
    "DescribeSubnets": machines.subnets,
    "DescribeInstanceTypes": machines.instance_types,
    "DescribeInstances": machines.instances,
    "GetParameter": machines.parameter,
    "GetServiceQuota": machines.quota,
    "GetAWSDefaultServiceQuota": machines.quota,
    USER_DATA: machines.user_data,
    KUBERNETES: kubernetes.read_object,
}
NOT_READ = {
    "DescribeFargateProfile": "Fargate is seen by its nodes",
    "DescribeWarmPool": "DescribeAutoScalingGroups tells that there is one",
    "EnterStandby": "nobody is sent there",
    "GetParameters": "one parameter at a time is asked for",
    "TerminateInstanceInAutoScalingGroup": "instances are ended by EKS and Auto Scaling",
}
"""Operations that the product does not call, and why. Errors are read all the same."""

NOTHING_IN_IT = (
    "CancelInstanceRefresh",
    "CompleteLifecycleAction",
    "CreateOrUpdateTags",
    "DeleteAutoScalingGroup",
    "EnableMetricsCollection",
    "ExitStandby",
    "PutNotificationConfiguration",
    "ResumeProcesses",
    "SetInstanceProtection",
    "SuspendProcesses",
    "TagResource",
    "UpdateAutoScalingGroup",
)
"""Operations whose answer nobody looks into: that there is one is enough."""

KINDS: dict[str, type[UpgradeError]] = {
    "InvalidParameterException": Refused,
    "InvalidRequestException": Refused,
    "InvalidStateException": Refused,
    "ResourceLimitExceededException": Refused,
    "AccessDeniedException": Refused,
    "ValidationError": Refused,
    "ResourceInUseException": Busy,
    "ResourceNotFoundException": Busy,
    "ScalingActivityInProgress": Busy,
    "ResourceInUse": Busy,
    "InvalidLaunchTemplateId.NotFound": Busy,
    "ThrottlingException": Unreachable,
    "Throttling": Unreachable,
    "RequestLimitExceeded": Unreachable,
    "TooManyRequestsException": Unreachable,
    "ServiceUnavailableException": Unreachable,
}
"""What an error is to the product, by its code; other codes must not be taken for a bug."""

WITHOUT_A_CODE: dict[int, type[UpgradeError]] = {
    400: UnexpectedResponse,
    401: Refused,
    403: Refused,
    409: Busy,
    429: Unreachable,
    500: Unreachable,
    502: Unreachable,
    503: Unreachable,
    504: Unreachable,
}
"""The same by the HTTP status, where there is nothing else to go by."""

ERRORS = [one for one in RECORDINGS if one.error]
UNREAD = {*NOT_READ, *NOTHING_IN_IT}
ANSWERS = [one for one in RECORDINGS if not one.error and one.operation not in UNREAD]


@pytest.mark.parametrize("recording", ANSWERS, ids=lambda one: one.name)
def test_an_answer_is_read_as_what_it_says(recording: Recording) -> None:
    reader = READERS.get(recording.operation)
    assert reader, f"no reader of {recording.operation}: add one, or a reason to NOT_READ"
    facts = list(reader(recording))
    wrong = [f"{name}: read {read!r}, not {told!r}" for name, read, told in facts if read != told]
    assert facts
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("recording", ERRORS, ids=lambda one: one.name)
def test_an_error_keeps_its_words_and_has_its_class(recording: Recording) -> None:
    with pytest.raises(UpgradeError) as raised, aws_errors_about("a thing"):
        parsed(recording)
    code = str(recording.answer["Error"].get("Code") or "")
    told, message = str(raised.value), str(recording.answer["Error"].get("Message") or "")
    assert message.rstrip(". ") in told
    assert code in told
    assert recording.operation in told
    assert ".." not in told.replace("...", "").replace(message, "")
    status = int(recording.answer.get("status_code") or 400)
    if not code:
        assert type(raised.value) is WITHOUT_A_CODE[status]
    elif code in KINDS:
        assert type(raised.value) is KINDS[code]
    else:
        assert not isinstance(raised.value, UnexpectedResponse)


@pytest.mark.parametrize(
    "recording",
    [one for one in ERRORS if one.answer["Error"].get("Code") == NOT_FOUND],
    ids=lambda one: one.name,
)
def test_what_is_not_found_is_nothing_however_it_is_worded(recording: Recording) -> None:
    assert found_or_none(lambda: parsed(recording)) is None


@pytest.mark.parametrize("operation", NOT_READ)
def test_the_product_never_calls_what_has_no_reader(operation: str) -> None:
    called = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
    texts = (
        path.read_text(encoding="utf-8")
        for folder in ("include/eks_upgrade", "plugins")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert not any(re.search(rf"[.\"]{called}\b", text) for text in texts)


def test_an_operation_without_a_reader_is_refused() -> None:
    unknown = Recording("new", "DescribeTrustStores", {})
    assert unknown.operation not in READERS
    with pytest.raises(AssertionError, match="no reader of DescribeTrustStores"):
        test_an_answer_is_read_as_what_it_says(unknown)


def test_the_refusal_of_an_error_is_botocores_own() -> None:
    with pytest.raises(ClientError) as raised:
        parsed(ERRORS[0])
    assert raised.value.operation_name == ERRORS[0].operation
