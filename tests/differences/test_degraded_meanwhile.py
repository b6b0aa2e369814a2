"""A node group or an add-on that becomes DEGRADED in mid-run: told at once, in words and report."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.rehearsal.aws import interference
from include.rehearsal.workloads import App
from tests.faults.lab import BEHIND, OLD_GROUP, FaultLab, Story

ISSUE = {
    "code": "AsgInstanceLaunchFailures",
    "message": "Could not launch Spot Instances.",
    "resourceIds": ["asg-1"],
}
WORDS = "became DEGRADED (AsgInstanceLaunchFailures: Could not launch Spot Instances (asg-1))"
PATIENT = {"limit_minutes": 5.0}
"""What is held here is let go by the test itself; a busy machine may need more than a minute."""
SLOW = App("shop", "web", 5, {"maxUnavailable": 1}, ready=2400)
"""Four real seconds between two of its pods; the drain is looked at every two."""


def obstacles(story: Story, task: str) -> dict[str, str]:
    return {each["what"]: each["passed_by"] for each in story.done[task]["obstacles"]}


def degrade(story: Story, **which: Any) -> None:
    interference.degrade(story.lab.rehearsal.world, story.cluster, [ISSUE], **which)


def test_10_a_node_group_that_becomes_degraded_while_the_control_plane_moves_stands_in_the_report(
    lab: FaultLab,
) -> None:
    story = lab.story(addons=dict(BEHIND), limits=PATIENT)
    story.up_to("addons_before")
    lab.faults.stick_next("VersionUpdate", cluster=story.cluster)
    degrade(story, nodegroup=OLD_GROUP)
    story.begin_anew()
    with story.meanwhile(lambda: "start_update" in story.done, lambda: end_control_plane(story)):
        story.take("control_plane")
    told = f"node group '{OLD_GROUP}' {WORDS}"
    assert obstacles(story, "await_update") == {told: ""}
    assert story.failures["control_plane"] == []
    story.take("report")
    (page,) = Path(lab.folder).rglob("*.md")
    assert "became DEGRADED" in page.read_text("utf-8")


def test_10_a_node_group_that_heals_while_an_add_on_is_updated_is_an_obstacle_that_was_passed(
    lab: FaultLab,
) -> None:
    story = lab.story(addons=dict(BEHIND), limits=PATIENT)
    story.up_to("lock")
    lab.faults.stick_next("AddonUpdate", cluster=story.cluster, target="coredns")
    degrade(story, nodegroup=OLD_GROUP)
    with story.meanwhile(
        lambda: story.did("UpdateAddon"),
        lambda: heal_and_end(story, "coredns"),
    ):
        story.take("addons", "addons_before")
    told = f"node group '{OLD_GROUP}' {WORDS}"
    assert obstacles(story, "addons_before.coredns") == {told: "it got well by itself"}


def heal_and_end(story: Story, addon: str) -> None:
    """Once it was looked at, the group gets well; once that was seen, the update ends."""
    world, cluster, eks = story.lab.rehearsal.world, story.cluster, story.lab.looker.eks
    look_twice(story)
    interference.set_node_group_health(world, cluster, OLD_GROUP, "ACTIVE")
    look_twice(story)
    (update,) = eks.list_updates(name=cluster, addonName=addon)["updateIds"]
    interference.end_update(world, cluster, update)


def end_control_plane(story: Story) -> None:
    """Once the group was looked at, the update ends."""
    look_twice(story)
    update = story.done["start_update"]["data"]["update_id"]
    interference.end_update(story.lab.rehearsal.world, story.cluster, update)


def look_twice(story: Story, operation: str = "DescribeNodegroup") -> None:
    """One look may be under way, that of the wait before too; the next has begun after now."""
    looks = story.asked(operation)
    until(lambda: story.asked(operation) >= looks + 2)


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def test_10_an_add_on_that_becomes_degraded_during_the_fence_stands_in_its_result(
    lab: FaultLab,
) -> None:
    story = lab.story(addons=dict(BEHIND), limits=PATIENT)
    story.up_to("new_group")
    lab.faults.stick_next("ConfigUpdate", cluster=story.cluster, target=OLD_GROUP)
    degrade(story, addon="coredns")
    story.begin_anew()
    with story.meanwhile(lambda: story.did("UpdateNodegroupConfig"), lambda: end_fence(story)):
        story.take("fence")
    assert obstacles(story, "fence_old") == {f"add-on 'coredns' {WORDS}": ""}
    assert story.done["fence_old"]["data"]["update_id"]


def end_fence(story: Story) -> None:
    look_twice(story, "DescribeAddon")
    updates = story.lab.looker.eks.list_updates(name=story.cluster, nodegroupName=OLD_GROUP)
    interference.end_update(story.lab.rehearsal.world, story.cluster, updates["updateIds"][0])


def test_10_a_node_group_that_heals_during_the_drain_is_an_obstacle_that_was_passed(
    lab: FaultLab,
) -> None:
    story = lab.story(app=SLOW, addons=dict(BEHIND), limits=PATIENT)
    story.up_to("fence")
    degrade(story, nodegroup=OLD_GROUP)
    story.begin_anew()
    with story.meanwhile(
        lambda: story.asked("DescribeNodegroup") >= 3,
        lambda: interference.set_node_group_health(
            lab.rehearsal.world, story.cluster, OLD_GROUP, "ACTIVE"
        ),
    ):
        story.take("drain")
    assert (
        obstacles(story, "drain_old")[f"node group '{OLD_GROUP}' {WORDS}"]
        == "it got well by itself"
    )
