"""Node groups that go with difficulty: races, hooks, processes, what no rung can touch."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.aws_auth import (
    is_last_with_role,
    role_warning,
    uses_config_map,
)
from include.eks_upgrade.nodes.managed.deletion import deletion_outcome
from include.eks_upgrade.nodes.managed.recovery.diagnosis import Diagnosis, read_diagnosis
from include.eks_upgrade.nodes.managed.recovery.guards import EKS_HOOK, Guard
from include.eks_upgrade.nodes.managed.recovery.ladder import (
    delete_auto_scaling_group,
    lift_guards,
)
from include.eks_upgrade.nodes.managed.recovery.lifting import LIFTS, lift
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions
from include.rehearsal.aws import interference
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

NAME, GROUP = "plain", "workers"
MAY = RecoveryOptions(may_unprotect=True, may_delete_asg=True)
MINUTE = 60.0


@pytest.fixture
def aws() -> Iterator[Lab]:
    """The simulated AWS alone, whose time stands still."""
    with lab(nodes=3) as made:
        yield made


def clients(aws: Lab) -> AwsClients:
    return AwsClients(aws.scene.region, aws.eks, aws.ec2, aws.autoscaling, aws.ssm)


def asg_name(aws: Lab) -> str:
    return aws.scene.asgs[GROUP]


def protect(aws: Lab, ids: list[str], *, on: bool) -> None:
    aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=asg_name(aws), InstanceIds=ids, ProtectedFromScaleIn=on
    )


def protected(aws: Lab) -> list[str]:
    instances = (aws.asg() or {})["Instances"]
    return [one["InstanceId"] for one in instances if one["ProtectedFromScaleIn"]]


def one_leaves(aws: Lab) -> str:
    """An instance that waits for EKS's hook, which nobody answers."""
    interference.set_hook_answered(aws.rehearsal.world, NAME, GROUP, answered=False)
    leaving = aws.instances()[1]
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=asg_name(aws), MinSize=0)
    aws.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=leaving, ShouldDecrementDesiredCapacity=True
    )
    aws.pass_time(5)
    return leaving


def diagnose(aws: Lab) -> Diagnosis:
    return read_diagnosis(clients(aws), NAME, GROUP)


def climb(aws: Lab) -> Any:
    return lift_guards(clients(aws), NAME, GROUP, MAY)


def last_rung(aws: Lab) -> Any:
    return delete_auto_scaling_group(clients(aws), NAME, GROUP, MAY, pods_left=[])


def test_07_one_instance_that_is_leaving_refuses_the_protection_of_all_on_aws_and_not_here(
    aws: Lab,
) -> None:
    protect(aws, aws.instances(), on=True)
    leaving, every = one_leaves(aws), aws.instances()
    code, message, _ = refusal(protect, aws, every, on=False)
    assert code == "ValidationError"
    assert f"{leaving} is not in InService or EnteringStandby or Standby" in message
    assert protected(aws) == every
    climb(aws)
    assert protected(aws) == [leaving]


def test_an_instance_that_begins_to_leave_after_the_look_keeps_none_of_the_others(
    aws: Lab,
) -> None:
    every = aws.instances()
    protect(aws, every, on=True)
    (seen,) = diagnose(aws).of_kind("instance scale-in protection")
    assert seen.objects == tuple(every)
    leaving = one_leaves(aws)
    lift(aws.autoscaling, asg_name(aws), seen)
    assert protected(aws) == [leaving]


EVERY_LIFT = [pytest.param(kind, id=kind) for kind, _ in LIFTS]


@pytest.mark.parametrize("kind", EVERY_LIFT)
def test_08_a_guard_of_a_group_that_eks_has_begun_to_delete_has_passed(aws: Lab, kind: str) -> None:
    seen = Guard(kind, "", tuple(aws.instances()))
    aws.delete()
    aws.pass_time(6 * MINUTE)
    while (aws.asg() or {"Status": "gone"}).get("Status") is None:
        aws.pass_time(15)
    code, message, _ = refusal(
        aws.autoscaling.update_auto_scaling_group, AutoScalingGroupName=asg_name(aws), MaxSize=1
    )
    assert code == "ValidationError"
    assert "pending delete" in message or "not found" in message
    lift(aws.autoscaling, asg_name(aws), seen)
    aws.pass_time(2 * MINUTE)
    assert aws.asg() is None
    lift(aws.autoscaling, asg_name(aws), seen)


