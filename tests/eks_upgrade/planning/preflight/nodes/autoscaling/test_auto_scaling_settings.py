"""What people set on an old Auto Scaling group and the new one does not get."""

import pytest

from include.eks_upgrade.aws.auto_scaling.asg_extras import AsgExtras
from include.eks_upgrade.planning.preflight.nodes.autoscaling import auto_scaling_settings
from tests.eks_upgrade.planning.group_room import surge
from tests.eks_upgrade.planning.preflight.outcome_of import outcome, told


@pytest.fixture
def judged(make_facts):
    def found(*, target="1.26", schedules=(), asked=True, **asg):
        named = {"AutoScalingGroupName": "eks-workers", **asg}
        extras = {"workers": AsgExtras(schedules=schedules)} if asked else {}
        facts = make_facts(asgs={"workers": named}, surge=surge(asg_extras=extras))
        return outcome(auto_scaling_settings.CHECK, facts, target=target)

    return found


def test_all_of_a_group_is_told_at_once(judged):
    found = judged(schedules=[{"ScheduledActionName": "night"}, {"ScheduledActionName": "day"}],
                   NewInstancesProtectedFromScaleIn=True)  # fmt: skip
    assert told(found) == [
        "warns node group workers: not copied from Auto Scaling group eks-workers: "
        "scheduled actions: night, day; settings: the scale-in protection of new instances"
    ]
    assert "after the run" in found.findings[0].remedy


def test_a_group_as_eks_makes_it_says_nothing_nor_does_one_that_stays(judged):
    night = [{"ScheduledActionName": "night"}]
    assert judged().findings == ()
    assert judged(schedules=night, target="1.25").findings == ()


def test_what_could_not_be_asked_is_told_elsewhere(judged):
    assert judged(schedules=[{"ScheduledActionName": "night"}], asked=False).findings == ()
