import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Busy, Refused
from include.eks_upgrade.nodes.managed.recovery.diagnosis import Evidence, diagnosis
from include.eks_upgrade.nodes.managed.recovery.ladder import (
    asg_deletion_problems,
    delete_auto_scaling_group,
    lift_guards,
)
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions

TAGS = [
    {"Key": "eks:cluster-name", "Value": "demo"},
    {"Key": "eks:nodegroup-name", "Value": "workers"},
]
NAME = "eks-workers"
HOOKS = [
    {"LifecycleHookName": "Terminate-LC-Hook", "HeartbeatTimeout": 1800,
     "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"},
    {"LifecycleHookName": "Launch-LC-Hook",
     "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"},
]  # fmt: skip
GROUP = {
    "nodegroupName": "workers",
    "status": "DELETE_FAILED",
    "resources": {"autoScalingGroups": [{"name": NAME}]},
}


def instance(name, *, protected=True, state="InService"):
    return {"InstanceId": name, "AvailabilityZone": "a", "LifecycleState": state,
            "HealthStatus": "Healthy", "ProtectedFromScaleIn": protected}  # fmt: skip


def asg(**changes):
    return {"AutoScalingGroupName": NAME, "Tags": TAGS, "MinSize": 0, "MaxSize": 0,
            "DesiredCapacity": 0, "DefaultCooldown": 0, "AvailabilityZones": ["a"],
            "HealthCheckType": "EC2", "CreatedTime": 0, "Instances": [], **changes}  # fmt: skip


def found(group=GROUP, *, hooks=(), refreshes=(), activities=(), now=0.0, **changes):
    return diagnosis(
        Evidence("demo", "workers", group, asg(**changes), activities, hooks, refreshes, now)
    )


BEGAN = 1_800_000_000.0
"""15 January 2027, 08:00 UTC."""


def leaving(name):
    """The activity that ends an instance."""
    return {"ActivityId": "a", "StatusCode": "MidLifecycleAction", "StartTime":
            datetime.fromtimestamp(BEGAN, UTC), "Description":
            f"Terminating EC2 instance: {name} - Waiting for it"}  # fmt: skip


def eks_hook(after):
    """An instance that waits for EKS's own hook, so many seconds after it began to leave."""
    waiting = instance("i-1", protected=False, state="Terminating:Wait")
    return found(hooks=HOOKS, activities=[leaving("i-1")], now=BEGAN + after, Instances=[waiting])


