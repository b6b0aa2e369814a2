"""The rehearsal refuses in the words of AWS, by itself where it knows the rule, else when told."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.rehearsal.faults import Fault
from include.rehearsal.scenario import PlainOptions
from tests.rehearsal.aws.aws_lab import ONCE, Lab, lab
from tests.replay.door import call, parsed
from tests.replay.recordings import RECORDINGS, Recording, service_of
from tests.replay.rehearsed import NAME, refused

ERRORS = {one.name: one for one in RECORDINGS if one.error}
TOLD = [one for one in ERRORS.values() if one.answer["Error"].get("Code")]
GROUP = {"clusterName": NAME, "nodegroupName": "group-x"}
TEMPLATE = "lt-0877401c93c294001"


@pytest.fixture(scope="module")
def shared() -> Iterator[Lab]:
    with lab(PlainOptions(addons={}, template_family="al2")) as made:
        yield made


@pytest.fixture
def aws(shared: Lab) -> Iterator[Lab]:
    yield shared
    shared.rehearsal.world.faults.calls.lift()


def _going(aws: Lab) -> dict[str, Any]:
    """A group that is being deleted is not to be updated."""
    aws.new_group(nodegroupName="going", scalingConfig={"minSize": 0, "maxSize": 1,
                                                        "desiredSize": 0})  # fmt: skip
    aws.pass_time(600)
    aws.delete("going")
    return refused(aws.eks.update_nodegroup_version, clusterName=NAME, nodegroupName="going")


def _asg_with_instances_that_go(aws: Lab) -> dict[str, Any]:
    name = str((aws.asg() or {})["AutoScalingGroupName"])
    aws.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=aws.instances()[0], ShouldDecrementDesiredCapacity=False
    )
    return refused(aws.autoscaling.delete_auto_scaling_group, AutoScalingGroupName=name)


def _update_own(aws: Lab, **arguments: Any) -> dict[str, Any]:
    """The groups of the lab have an image of their own."""
    group = {"clusterName": NAME, "nodegroupName": "workers"}
    return refused(aws.eks.update_nodegroup_version, **group, **arguments)


def _role(aws: Lab, name: str, service: str) -> str:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [allowed]}
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    with closing(aws.rehearsal.session().client("iam", endpoint_url=url)) as iam:
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


BY_ITSELF: dict[str, Callable[[Lab], dict[str, Any]]] = {
    "error-describe-nodegroup-not-found": lambda aws: refused(
        aws.eks.describe_nodegroup, **{**GROUP, "nodegroupName": "test"}
    ),
    "error-describe-nodegroup-not-found-2026": lambda aws: refused(
        aws.eks.describe_nodegroup, **GROUP
    ),
    "error-delete-nodegroup-not-found": lambda aws: refused(aws.eks.delete_nodegroup, **GROUP),
    "error-launch-template-version-not-found": lambda aws: refused(
        aws.ec2.describe_launch_template_versions, LaunchTemplateId=TEMPLATE, Versions=["1"]
    ),
    "error-update-nodegroup-version-not-active": _going,
    "error-update-nodegroup-version-custom-ami": lambda aws: _update_own(aws, version="1.25"),
    "error-update-nodegroup-version-template-null": _update_own,
    "error-create-nodegroup-version-with-image": lambda aws: refused(
        aws.new_group,
        nodegroupName="more",
        version="1.25",
        launchTemplate={"id": aws.scene.launch_template, "version": "1"},
    ),
    "error-create-nodegroup-trust": lambda aws: refused(
        aws.new_group, nodegroupName="more", nodeRole=_role(aws, "role-a", "eks.amazonaws.com")
    ),
    "error-delete-asg-scaling-activity": _asg_with_instances_that_go,
}
"""Refusals that follow from the rehearsal's own state. The others have to be told to it."""


@pytest.mark.parametrize("name", BY_ITSELF)
def test_a_refusal_that_follows_from_the_state_reads_as_the_published_one(
    aws: Lab, name: str
) -> None:
    real = _recorded(ERRORS[name])
    ours = BY_ITSELF[name](aws)
    assert ours["Error"]["Code"] == real["Error"]["Code"]
    assert _plain(ours["Error"]["Message"]) == _plain(real["Error"]["Message"])
    status = ours["ResponseMetadata"]["HTTPStatusCode"]
    assert status == real["ResponseMetadata"]["HTTPStatusCode"]
    beside = set(real) - {"Error", "ResponseMetadata"}
    assert beside <= set(ours)


def _plain(message: str) -> str:
    """Without the name of the cluster and the account, which are other ones."""
    return re.sub(r"\bcluster [\w-]+|\b\d{12}\b", "…", message)


@pytest.mark.parametrize("recording", TOLD, ids=lambda one: one.name)
def test_any_published_error_can_be_rehearsed(aws: Lab, recording: Recording) -> None:
    real = _recorded(recording)
    error, status = real["Error"], real["ResponseMetadata"]["HTTPStatusCode"]
    fault = Fault("error", recording.operation, code=error["Code"], message=error["Message"],
                  status=status)  # fmt: skip
    aws.rehearsal.world.faults.calls.add(fault)
    client = aws.rehearsal.session().client(
        service_of(recording.operation),
        endpoint_url=aws.rehearsal.environment["AWS_ENDPOINT_URL"],
        config=ONCE,
    )
    with closing(client), pytest.raises(ClientError) as raised:
        call(client, recording.operation)
    ours = raised.value.response
    assert ours["Error"]["Code"] == error["Code"]
    assert ours["Error"]["Message"] == (error["Message"] or error["Code"])
    assert ours["ResponseMetadata"]["HTTPStatusCode"] == status


def _recorded(recording: Recording) -> dict[str, Any]:
    with pytest.raises(ClientError) as raised:
        parsed(recording)
    return dict(raised.value.response)
