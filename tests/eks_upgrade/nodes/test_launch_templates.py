import base64

import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.error_codes import PROPAGATION_TRIES
from include.eks_upgrade.common.errors import Busy, Refused
from include.eks_upgrade.nodes.launch_templates.plan import (
    matching_version,
    plan_template,
    template_name,
)
from include.eks_upgrade.nodes.launch_templates.prepare import prepare_template

IMAGE = {"image_id": "ami-2", "image_family": "al2"}
CLUSTER = {
    "name": "demo",
    "endpoint": "https://demo.example",
    "certificateAuthority": {"data": "Q0E="},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16"},
    "resourcesVpcConfig": {"clusterSecurityGroupId": "sg-1"},
}
SCRIPT = "#!/bin/bash\n/etc/eks/bootstrap.sh demo\n"


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def version(number=3, **data):
    held = {"ImageId": "ami-1", "InstanceType": "m5.large", "UserData": encoded(SCRIPT), **data}
    return {"LaunchTemplateId": "lt-1", "VersionNumber": number, "LaunchTemplateData": held}


TEMPLATE = {"id": "lt-1", "name": "acme", "version": "3"}


def groups(**snapshot):
    kept = {"name": "workers", "amiType": "CUSTOM", **snapshot}
    return {"replacement": "workers-k126", "snapshot": kept}


def plan_for(kept, image, of):
    return plan_template(CLUSTER, version=of, **image, **kept)


def test_a_new_version_says_only_what_differs():
    plan = plan_for(groups(launchTemplate=TEMPLATE), IMAGE, version())
    assert (plan.template_id, plan.source_version) == ("lt-1", "3")
    assert plan.data == {
        "ImageId": "ami-2",
        "UserData": encoded(SCRIPT),
        "MetadataOptions": {"HttpPutResponseHopLimit": 2},
    }
    assert "workers-k126" in plan.description


def test_the_owner_s_metadata_options_stay():
    options = {"State": "applied", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    plan = plan_for(groups(), IMAGE, version(MetadataOptions=options))
    assert plan.data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}


def test_the_same_wish_has_the_same_token_and_another_wish_another():
    tokens = [
        plan_for(groups(), image, version()).token
        for image in (IMAGE, IMAGE, {**IMAGE, "image_id": "ami-3"})
    ]
    assert tokens[0] == tokens[1] != tokens[2]
    assert len(tokens[0]) <= 64


def test_a_group_without_template_gets_one_that_carries_what_it_said_itself():
    kept = groups(amiType="AL2_x86_64", diskSize=50, remoteAccess={"ec2SshKey": "key"})
    plan = plan_for(kept, IMAGE, None)
    assert plan.template_name == "eks-upgrade-demo-workers-k126"
    assert plan.data["KeyName"] == "key"
    assert plan.data["SecurityGroupIds"] == ["sg-1"]
    (disk,) = plan.data["BlockDeviceMappings"]
    assert (disk["DeviceName"], disk["Ebs"]["VolumeSize"]) == ("/dev/xvda", 50)
    assert "/etc/eks/bootstrap.sh demo" in plan.user_data
    assert len(plan.notes) == 1


def test_long_template_names_stay_apart_within_the_limit():
    names = {template_name("c" * 100, "g" * 40 + end) for end in "ab"}
    assert [len(name) for name in names] == [128, 128]


@pytest.mark.parametrize(
    ("change", "number"),
    [
        pytest.param({}, "5", id="the newest that fits"),
        pytest.param({"ImageId": "ami-9"}, None, id="another image"),
        pytest.param({"UserData": encoded("#!/bin/sh\n")}, None, id="other user data"),
    ],
)
def test_only_a_version_that_is_what_is_wanted_is_adopted(change, number):
    plan = plan_for(groups(), IMAGE, version())
    described = {"VersionDescription": plan.description}
    found = matching_version(
        plan, [{**version(n, ImageId="ami-2", **change), **described} for n in (4, 5)]
        if "ImageId" not in change else [{**version(4, **change), **described}]
    )  # fmt: skip
    assert (str(found["VersionNumber"]) if found else None) == number


@pytest.fixture
def ec2():
    client = boto3.client("ec2", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def prepare(client, kept, image=IMAGE):
    clients = AwsClients("us-east-1", None, client, None, None)
    return prepare_template(clients, CLUSTER, **image, **kept)


def test_a_version_is_made_from_the_old_group_s_own(ec2):
    client, stub = ec2
    plan = plan_for(groups(), IMAGE, version())
    seen = {"LaunchTemplateVersions": [version()]}
    stub.add_response("describe_launch_template_versions", seen,
                      {"LaunchTemplateId": "lt-1", "Versions": ["3"]})  # fmt: skip
    stub.add_response("describe_launch_template_versions", seen, {"LaunchTemplateId": "lt-1"})
    made = {"LaunchTemplateVersion": version(4)}
    stub.add_response("create_launch_template_version", made, {
        "LaunchTemplateId": "lt-1", "SourceVersion": "3", "VersionDescription": plan.description,
        "ClientToken": plan.token, "LaunchTemplateData": plan.data})  # fmt: skip
    result = prepare(client, groups(launchTemplate=TEMPLATE))
    assert result.changed
    assert result.data == {
        "launch_template_id": "lt-1",
        "launch_template_version": "4",
        "notes": [],
    }


def test_a_second_run_adopts_the_version_of_the_first(ec2):
    client, stub = ec2
    plan = plan_for(groups(), IMAGE, version())
    mine = {**version(4, ImageId="ami-2"), "VersionDescription": plan.description}
    stub.add_response("describe_launch_template_versions", {"LaunchTemplateVersions": [version()]})
    both = {"LaunchTemplateVersions": [version(), mine]}
    stub.add_response("describe_launch_template_versions", both)
    result = prepare(client, groups(launchTemplate=TEMPLATE))
    assert not result.changed
    assert result.data["launch_template_version"] == "4"


def test_a_template_is_made_for_a_group_that_has_none(ec2):
    client, stub = ec2
    stub.add_client_error("describe_launch_template_versions",
                          "InvalidLaunchTemplateName.NotFoundException")  # fmt: skip
    stub.add_response("create_launch_template", {"LaunchTemplate": {"LaunchTemplateId": "lt-9"}})
    result = prepare(client, groups(amiType="AL2_x86_64"))
    assert (result.data["launch_template_id"], result.data["launch_template_version"]) == (
        "lt-9",
        "1",
    )


def test_a_template_that_is_gone_may_not_be_seen_yet(ec2):
    client, stub = ec2
    stub.add_client_error("describe_launch_template_versions",
                          "InvalidLaunchTemplateId.VersionNotFound")  # fmt: skip
    with pytest.raises(Busy, match="does not exist any more") as raised:
        prepare(client, groups(launchTemplate=TEMPLATE))
    assert raised.value.tries == PROPAGATION_TRIES


def test_an_id_that_is_none_is_no_template_that_is_gone(ec2):
    client, stub = ec2
    stub.add_client_error("describe_launch_template_versions",
                          "InvalidLaunchTemplateId.Malformed")  # fmt: skip
    with pytest.raises(Refused, match=r"InvalidLaunchTemplateId\.Malformed"):
        prepare(client, groups(launchTemplate=TEMPLATE))