@pytest.mark.parametrize(
    ("case", "kind", "message", "lifted_by", "allowed_by"),
    [
        pytest.param(found(Instances=[instance("i-1"), instance("i-2")]),
                     "instance scale-in protection", "protects i-1, i-2 from scale-in",
                     "SetInstanceProtection", "may_unprotect", id="instances"),
        pytest.param(found(NewInstancesProtectedFromScaleIn=True), "default scale-in protection",
                     "each new instance", "UpdateAutoScalingGroup", "may_unprotect", id="default"),
        pytest.param(found(SuspendedProcesses=[{"ProcessName": "Terminate"}]), "suspended process",
                     "Terminate", "ResumeProcesses", "may_unprotect", id="Terminate suspended"),
        pytest.param(found(SuspendedProcesses=[{"ProcessName": "AZRebalance"}]),
                     "suspended process", "does not stop a deletion", "", "", id="other suspended"),
        pytest.param(found(hooks=HOOKS, Instances=[instance("i-1", protected=False,
                                                            state="Terminating:Wait")]),
                     "lifecycle hook", "Terminate-LC-Hook", "CompleteLifecycleAction",
                     "may_unprotect", id="hook"),
        pytest.param(eks_hook(1700), "lifecycle hook of EKS",
                     "goes on by itself at 08:30 UTC at the latest", "", "", id="EKS's own hook"),
        pytest.param(eks_hook(1900), "lifecycle hook", "Terminate-LC-Hook",
                     "CompleteLifecycleAction", "may_unprotect", id="EKS's own hook, overdue"),
        pytest.param(found(Instances=[instance("i-1", protected=False, state="Standby")]),
                     "standby instance", "i-1 of Auto Scaling group eks-workers stands by",
                     "ExitStandby", "may_unprotect", id="standby"),
        pytest.param(found(Instances=[instance("i-1", protected=False, state="EnteringStandby")]),
                     "standby instance", "i-1", "ExitStandby", "may_unprotect", id="entering"),
        pytest.param(found(DesiredCapacity=2), "desired size", "wants 2 instances",
                     "UpdateAutoScalingGroup", "may_unprotect", id="size raised by somebody"),
        pytest.param(found(Instances=[instance("i-1", protected=False,
                                               state="Terminating:Retained")]),
                     "retained instance", "by hand", "", "", id="retained"),
        pytest.param(found(refreshes=[{"InstanceRefreshId": "r", "Status": "InProgress"}]),
                     "instance refresh", "InProgress", "CancelInstanceRefresh", "may_unprotect",
                     id="refresh"),
        pytest.param(found(refreshes=[{"InstanceRefreshId": "r", "Status": "Waning"}]),
                     "instance refresh", "Waning", "CancelInstanceRefresh", "may_unprotect",
                     id="refresh in a status that came later"),
        pytest.param(found(WarmPoolConfiguration={"PoolState": "Stopped"}, WarmPoolSize=2),
                     "warm pool", "2 instances", "DeleteAutoScalingGroup", "may_delete_asg",
                     id="warm pool"),
        pytest.param(found(DeletionProtection="prevent-all-deletion"), "deletion protection",
                     "prevent-all-deletion", "UpdateAutoScalingGroup", "may_delete_asg",
                     id="deletion protection"),
        pytest.param(found(Operator={"Principal": "x.amazonaws.com"}), "operator",
                     "x.amazonaws.com", "", "", id="operator"),
        pytest.param(found(activities=[{"ActivityId": "a", "StatusCode": "Cancelled",
                                        "Description": "d", "StatusMessage": "all protected"}]),
                     "scaling activity", "all protected", "", "", id="activity"),
        pytest.param(found({**GROUP, "health": {"issues": [{"code": "NewCode", "message": "m"}]}}),
                     "health", "NewCode", "", "", id="health issue of unknown code"),
    ],
)  # fmt: skip
def test_each_guard_says_what_it_is_and_what_lifts_it(case, kind, message, lifted_by, allowed_by):
    (guard,) = case.guards
    assert (guard.kind, guard.lifted_by, guard.allowed_by) == (kind, lifted_by, allowed_by)
    assert message in str(guard)
    assert json.loads(json.dumps(case.as_json()))["guards"][0]["kind"] == kind


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(found(DeletionProtection="none"), id="no deletion protection"),
        pytest.param(found(hooks=HOOKS), id="hooks without waiting instances"),
        pytest.param(found(refreshes=[{"InstanceRefreshId": "r", "Status": "Successful"}]),
                     id="refresh that has ended"),
        pytest.param(found(refreshes=[{"InstanceRefreshId": "r", "Status": "Cancelling"}]),
                     id="refresh that is being cancelled"),
        pytest.param(found(Instances=[instance("i-1", state="Warmed:Stopped")]), id="warm pool's"),
        pytest.param(found(Instances=[instance("i-1", state="Terminating:Wait")]),
                     id="protected, but leaving"),
        pytest.param(found({**GROUP, "status": "ACTIVE"}, DesiredCapacity=2), id="not deleted"),
        pytest.param(diagnosis(Evidence("demo", "workers")), id="all gone"),
    ],
)  # fmt: skip
def test_what_keeps_nothing_is_no_guard(case):
    assert case.guards == ()


@pytest.fixture
def aws():
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}
    eks = boto3.client("eks", "us-east-1", **keys)
    autoscaling = boto3.client("autoscaling", "us-east-1", **keys)
    with Stubber(eks) as eks_stub, Stubber(autoscaling) as stub:
        eks_stub.add_response("describe_nodegroup", {"nodegroup": GROUP})
        yield AwsClients("us-east-1", eks, None, autoscaling, None), stub
        stub.assert_no_pending_responses()


