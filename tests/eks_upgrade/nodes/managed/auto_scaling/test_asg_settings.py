"""What people set on the old Auto Scaling group: copied to the new one, or told."""

from typing import Any

import pytest

from include.eks_upgrade.aws.auto_scaling.asg_extras import AsgExtras
from include.eks_upgrade.nodes.managed.auto_scaling.asg_settings import (
    EKS_TERMINATION_POLICIES,
    copied_later,
    keeps_zones_uneven,
    metrics_to_copy,
    not_copied,
    notifications_to_copy,
    settings_to_copy,
    tags_to_copy,
)
from include.eks_upgrade.nodes.managed.marks import REBALANCE_TAG

AUTOSCALER = "k8s.io/cluster-autoscaler/"
TOPIC, OTHER = "arn:aws:sns:eu-west-1:1:ops", "arn:aws:sns:eu-west-1:1:other"
LAUNCH, END = "autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_TERMINATE"


def asg(name: str = "old", **more: Any) -> dict[str, Any]:
    usual = {"TerminationPolicies": list(EKS_TERMINATION_POLICIES)}
    return {"AutoScalingGroupName": name, **usual, **more}


def tag(key: str, value: str = "1", *, propagated: bool = True) -> dict[str, Any]:
    return {"Key": key, "Value": value, "PropagateAtLaunch": propagated}


def told(topic: str, *kinds: str) -> list[dict[str, str]]:
    return [{"TopicARN": topic, "NotificationType": kind} for kind in kinds]


def test_tags_of_people_and_of_the_autoscaler_are_copied_with_their_propagation() -> None:
    key = f"{AUTOSCALER}node-template/label/x"
    old = asg(Tags=[
        tag(key), tag("cost-centre", "42", propagated=False), tag("eks:nodegroup-name"),
        tag("aws:cloudformation:stack-name"), tag("kubernetes.io/cluster/c", "owned"),
        tag(REBALANCE_TAG), tag(f"{AUTOSCALER}enabled", "true"),
    ])  # fmt: skip
    new = asg("new", Tags=[tag(f"{AUTOSCALER}enabled", "true")])
    copied = tags_to_copy(old, new)
    assert [(one["ResourceId"], one["Key"], one["PropagateAtLaunch"]) for one in copied] == [
        ("new", key, True),
        ("new", "cost-centre", False),
    ]
    assert tags_to_copy(old, asg("new", Tags=[*new["Tags"], *copied])) == []


SETTINGS = [
    pytest.param({}, {}, id="as EKS made it"),
    pytest.param(
        {"MaxInstanceLifetime": 604800}, {"MaxInstanceLifetime": 604800}, id="a life span"
    ),
    pytest.param({"MaxInstanceLifetime": 0}, {}, id="a life span that was taken away"),
    pytest.param(
        {"TerminationPolicies": ["NewestInstance"]},
        {"TerminationPolicies": ["NewestInstance"]},
        id="another order of termination",
    ),
    pytest.param({"TerminationPolicies": []}, {}, id="no order of termination"),
]


@pytest.mark.parametrize(("had", "wanted"), SETTINGS)
def test_settings_that_differ_are_copied(had: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert settings_to_copy(asg(**had), asg("new")) == wanted
    assert settings_to_copy(asg(**had), asg("new", **wanted)) == {}


def test_metrics_that_are_collected_are_collected_of_the_new_group_too() -> None:
    metrics = [
        {"Metric": name, "Granularity": "1Minute"} for name in ("GroupMinSize", "GroupMaxSize")
    ]
    assert metrics_to_copy(asg(EnabledMetrics=metrics), asg("new")) == {
        "1Minute": ["GroupMaxSize", "GroupMinSize"]
    }
    there = asg("new", EnabledMetrics=metrics[:1])
    assert metrics_to_copy(asg(EnabledMetrics=metrics), there) == {"1Minute": ["GroupMaxSize"]}
    assert metrics_to_copy(asg(), asg("new")) == {}


def test_notifications_are_copied_by_topic_and_none_of_the_new_group_is_lost() -> None:
    old = AsgExtras(notifications=[*told(TOPIC, LAUNCH, END), *told(OTHER, LAUNCH)])
    new = AsgExtras(
        notifications=[*told(TOPIC, "autoscaling:TEST_NOTIFICATION"), *told(OTHER, LAUNCH)]
    )
    assert notifications_to_copy(old, new) == {
        TOPIC: sorted([LAUNCH, END, "autoscaling:TEST_NOTIFICATION"])
    }
    assert notifications_to_copy(old, old) == {}


RESTING = {"SuspendedProcesses": [{"ProcessName": "AZRebalance"}]}


def test_a_rebalance_that_rests_for_the_drain_is_not_taken_for_a_wish_of_somebody() -> None:
    assert keeps_zones_uneven(asg(**RESTING))
    assert not keeps_zones_uneven(asg(**RESTING, Tags=[tag(REBALANCE_TAG)]))
    assert not keeps_zones_uneven(asg())


def test_what_would_act_on_both_groups_is_told_and_not_copied() -> None:
    old = asg(
        "b",
        TargetGroupARNs=["arn:tg"],
        TrafficSources=[{"Identifier": "arn:tg"}],
        WarmPoolConfiguration={"PoolState": "Stopped"},
        WarmPoolSize=2,
        NewInstancesProtectedFromScaleIn=True,
        DeletionProtection="prevent-all-deletion",
        SuspendedProcesses=[{"ProcessName": "Launch"}, {"ProcessName": "AZRebalance"}],
    )
    extras = AsgExtras(
        schedules=[{"ScheduledActionName": "night"}],
        hooks=[{"LifecycleHookName": name} for name in ("Terminate-LC-Hook", "mine")],
        policies=[{"PolicyName": "cpu"}],
    )
    assert not_copied(old, extras) == [
        "not copied from Auto Scaling group b: scheduled actions: night; scaling policies: cpu; "
        "lifecycle hooks: mine; target groups: arn:tg; suspended processes: Launch; settings: the "
        "warm pool (2 instances), the scale-in protection of new instances, the deletion "
        "protection (prevent-all-deletion)",
    ]


def test_the_plan_tells_what_will_be_copied_and_says_nothing_of_a_group_as_eks_makes_it() -> None:
    plain = asg(Tags=[tag(f"{AUTOSCALER}enabled", "true"), tag(f"{AUTOSCALER}demo", "owned")])
    assert copied_later(plain, AsgExtras()) == []
    rich = asg(Tags=[tag("team")], MaxInstanceLifetime=604800, **RESTING)
    assert copied_later(rich, AsgExtras(notifications=told(TOPIC, LAUNCH))) == [
        "tags team",
        "MaxInstanceLifetime 604800 (if autoscaling:UpdateAutoScalingGroup is allowed)",
        f"notifications to {TOPIC}",
        "the suspended process AZRebalance",
    ]