@pytest.mark.parametrize("words", ["tags", "processes"])
def test_08_aws_changes_nothing_of_a_group_in_deletion(aws: Lab, words: str) -> None:
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=asg_name(aws), ForceDelete=True)
    name = {"AutoScalingGroupName": asg_name(aws)}
    tag = {"ResourceId": asg_name(aws), "ResourceType": "auto-scaling-group", "Key": "k"}
    call: tuple[Any, dict[str, Any]] = {
        "tags": (aws.autoscaling.create_or_update_tags, {"Tags": [tag]}),
        "processes": (aws.autoscaling.resume_processes, {**name, "ScalingProcesses": ["Launch"]}),
    }[words]
    code, message, _ = refusal(call[0], **call[1])
    assert code == "ValidationError"
    assert "pending delete" in message


def test_11_a_suspended_terminate_has_two_issues_and_only_the_true_one_is_believed(
    aws: Lab,
) -> None:
    name = {"AutoScalingGroupName": asg_name(aws)}
    aws.autoscaling.suspend_processes(**name, ScalingProcesses=["Terminate"])
    for _ in range(2):  # each further try fails alike
        aws.delete()
        aws.pass_time(16 * MINUTE)
        issues = aws.group()["health"]["issues"]
        assert [one["code"] for one in issues] == [
            "AutoScalingGroupInvalidConfiguration",
            "AccessDenied",
        ]
        suspended = {one["ProcessName"] for one in (aws.asg() or {})["SuspendedProcesses"]}
        assert suspended >= {"Launch", "Terminate"}
    told = deletion_outcome(aws.group(), since=0, now=0, stall_minutes=60).detail
    assert "aws-auth" in told
    assert "EKS says so beside a suspended process whether it is so or not" in told
    assert climb(aws).obstacles[0].passed_by == "ResumeProcesses"
    suspended = {one["ProcessName"] for one in (aws.asg() or {})["SuspendedProcesses"]}
    assert "Launch" in suspended
    assert "Terminate" not in suspended
    aws.delete()
    aws.pass_time(10 * MINUTE)
    assert aws.groups() == []


def test_12_an_unanswered_hook_of_eks_has_its_half_hour_and_no_group_is_forced_for_it(
    aws: Lab,
) -> None:
    interference.set_hook_answered(aws.rehearsal.world, NAME, GROUP, answered=False)
    aws.delete()
    aws.pass_time(28 * MINUTE)
    assert aws.group()["status"] == "DELETING"
    (hook,) = diagnose(aws).of_kind(EKS_HOOK)
    assert "Terminate-LC-Hook" in str(hook)
    assert "goes on by itself at" in str(hook)
    assert not climb(aws).changed
    with pytest.raises(Refused, match="EKS goes on with the deletion by itself") as raised:
        last_rung(aws)
    assert raised.value.passes
    assert "may_delete_asg" not in str(raised.value)
    aws.pass_time(6 * MINUTE)
    assert (aws.groups(), aws.asg()) == ([], None)


def test_a_hook_of_somebody_else_is_completed_at_once(aws: Lab) -> None:
    aws.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=asg_name(aws),
        LifecycleHookName="backup",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=7200,
    )
    aws.delete()
    aws.pass_time(16 * MINUTE)
    assert aws.group()["status"] == "DELETE_FAILED"
    assert [one.passed_by for one in climb(aws).obstacles] == ["CompleteLifecycleAction"]
    aws.delete()
    aws.pass_time(5 * MINUTE)
    assert aws.groups() == []


def test_an_instance_in_standby_is_called_back_and_goes_with_the_group(aws: Lab) -> None:
    name = {"AutoScalingGroupName": asg_name(aws)}
    aws.autoscaling.update_auto_scaling_group(**name, MinSize=0)
    standing = aws.instances()[:1]
    aws.autoscaling.enter_standby(**name, InstanceIds=standing, ShouldDecrementDesiredCapacity=True)
    aws.delete()
    aws.pass_time(16 * MINUTE)
    assert (aws.group()["status"], aws.instances()) == ("DELETE_FAILED", standing)
    assert [one.passed_by for one in climb(aws).obstacles] == ["ExitStandby"]
    aws.delete()
    aws.pass_time(7 * MINUTE)
    assert aws.groups() == []


