"""What would keep an emptied group from going, told before it is emptied."""

import pytest

from include.eks_upgrade.aws.auto_scaling.asg_extras import AsgExtras
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions
from include.eks_upgrade.planning.preflight.nodes.autoscaling import auto_scaling_guards
from tests.eks_upgrade.planning.group_room import surge
from tests.eks_upgrade.planning.preflight.outcome_of import outcome, told


def instance(**changes):
    return {"InstanceId": "i-1", "LifecycleState": "InService", **changes}


GUARDED = [
    pytest.param({"Instances": [instance(ProtectedFromScaleIn=True)]}, "protects i-1 from scale-in",
                 "may_unprotect", id="scale-in protection"),
    pytest.param({"Instances": [instance(LifecycleState="Standby")]}, "(Standby)", "may_unprotect",
                 id="Standby"),
    pytest.param({"SuspendedProcesses": [{"ProcessName": "Terminate",
                                          "SuspensionReason": "User suspended"}]},
                 "the process Terminate", "may_unprotect", id="Terminate suspended"),
    pytest.param({"WarmPoolConfiguration": {"MinSize": 1}, "WarmPoolSize": 2}, "has a warm pool",
                 "may_delete_asg", id="warm pool"),
    pytest.param({"DeletionProtection": "prevent-all-deletion"}, "is protected from deletion",
                 "may_delete_asg", id="deletion protection"),
    pytest.param({"Operator": {"Principal": "autoscaling.amazonaws.com"}}, "only autoscaling", "",
                 id="an operator"),
]  # fmt: skip

HARMLESS = [
    pytest.param({"Instances": [instance()]}, id="nothing"),
    pytest.param({"Instances": [instance(ProtectedFromScaleIn=True,
                                         LifecycleState="Terminating")]}, id="it is going"),
    pytest.param({"SuspendedProcesses": [{"ProcessName": "Launch", "SuspensionReason": "x"}]},
                 id="another process"),
    pytest.param({"DeletionProtection": "none"}, id="no deletion protection"),
]  # fmt: skip


@pytest.fixture
def judged(make_facts, make_request):
    def found(asg, hooks=(), **recovery):
        named = {"AutoScalingGroupName": "eks-workers", **asg}
        facts = make_facts(
            asgs={"workers": named}, surge=surge(asg_extras={"workers": AsgExtras(hooks=hooks)})
        )
        request = make_request(recovery=RecoveryOptions(**recovery))
        return outcome(auto_scaling_guards.CHECK, facts, request=request)

    return found


@pytest.mark.parametrize(("asg", "words", "parameter"), GUARDED)
def test_what_would_keep_a_group_is_told_with_what_lifts_it(judged, asg, words, parameter):
    found = judged(asg)
    (only,) = told(found)
    assert only.startswith("warns node group workers")
    assert words in only
    assert parameter in found.findings[0].remedy


@pytest.mark.parametrize(("asg", "words", "parameter"), GUARDED[:-1])
def test_what_a_parameter_lets_the_run_lift_is_for_information(judged, asg, words, parameter):
    (only,) = told(judged(asg, **dict.fromkeys({parameter, "may_unprotect"}, True)))
    assert only.startswith("informs node group workers")
    assert f"{parameter} allows this run to lift it" in only
    assert words in only


@pytest.mark.parametrize("asg", HARMLESS)
def test_what_keeps_no_group_says_nothing(judged, asg):
    assert told(judged(asg)) == []


def test_a_hook_that_is_not_eks_own_is_told(judged):
    ending = "autoscaling:EC2_INSTANCE_TERMINATING"
    hooks = [
        {"LifecycleHookName": name, "LifecycleTransition": way, "HeartbeatTimeout": 7200}
        for name, way in (
            ("Terminate-LC-Hook", ending),
            ("backup", ending),
            ("boot", "autoscaling:EC2_INSTANCE_LAUNCHING"),
        )
    ]
    assert told(judged({}, hooks)) == [
        "informs node group workers: each node waits at its end for the lifecycle hook backup, up "
        "to 7200 s at a time if nobody answers it"
    ]


def test_a_group_without_an_auto_scaling_group_says_nothing(make_facts):
    assert told(outcome(auto_scaling_guards.CHECK, make_facts())) == []