def look(stub, *, hooks=(), refreshes=(), **changes):
    stub.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": [asg(**changes)]})
    stub.add_response("describe_scaling_activities", {"Activities": []})
    stub.add_response("describe_lifecycle_hooks", {"LifecycleHooks": list(hooks)})
    stub.add_response("describe_instance_refreshes", {"InstanceRefreshes": list(refreshes)})


MAY = RecoveryOptions(may_unprotect=True, may_delete_asg=True)


def test_everything_seen_is_lifted_the_default_first_and_instances_in_fifties(aws):
    clients, stub = aws
    many = [instance(f"i-{n}") for n in range(51)]
    waiting = instance("i-w", protected=False, state="Terminating:Wait")
    look(stub, hooks=HOOKS, refreshes=[{"InstanceRefreshId": "r", "Status": "Pending"}],
         Instances=[*many, waiting], NewInstancesProtectedFromScaleIn=True,
         SuspendedProcesses=[{"ProcessName": "Terminate"}])  # fmt: skip
    name = {"AutoScalingGroupName": NAME}
    stub.add_response("update_auto_scaling_group", {},
                      {**name, "NewInstancesProtectedFromScaleIn": False})  # fmt: skip
    ids = [one["InstanceId"] for one in many]
    for batch in (ids[:50], ids[50:]):
        expected = {**name, "InstanceIds": batch, "ProtectedFromScaleIn": False}
        stub.add_response("set_instance_protection", {}, expected)
    stub.add_response("resume_processes", {}, {**name, "ScalingProcesses": ["Terminate"]})
    stub.add_client_error("complete_lifecycle_action", "ValidationError", "No active action")
    stub.add_client_error("cancel_instance_refresh", "ActiveInstanceRefreshNotFound")
    result = lift_guards(clients, "demo", "workers", MAY)
    assert result.changed
    assert [one.passed_by for one in result.obstacles] == [
        "UpdateAutoScalingGroup", "SetInstanceProtection", "ResumeProcesses",
        "CompleteLifecycleAction", "CancelInstanceRefresh"]  # fmt: skip


def test_nothing_to_lift_changes_nothing_and_needs_no_permission(aws):
    clients, stub = aws
    look(stub, Instances=[instance("i-1", protected=False)])
    assert not lift_guards(clients, "demo", "workers", RecoveryOptions()).changed


@pytest.mark.parametrize(
    ("options", "changes", "message"),
    [
        pytest.param(RecoveryOptions(), {}, "set the parameter may_unprotect to true", id="denied"),
        pytest.param(MAY, {"Tags": TAGS[:1]}, "eks:nodegroup-name is not set", id="not_ours"),
        pytest.param(MAY, {"Operator": {"Principal": "x"}}, "only x may change", id="operator"),
    ],
)
def test_guards_are_not_lifted_without_permission_or_proof(aws, options, changes, message):
    clients, stub = aws
    look(stub, Instances=[instance("i-1")], **changes)
    with pytest.raises(Refused, match=message):
        lift_guards(clients, "demo", "workers", options)


@pytest.mark.parametrize(
    ("options", "changes", "pods", "message"),
    [
        pytest.param(RecoveryOptions(may_unprotect=True), {}, [],
                     "set the parameter may_delete_asg to true", id="denied"),
        pytest.param(MAY, {"Tags": []}, [], "do not prove", id="not_ours"),
        pytest.param(MAY, {}, ["shop/web-1"], "shop/web-1", id="pods left"),
    ],
)  # fmt: skip
def test_the_asg_is_not_deleted_without_permission_proof_and_empty_nodes(
    aws, options, changes, pods, message
):
    clients, stub = aws
    look(stub, **changes)
    with pytest.raises(Refused, match=message):
        delete_auto_scaling_group(clients, "demo", "workers", options, pods_left=pods)