def test_a_run_that_died_between_the_calls_about_standby_is_gone_on_with(aws: Lab) -> None:
    """The instance is back in service, and the sizes that make room for it are still raised."""
    name = {"AutoScalingGroupName": asg_name(aws)}
    aws.delete()
    aws.pass_time(10)
    aws.autoscaling.resume_processes(**name, ScalingProcesses=["Launch"])
    aws.autoscaling.update_auto_scaling_group(**name, MaxSize=1, DesiredCapacity=1)
    assert "wants 1 instance," in diagnose(aws).text
    climb(aws)
    assert (aws.asg() or {})["DesiredCapacity"] == 0


def test_a_security_group_that_stays_is_named_with_its_id_and_asks_for_nothing(
    aws: Lab,
) -> None:
    issue = {
        "code": "Ec2SecurityGroupDeletionFailure",
        "message": "DependencyViolation - resource has a dependent object",
        "resourceIds": ["sg-0123456789abcdef0"],
    }
    interference.set_deletion_problem(aws.rehearsal.world, NAME, GROUP, [issue])
    for _ in range(2):
        aws.delete()
        aws.pass_time(10 * MINUTE)
        assert aws.group()["status"] == "DELETE_FAILED"
    assert "sg-0123456789abcdef0" in diagnose(aws).text
    with pytest.raises(Refused) as raised:
        last_rung(aws)
    told = str(raised.value)
    assert "sg-0123456789abcdef0" in told
    assert "delete what still uses that security group" in told
    assert "may_delete_asg" not in told
    interference.set_deletion_problem(aws.rehearsal.world, NAME, GROUP)
    aws.delete()
    aws.pass_time(60)
    assert aws.groups() == []


def test_26_with_the_last_group_of_a_role_self_managed_nodes_of_it_lose_the_cluster(
    aws: Lab,
) -> None:
    role = aws.group()["nodeRole"]
    interference.self_managed_node(aws.rehearsal.world, NAME, "ip-10-9-9-9", role)
    aws.pass_time(MINUTE)
    aws.new_group(nodeRole=role)
    aws.pass_time(10 * MINUTE)
    aws.delete()
    aws.pass_time(10 * MINUTE)
    assert ready(aws, "ip-10-9-9-9")
    aws.delete("green")
    aws.pass_time(10 * MINUTE)
    assert aws.groups() == []
    assert not ready(aws, "ip-10-9-9-9")


def ready(aws: Lab, node: str) -> bool:
    with aws.rehearsal.clock.lock:
        found = aws.rehearsal.world.clusters[NAME].store.get("nodes", None, node)
    states = {one["type"]: one["status"] for one in found["status"]["conditions"]}
    return states["Ready"] == "True"


def test_26_the_deletion_of_the_last_group_of_a_role_is_warned_of(aws: Lab) -> None:
    groups = {GROUP: aws.group()}
    cluster = aws.eks.describe_cluster(name=NAME)["cluster"]
    stray = Node(name="ip-10-9-9-9", labels={"kubernetes.io/os": "linux"})
    own = Node(name="ip-1", labels={"eks.amazonaws.com/nodegroup": GROUP})
    fargate = Node(name="fargate-1", labels={"eks.amazonaws.com/compute-type": "fargate"})
    assert uses_config_map(cluster)
    assert is_last_with_role(GROUP, groups)
    told = role_warning(GROUP, groups[GROUP]["nodeRole"], [stray, own, fargate])
    assert "ip-10-9-9-9" in told
    assert "fargate-1" not in told
    assert "access entry of the type EC2_LINUX" in told
    assert role_warning(GROUP, "role", [own, fargate]) == ""
    aws.new_group()
    assert not is_last_with_role(GROUP, {**groups, "green": aws.group("green")})
    assert not uses_config_map({"accessConfig": {"authenticationMode": "API"}})
    assert uses_config_map({})
