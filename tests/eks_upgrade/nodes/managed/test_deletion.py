import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Busy
from include.eks_upgrade.common.outcome import Done, Failed, NotYet
from include.eks_upgrade.nodes.managed.deletion import (
    delete_group,
    deletion_outcome,
    gone_outcome,
    may_delete,
)


def group(status, *issues):
    listed = [{"code": "NodeTerminationFailure", "message": text} for text in issues]
    return {"nodegroupName": "workers", "status": status, "health": {"issues": listed}}


ASG = {
    "AutoScalingGroupName": "eks-workers",
    "Instances": [{"InstanceId": "i-1", "LifecycleState": "InService"}],
}
ACTIVITY = {"StatusCode": "Cancelled", "Description": "Terminating", "StatusMessage": "protected"}


def test_a_group_with_evictable_pods_may_not_be_deleted():
    assert may_delete([]) is None
    problem = may_delete([f"shop/web-{i}" for i in range(7)])
    assert "7 evictable pods are still" in problem.what
    assert "and 2 more" in problem.what


@pytest.mark.parametrize(
    ("found", "now", "state", "words"),
    [
        pytest.param(None, 60, "gone", "gone", id="gone"),
        pytest.param(group("DELETING"), 60, None, "DELETING", id="going"),
        pytest.param(group("ACTIVE"), 60, None, "ACTIVE", id="EKS shows it late"),
        pytest.param(group("DELETE_FAILED", "stuck node"), 60, "stuck", "stuck node", id="failed"),
        pytest.param(group("DELETING"), 1500, "stuck", "after 25 minutes", id="stalled"),
        pytest.param(group("DELETING"), 1499, None, "i-1 (InService)", id="not yet stalled"),
    ],
)
def test_a_deletion_ends_gone_or_stuck(found, now, state, words):
    outcome = deletion_outcome(
        found, since=0, now=now, stall_minutes=25, asg=ASG, activities=[ACTIVITY]
    )
    assert words in outcome.detail
    if state is None:
        assert isinstance(outcome, NotYet)
        assert "Auto Scaling says: Cancelled: Terminating (protected)" in outcome.detail
    else:
        assert isinstance(outcome, Done)
        assert outcome.data["state"] == state


@pytest.mark.parametrize(
    ("found", "asg", "instances", "kind", "words"),
    [
        pytest.param(None, None, [], Done, "are gone", id="all gone"),
        pytest.param(None, None, [{"InstanceId": "i-1", "State": {"Name": "terminated"}}], Done,
                     "are gone", id="terminated counts as gone"),
        pytest.param(None, None, [{"InstanceId": "i-1", "State": {"Name": "shutting-down"}}],
                     NotYet, "i-1 (shutting-down)", id="instance left"),
        pytest.param(None, ASG, [], NotYet, "eks-workers", id="ASG left"),
        pytest.param(group("DELETING"), None, [], NotYet, "workers (DELETING)", id="group left"),
        pytest.param(group("DELETE_FAILED", "why"), None, [], Failed, "why", id="failed again"),
    ],
)  # fmt: skip
def test_gone_means_group_asg_and_instances(found, asg, instances, kind, words):
    outcome = gone_outcome(found, asg, instances)
    assert isinstance(outcome, kind)
    assert words in outcome.detail


@pytest.fixture
def eks():
    client = boto3.client("eks", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def delete(client):
    return delete_group(AwsClients("us-east-1", client, None, None, None), "demo", "workers")


@pytest.mark.parametrize("status", ["ACTIVE", "DEGRADED", "DELETE_FAILED"])
def test_a_group_is_deleted_and_deleted_again_after_a_failure(eks, status):
    client, stub = eks
    stub.add_response("describe_nodegroup", {"nodegroup": group(status)})
    stub.add_response("delete_nodegroup", {}, {"clusterName": "demo", "nodegroupName": "workers"})
    result = delete(client)
    assert result.changed
    assert result.text.endswith("again") == (status == "DELETE_FAILED")


def test_a_group_that_is_going_is_left_to_it(eks):
    client, stub = eks
    stub.add_response("describe_nodegroup", {"nodegroup": group("DELETING")})
    assert delete(client).data["state"] == "deleting"


def test_a_group_that_is_gone_is_done(eks):
    client, stub = eks
    stub.add_client_error("describe_nodegroup", "ResourceNotFoundException")
    result = delete(client)
    assert (result.changed, result.data["state"]) == (False, "gone")


def test_a_busy_group_is_worth_a_retry(eks):
    client, stub = eks
    stub.add_response("describe_nodegroup", {"nodegroup": group("UPDATING")})
    stub.add_client_error("delete_nodegroup", "ResourceInUseException", "update in progress")
    with pytest.raises(Busy, match="update in progress"):
        delete(client)
