import json

import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.addons.update import addon_outcome, next_version, start_addon_update
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Refused, UnexpectedResponse
from include.eks_upgrade.common.outcome import Done, Failed, NotYet

STEP = AddonStep(
    name="vpc-cni",
    current="v1.12.0-eksbuild.1",
    versions=("v1.13.4-eksbuild.1", "v1.14.1-eksbuild.1"),
    resolve_conflicts="PRESERVE",
)
OF = {"clusterName": "demo", "addonName": "vpc-cni"}
CALL = {
    **OF,
    "addonVersion": "v1.13.4-eksbuild.1",
    "resolveConflicts": "PRESERVE",
}


@pytest.fixture
def eks():
    client = boto3.client(
        "eks", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def start(client):
    clients = AwsClients(region="eu-central-1", eks=client, ec2=None, autoscaling=None, ssm=None)
    return start_addon_update(clients, "demo", STEP)


def addon(version="v1.12.0-eksbuild.1", status="ACTIVE", **fields):
    return {"addonName": "vpc-cni", "addonVersion": version, "status": status, **fields}


def update(status="InProgress", **fields):
    return {"id": "u-1", "type": "AddonUpdate", "status": status, **fields}


def expect_updates(stub, status):
    stub.add_response(
        "list_updates", {"updateIds": ["u-1"]}, {"name": "demo", "addonName": "vpc-cni"}
    )
    stub.add_response(
        "describe_update",
        {"update": update(status)},
        {"name": "demo", "addonName": "vpc-cni", "updateId": "u-1"},
    )


# The stubber compares parameters exactly: configurationValues and podIdentityAssociations
# in a call would fail these tests.
@pytest.mark.parametrize(
    ("present", "sent"),
    [
        pytest.param(addon(configurationValues="{}"), {}, id="configuration-is-left-out"),
        pytest.param(
            addon(serviceAccountRoleArn="arn:aws:iam::123456789012:role/cni"),
            {"serviceAccountRoleArn": "arn:aws:iam::123456789012:role/cni"},
            id="role-is-sent-again",
        ),
    ],
)
def test_starts_the_next_version_and_keeps_what_is_the_user_s(eks, present, sent):
    client, stub = eks
    stub.add_response("describe_addon", {"addon": present}, OF)
    stub.add_response("update_addon", {"update": update()}, {**CALL, **sent})

    assert start(client) == "u-1"


def test_adopts_the_update_that_runs(eks):
    client, stub = eks
    stub.add_response("describe_addon", {"addon": addon(status="UPDATING")}, OF)
    expect_updates(stub, "InProgress")

    assert start(client) == "u-1"


def test_an_update_that_ended_between_two_looks_is_not_asked_for_again(eks):
    client, stub = eks
    stub.add_response("describe_addon", {"addon": addon(status="UPDATING")}, OF)
    expect_updates(stub, "Successful")
    stub.add_response("describe_addon", {"addon": addon("v1.14.1-eksbuild.1")}, OF)

    assert start(client) is None


def test_does_nothing_at_the_end_of_the_way(eks):
    client, stub = eks
    stub.add_response("describe_addon", {"addon": addon("v1.14.1-eksbuild.1")}, OF)

    assert start(client) is None


def test_adopts_an_update_that_began_between_the_look_and_the_call(eks):
    client, stub = eks
    stub.add_response("describe_addon", {"addon": addon()}, OF)
    stub.add_client_error("update_addon", "ResourceInUseException", "busy", 409)
    expect_updates(stub, "InProgress")

    assert start(client) == "u-1"


def test_refuses_when_the_addon_is_gone(eks):
    client, stub = eks
    stub.add_client_error("describe_addon", "ResourceNotFoundException", "gone", 404)

    with pytest.raises(Refused, match="no longer an EKS add-on"):
        start(client)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("InvalidParameterException", Refused, id="invalid"),
        pytest.param("BrandNewException", UnexpectedResponse, id="unforeseen"),
    ],
)
def test_a_no_of_aws_is_told_in_its_words(eks, code, expected):
    client, stub = eks
    stub.add_response("describe_addon", {"addon": addon()}, OF)
    stub.add_client_error("update_addon", code, "the words of AWS", 400)

    with pytest.raises(expected, match="the words of AWS"):
        start(client)


@pytest.mark.parametrize(
    ("current", "following"),
    [
        pytest.param("v1.12.0-eksbuild.1", "v1.13.4-eksbuild.1", id="at-the-start"),
        pytest.param("v1.13.4-eksbuild.1", "v1.14.1-eksbuild.1", id="half-way"),
        pytest.param("v1.14.1-eksbuild.1", None, id="at-the-end"),
        pytest.param("v1.15.0-eksbuild.1", None, id="beyond-the-end"),
    ],
)
def test_the_way_is_walked_version_by_version(current, following):
    assert next_version(STEP, addon(current)) == following


def test_a_step_survives_the_way_through_json():
    plain = json.loads(json.dumps({**STEP.as_json(), "of a later release": 1}))
    assert AddonStep.from_json(plain) == STEP


SICK = {"issues": [{"code": "ConfigurationConflict", "message": "field owned by kubectl"}]}


@pytest.mark.parametrize(
    ("change", "present", "expected"),
    [
        pytest.param(update("Successful"), addon(), Done, id="successful-and-active"),
        pytest.param(update("Successful"), addon(status="UPDATING"), NotYet, id="still-settling"),
        pytest.param(update("InProgress"), addon(), NotYet, id="active-does-not-count-while-runs"),
        pytest.param(
            update("Successful"), addon(status="DEGRADED", health=SICK), NotYet, id="degraded"
        ),
        pytest.param(
            update("Successful"), addon(status="UPDATE_FAILED", health=SICK), Failed, id="failed"
        ),
        pytest.param(
            update("Failed"), addon(status="ACTIVE", health=SICK), Failed, id="update-failed"
        ),
        pytest.param(update("Successful"), addon(status="RESTING"), NotYet, id="a-new-word"),
        pytest.param(None, addon(), Done, id="nothing-was-to-do"),
        pytest.param(update("Successful"), None, Failed, id="addon-is-gone"),
    ],
)
def test_an_addon_is_judged_by_its_update_and_its_own_status(change, present, expected):
    outcome = addon_outcome(change, present)

    assert type(outcome) is expected
    if present and "health" in present:
        assert "ConfigurationConflict: field owned by kubectl" in outcome.detail


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_an_addon_that_eks_does_not_update_is_refused_without_asking(eks, status):
    client, stub = eks
    stub.add_response("describe_addon", {"addon": addon(status=status)}, OF)

    with pytest.raises(Refused, match="aws eks delete-addon --preserve --addon-name vpc-cni"):
        start(client)
