"""Auto Scaling groups that are described as they were a while ago."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.eks_upgrade.common.errors import Busy
from include.rehearsal.aws import interference
from tests.faults.lab import NEW_GROUP, OLD_GROUP, FaultLab
from tests.rehearsal.aws.aws_lab import Lab
from tests.rehearsal.aws.aws_lab import lab as aws_lab

NAME, GROUP = "plain", "workers"
LATE, FOR_EVER = 180.0, 1e6


@pytest.fixture
def aws() -> Iterator[Lab]:
    with aws_lab() as made:
        yield made


def described(aws: Lab) -> dict[str, Any]:
    (group,) = aws.autoscaling.describe_auto_scaling_groups(
        AutoScalingGroupNames=[aws.scene.asgs[GROUP]]
    )["AutoScalingGroups"]
    return dict(group)


def test_09_a_size_that_was_set_and_its_instances_are_seen_later(aws: Lab) -> None:
    before = described(aws)
    aws.rehearsal.world.faults.scaling_lag_seconds = LATE
    (started,) = interference.autoscaler_adds(aws.rehearsal.world, NAME, GROUP)
    assert described(aws)["DesiredCapacity"] == before["DesiredCapacity"]
    assert len(described(aws)["Instances"]) == len(before["Instances"])
    aws.pass_time(LATE + 1)
    now = described(aws)
    assert now["DesiredCapacity"] == before["DesiredCapacity"] + 1
    assert started in {each["InstanceId"] for each in now["Instances"]}


def test_09_a_group_that_was_just_made_is_not_listed_yet(aws: Lab) -> None:
    aws.rehearsal.world.faults.scaling_lag_seconds = LATE
    aws.new_group(nodegroupName="second")
    names = {each["AutoScalingGroupName"] for each in _all(aws)}
    assert not any("second" in name for name in names)
    aws.pass_time(LATE + 1)
    assert any("second" in each["AutoScalingGroupName"] for each in _all(aws))


def _all(aws: Lab) -> list[dict[str, Any]]:
    return list(aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"])


def test_09_what_people_set_is_copied_when_auto_scaling_shows_the_new_group_at_last(
    lab: FaultLab,
) -> None:
    story = lab.story(nodes=2, protected=True, may_unprotect=True)
    old = {"ResourceId": story.scene.asgs[OLD_GROUP], "ResourceType": "auto-scaling-group"}
    tag = {**old, "Key": "team", "Value": "shop", "PropagateAtLaunch": True}
    lab.looker.autoscaling.create_or_update_tags(Tags=[tag])
    story.up_to("addons_after")
    story.take("new_group")
    lab.faults.scaling_lag_seconds = FOR_EVER
    with pytest.raises(Busy, match="does not show it yet"):
        story.take("fence", tries=1)
    assert story.did("UpdateNodegroupConfig") == 0
    lab.faults.scaling_lag_seconds = 60.0
    interference.autoscaler_adds(lab.rehearsal.world, story.cluster, OLD_GROUP)
    story.take("fence")
    copied = " ".join(story.done["fence_old"]["data"]["copied"])
    assert "team" in copied
    for step in ("drain", "verify", "delete", "await_deletion"):
        story.take(step)
    assert story.stuck
    for step in ("diagnose", "unprotect", "retry_delete"):
        story.take(step)
    story.take("await_deletion", "await_retry")
    story.take("confirm_gone")
    assert story.end()["node groups"].keys() == {NEW_GROUP}
    assert story.did("CreateNodegroup") == 1
