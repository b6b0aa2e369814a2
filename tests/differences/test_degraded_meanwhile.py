"""A node group or an add-on that becomes DEGRADED in mid-run: told at once, in words and report."""

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
LOOK_AGAIN = 2
"""How often add-ons were listed when the first look is over for sure."""
SLOW = App("shop", "web", 2, {"maxUnavailable": 1}, ready=2400)
"""Four real seconds between its two pods; the drain looks after half of one, then every two."""


def obstacles(story: Story, task: str) -> dict[str, str]:
    return {each["what"]: each["passed_by"] for each in story.done[task]["obstacles"]}


def degrade(story: Story, **which: Any) -> None:
    interference.degrade(story.lab.rehearsal.world, story.cluster, [ISSUE], **which)


def test_10_a_node_group_that_becomes_degraded_while_the_control_plane_moves_stands_in_the_report(
    lab: FaultLab,
) -> None:
    story = lab.story(addons=dict(BEHIND))
    story.up_to("addons_before")
    lab.faults.stick_next("VersionUpdate", cluster=story.cluster)
    degrade(story, nodegroup=OLD_GROUP)
    story.begin_anew()
    with story.meanwhile(
        lambda: story.asked("ListAddons") >= LOOK_AGAIN,
        lambda: interference.end_update(
            lab.rehearsal.world, story.cluster, story.done["start_update"]["data"]["update_id"]
        ),
    ):
        story.take("control_plane")
    told = f"node group '{OLD_GROUP}' {WORDS}"
    assert obstacles(story, "await_update") == {told: ""}
    assert story.failures["control_plane"] == []
    story.take("report")
    (page,) = Path(lab.folder).rglob("*.md")
    assert "became DEGRADED" in page.read_text("utf-8")


def test_10_an_add_on_that_heals_during_the_drain_is_an_obstacle_that_was_passed(
    lab: FaultLab,
) -> None:
    story = lab.story(app=SLOW, addons=dict(BEHIND))
    story.up_to("fence")
    degrade(story, addon="coredns")
    story.begin_anew()
    with story.meanwhile(
        lambda: story.asked("DescribeAddon"),
        lambda: interference.set_addon_health(
            lab.rehearsal.world, story.cluster, "coredns", "ACTIVE"
        ),
    ):
        story.take("drain")
    assert obstacles(story, "drain_old")[f"add-on 'coredns' {WORDS}"] == "it got well by itself"
