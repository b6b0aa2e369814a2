"""A launch template, or a version of it, that was just made is "not there" under several names."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.error_codes import PROPAGATION_TRIES
from include.eks_upgrade.common.failure import FailureClass
from include.eks_upgrade.nodes.launch_templates.prepare import prepare_template
from include.eks_upgrade.nodes.managed.new_group.clone import snapshot
from include.eks_upgrade.retrying import classify
from include.rehearsal import images
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

DATA = {"ImageId": "ami-1", "InstanceType": "m5.large"}
MINUTE = 60.0


@pytest.fixture
def aws() -> Iterator[Lab]:
    """The simulated AWS alone, whose time stands still."""
    with lab() as made:
        yield made


def template(aws: Lab) -> str:
    """Made now, and not seen for a minute."""
    aws.rehearsal.world.faults.template_lag_seconds = MINUTE
    made = aws.ec2.create_launch_template(LaunchTemplateName="late", LaunchTemplateData=DATA)
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def read(aws: Lab, **asked: Any) -> Any:
    return aws.ec2.describe_launch_template_versions(**asked)["LaunchTemplateVersions"]


def test_ec2_does_not_see_a_new_template_for_a_while_by_id_or_by_name(aws: Lab) -> None:
    made = template(aws)
    assert refusal(read, aws, LaunchTemplateId=made)[0] == "InvalidLaunchTemplateId.NotFound"
    unseen = refusal(read, aws, LaunchTemplateName="late")[0]
    assert unseen == "InvalidLaunchTemplateName.NotFoundException"
    aws.pass_time(MINUTE)
    assert len(read(aws, LaunchTemplateName="late")) == 1


def test_ec2_does_not_see_a_new_version_for_a_while(aws: Lab) -> None:
    named = {"LaunchTemplateId": template(aws)}
    aws.pass_time(MINUTE)
    aws.ec2.create_launch_template_version(**named, SourceVersion="1", LaunchTemplateData={})
    code, message, _ = refusal(read, aws, **named, Versions=["2"])
    assert code == "InvalidLaunchTemplateId.VersionNotFound"
    assert "Could not find the specified version 2" in message
    assert len(read(aws, **named)) == 1
    aws.pass_time(MINUTE)
    assert len(read(aws, **named, Versions=["2"])) == 1


def test_03_eks_calls_a_new_template_a_wrong_value_for_a_while(aws: Lab) -> None:
    used = {"id": template(aws), "version": "1"}
    code, message, status = refusal(aws.new_group, launchTemplate=used, amiType=None)
    assert (code, status) == ("InvalidParameterException", 400)
    assert message.startswith("Launch template could not be found : ")


NOT_SEEN_YET = [
    pytest.param("InvalidLaunchTemplateId.NotFound", "", id="a template by its id"),
    pytest.param("InvalidLaunchTemplateId.VersionNotFound", "", id="a version"),
    pytest.param("InvalidLaunchTemplateName.NotFoundException", "", id="a template by its name"),
    pytest.param(
        "InvalidParameterException",
        "Launch template could not be found : The specified launch template, with template ID "
        "lt-1, does not exist.",
        id="a template in EKS's words",
    ),
]


@pytest.mark.parametrize(("code", "message"), NOT_SEEN_YET)
def test_03_what_is_not_there_may_not_be_seen_yet(code: str, message: str) -> None:
    answer: Any = {"Error": {"Code": code, "Message": message}}
    failure = classify(ClientError(answer, "CreateNodegroup"))
    assert (failure.kind, failure.tries) == (FailureClass.RETRY_LATER, PROPAGATION_TRIES)


def prepare(aws: Lab) -> Any:
    """The step for a group without a template of its own."""
    known = images.by_id(aws.scene.region).values()
    image = next(one for one in known if (one.family, one.kubernetes_version) == ("al2", "1.26"))
    return prepare_template(
        AwsClients(aws.scene.region, aws.eks, aws.ec2, aws.autoscaling, aws.ssm),
        aws.eks.describe_cluster(name=aws.scene.cluster)["cluster"],
        replacement="workers-k126",
        snapshot=snapshot(aws.group()),
        image_id=image.id,
        image_family="al2",
    )


def test_a_template_that_an_earlier_try_made_is_not_made_twice_while_it_is_not_seen(
    aws: Lab,
) -> None:
    aws.rehearsal.world.faults.template_lag_seconds = MINUTE
    first, second = prepare(aws), prepare(aws)
    assert second.data["launch_template_id"] == first.data["launch_template_id"]
    assert second.data["launch_template_version"] == "1"
    aws.pass_time(MINUTE)
    assert not prepare(aws).changed
