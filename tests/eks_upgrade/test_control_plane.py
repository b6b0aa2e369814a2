import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Busy, Refused, UnexpectedResponse
from include.eks_upgrade.control_plane.start import start_control_plane_update

TOKEN = "t" * 36
CALL = {"name": "demo", "version": "1.26", "force": False, "clientRequestToken": TOKEN}


@pytest.fixture
def eks():
    client = boto3.client(
        "eks", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def start(client, version="1.26"):
    clients = AwsClients(region="eu-central-1", eks=client, ec2=None, autoscaling=None, ssm=None)
    return start_control_plane_update(clients, "demo", version, force=False, token=TOKEN)


def cluster(version="1.25", status="ACTIVE"):
    return {"cluster": {"name": "demo", "version": version, "status": status}}


def update(to="1.26", status="InProgress"):
    params = [{"type": "Version", "value": to}]
    return {"update": {"id": "u-1", "type": "VersionUpdate", "status": status, "params": params}}


def expect_look(stub, answer, *updates):
    stub.add_response("describe_cluster", answer, {"name": "demo"})
    expect_updates(stub, *updates)


def expect_updates(stub, *updates):
    ids = [one["update"]["id"] for one in updates]
    stub.add_response("list_updates", {"updateIds": ids}, {"name": "demo"})
    for one in updates:
        stub.add_response("describe_update", one, {"name": "demo", "updateId": one["update"]["id"]})


def test_starts_the_update_with_the_run_s_token(eks):
    client, stub = eks
    expect_look(stub, cluster(), update("1.25", "Successful"))
    stub.add_response("update_cluster_version", update(), CALL)

    result = start(client)

    assert result.changed
    assert result.data == {"update_id": "u-1"}


@pytest.mark.parametrize("version", ["1.25", "1.26"])
def test_adopts_the_update_that_runs_whatever_the_cluster_says(eks, version):
    client, stub = eks
    expect_look(stub, cluster(version, "UPDATING"), update())

    result = start(client)

    assert not result.changed
    assert result.data == {"update_id": "u-1"}


def test_does_nothing_when_the_version_is_there(eks):
    client, stub = eks
    expect_look(stub, cluster("1.26"), update("1.26", "Successful"))

    result = start(client)

    assert not result.changed
    assert result.data == {"update_id": None}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(cluster("1.24"), "1.26 is not the next minor", id="two-behind"),
        pytest.param(cluster("1.27"), "1.26 is not the next minor", id="ahead"),
        pytest.param(cluster(status="FAILED"), "FAILED, not ACTIVE", id="failed"),
    ],
)
def test_refuses_to_start_from_another_state_than_planned(eks, answer, words):
    client, stub = eks
    expect_look(stub, answer)

    with pytest.raises(Refused, match=words):
        start(client)


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        pytest.param(
            "InvalidParameterException",
            "Nodegroups workers must be updated to match cluster version 1.25",
            "assumes that kubelets may trail",
            id="the-skew-assumption-is-wrong",
        ),
        pytest.param(
            "InvalidStateException",
            "Upgrade readiness issues detected",
            "override_insights=true",
            id="insights-are-enforced",
        ),
        pytest.param("InvalidRequestException", "odd", "InvalidRequestException: odd", id="other"),
    ],
)
def test_a_no_of_aws_is_told_with_its_words_and_the_remedy(eks, code, words, told):
    client, stub = eks
    expect_look(stub, cluster())
    stub.add_client_error("update_cluster_version", code, words, 400)

    with pytest.raises(Refused) as raised:
        start(client)

    assert told in str(raised.value)
    assert words in str(raised.value)


def test_adopts_an_update_that_began_between_the_look_and_the_call(eks):
    client, stub = eks
    expect_look(stub, cluster())
    stub.add_client_error("update_cluster_version", "ResourceInUseException", "busy", 409)
    expect_updates(stub, update())

    assert start(client).data == {"update_id": "u-1"}


def test_names_the_other_update_that_is_in_the_way(eks):
    client, stub = eks
    expect_look(stub, cluster())
    stub.add_client_error("update_cluster_version", "ResourceInUseException", "busy", 409)
    for _ in range(2):
        expect_updates(stub, update("1.24"))

    with pytest.raises(Busy, match=r"in progress: u-1 \(VersionUpdate 1\.24\)"):
        start(client)


def test_waits_for_an_update_of_somebody_else_to_end(eks):
    client, stub = eks
    expect_look(stub, cluster(status="UPDATING"))

    with pytest.raises(Busy, match=r"not to 1\.26 is in progress"):
        start(client)


def test_an_unforeseen_answer_stays_a_surprise(eks):
    client, stub = eks
    expect_look(stub, cluster())
    stub.add_client_error("update_cluster_version", "BrandNewException", "hm", 400)

    with pytest.raises(UnexpectedResponse, match="BrandNewException: hm"):
        start(client)
