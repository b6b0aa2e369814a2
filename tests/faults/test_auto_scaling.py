"""What people set on the old Auto Scaling group, and that zones rest while it is drained."""

from typing import Any

from include.rehearsal.aws import interference
from include.rehearsal.seeding import Seeder
from tests.faults.lab import NEW_GROUP, OLD_GROUP, FaultLab, Story

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ops"
KIND = "autoscaling:EC2_INSTANCE_LAUNCH"
WEEK = 604800


def asg(story: Story, group: str) -> dict[str, Any]:
    """The Auto Scaling group of a node group, with tags by key and names of what rests."""
    aws = story.lab.looker
    raw = aws.eks.describe_nodegroup(clusterName=story.cluster, nodegroupName=group)["nodegroup"]
    name = raw["resources"]["autoScalingGroups"][0]["name"]
    (found,) = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    return {
        **found,
        "tags": {each["Key"]: each["Value"] for each in found["Tags"]},
        "resting": [each["ProcessName"] for each in found["SuspendedProcesses"]],
    }


def set_all(story: Story) -> None:
    """What people set on an Auto Scaling group."""
    hands, name = Seeder(story.lab.rehearsal.world).autoscaling, story.scene.asgs[OLD_GROUP]
    of = {"AutoScalingGroupName": name}
    tag = {"ResourceId": name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
    hands.create_or_update_tags(Tags=[{**tag, "Key": "team", "Value": "shop"}])
    hands.update_auto_scaling_group(
        **of, MaxInstanceLifetime=WEEK, TerminationPolicies=["NewestInstance"]
    )
    hands.enable_metrics_collection(**of, Granularity="1Minute", Metrics=["GroupMinSize"])
    hands.put_notification_configuration(**of, TopicARN=TOPIC, NotificationTypes=[KIND])
    hands.suspend_processes(**of, ScalingProcesses=["AZRebalance"])
    hands.put_scheduled_update_group_action(**of, ScheduledActionName="night", DesiredCapacity=1)


def test_the_plan_says_what_the_new_auto_scaling_group_will_have_and_lack(lab: FaultLab) -> None:
    story = lab.story()
    set_all(story)
    story.take("plan")
    plan = story.done["plan"]
    (copied,) = [line for line in plan["summary"] if "copied to the new Auto Scaling" in line]
    for words in ("tags team", f"MaxInstanceLifetime {WEEK}", "GroupMinSize", TOPIC, "AZRebalance"):
        assert words in copied
    assert [line for line in plan["warnings"] if "scheduled actions" in line and "night" in line]


def test_what_people_set_is_copied_once_and_what_is_not_stands_in_the_report(
    lab: FaultLab,
) -> None:
    story = lab.story()
    set_all(story)
    story.up_to("fence")
    new = asg(story, NEW_GROUP)
    assert new["tags"]["team"] == "shop"
    assert new["MaxInstanceLifetime"] == WEEK
    assert new["TerminationPolicies"] == ["NewestInstance"]
    assert [each["Metric"] for each in new["EnabledMetrics"]] == ["GroupMinSize"]
    assert new["resting"] == ["AZRebalance"]
    told = lab.looker.autoscaling.describe_notification_configurations(
        AutoScalingGroupNames=[new["AutoScalingGroupName"]]
    )["NotificationConfigurations"]
    assert [(each["TopicARN"], each["NotificationType"]) for each in told] == [(TOPIC, KIND)]
    (left,) = story.done["fence_old"]["data"]["not_copied"]
    assert "night" in left
    story.take("fence")
    assert story.done["fence_old"]["data"]["copied"] == []


def test_auto_scaling_evens_out_no_zones_of_a_group_that_is_drained(lab: FaultLab) -> None:
    story = lab.story()
    story.up_to("new_group")
    assert asg(story, OLD_GROUP)["resting"] == []
    story.take("fence")
    old = asg(story, OLD_GROUP)
    assert old["resting"] == ["AZRebalance"]
    assert old["tags"]["eks-upgrade/az-rebalance"].startswith("suspended by ")
    assert asg(story, NEW_GROUP)["resting"] == []
    for step in ("drain", "verify", "delete"):
        story.take(step)


def test_what_others_have_suspended_is_theirs_and_carries_no_mark(lab: FaultLab) -> None:
    story = lab.story()
    set_all(story)
    story.up_to("fence")
    old = asg(story, OLD_GROUP)
    assert old["resting"] == ["AZRebalance"]
    assert "eks-upgrade/az-rebalance" not in old["tags"]


def test_a_fenced_group_that_eks_is_deleting_meanwhile_is_no_error(lab: FaultLab) -> None:
    story = lab.story()
    story.up_to("new_group")
    interference.delete_node_group(lab.rehearsal.world, story.cluster, OLD_GROUP)
    story.take("fence")
    assert story.failures["fence"] == []


def test_settings_that_may_not_be_copied_are_told_and_stop_nothing(lab: FaultLab) -> None:
    story = lab.story()
    set_all(story)
    story.up_to("new_group")
    lab.faults.add(
        "error", "UpdateAutoScalingGroup", code="AccessDenied", message="no such luck", status=403
    )
    story.take("fence")
    (told, _) = story.done["fence_old"]["data"]["not_copied"]
    assert "autoscaling:UpdateAutoScalingGroup is not allowed" in told
    assert f"MaxInstanceLifetime {WEEK}" in told
    assert asg(story, NEW_GROUP)["tags"]["team"] == "shop"