def test_the_asg_of_a_group_that_nobody_deletes_is_left_alone():
    (problem,) = asg_deletion_problems(found({**GROUP, "status": "ACTIVE"}), MAY, [])
    assert "nobody has asked EKS to delete it" in problem.what


def test_deletion_protection_is_lifted_only_to_delete_the_asg(aws):
    clients, stub = aws
    look(stub, Instances=[instance("i-1")], DeletionProtection="prevent-force-deletion")
    name = {"AutoScalingGroupName": NAME}
    stub.add_response("update_auto_scaling_group", {}, {**name, "DeletionProtection": "none"})
    stub.add_response("delete_auto_scaling_group", {}, {**name, "ForceDelete": True})
    result = delete_auto_scaling_group(clients, "demo", "workers", MAY, pods_left=[])
    assert result.data == {"asg": NAME, "instances": ["i-1"]}
    assert {one.passed_by for one in result.obstacles} == {
        "UpdateAutoScalingGroup",
        "DeleteAutoScalingGroup",
    }


@pytest.mark.parametrize("code", ["ResourceInUse", "ScalingActivityInProgress"])
def test_a_busy_asg_is_worth_a_retry(aws, code):
    clients, stub = aws
    look(stub)
    stub.add_client_error("delete_auto_scaling_group", code, "wait for i-1")
    with pytest.raises(Busy, match="wait for i-1"):
        delete_auto_scaling_group(clients, "demo", "workers", MAY, pods_left=[])


def test_an_asg_that_is_gone_needs_nothing(aws):
    clients, stub = aws
    stub.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": []})
    assert not delete_auto_scaling_group(
        clients, "demo", "workers", RecoveryOptions(), pods_left=["a/b"]
    ).changed


ROLE = "arn:aws:iam::111122223333:role/nodes"


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        pytest.param([ROLE], f"EKS reports AccessDenied for node group workers, about {ROLE} (AWS "
                     "says: AccessEntry isn't found in the cluster)", id="one"),
        pytest.param([f"i-{n}" for n in range(7)], "about i-0, i-1, i-2, i-3, i-4 and 2 more (",
                     id="many"),
        pytest.param(["DUMMY_0f9d1b2c"], "for node group workers (AWS says", id="EKS's stand-in"),
        pytest.param(["DUMMY_1", "i-1"], "about i-1 (AWS", id="a stand-in and a real one"),
        pytest.param(None, "for node group workers (AWS says", id="null"),
        pytest.param([], "for node group workers (AWS says", id="none"),
    ],
)  # fmt: skip
def test_a_health_issue_names_what_it_is_about(ids, told):
    issue = {"code": "AccessDenied", "resourceIds": ids,
             "message": "AccessEntry isn't found in the cluster"}  # fmt: skip
    text = found({**GROUP, "health": {"issues": [issue]}}).text
    assert told in text
    assert "DUMMY_" not in text


@pytest.mark.parametrize(
    ("activity", "told"),
    [
        pytest.param({"StatusCode": "Failed", "StatusMessage": "No room. Launch failed.",
                      "Description": "Launching a new EC2 instance.  Status Reason: No room. "
                      "Launch failed."},
                     "has failed: Launching a new EC2 instance.  Status Reason: No room. Launch "
                     "failed", id="description has it already"),
        pytest.param({"StatusCode": "Cancelled", "Description": "Launching a new EC2 instance.",
                      "StatusMessage": "No room."},
                     "has cancelled: Launching a new EC2 instance (AWS says: No room)",
                     id="description without it"),
        pytest.param({"StatusCode": "Cancelled", "Cause": "At noon a user asked.",
                      "Description": "Could not scale, all are protected."},
                     "all are protected (AWS says: At noon a user asked)", id="no status message"),
        pytest.param({"StatusCode": "Failed", "StatusMessage": None, "Description": None},
                     "has failed: no description", id="nulls"),
    ],
)  # fmt: skip
def test_what_auto_scaling_says_of_an_activity_stands_there_once(activity, told):
    (guard,) = found(activities=[activity]).guards
    assert str(guard).endswith(told)
