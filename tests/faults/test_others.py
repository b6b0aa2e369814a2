"""Faults of the world: other people, late truth, and credentials that end."""

import pytest

from include.rehearsal.aws import interference
from tests.faults.lab import BEHIND, NEW_GROUP, FaultLab


def test_an_upgrade_that_somebody_else_has_started_is_adopted(lab: FaultLab) -> None:
    story = lab.story()
    story.up_to("addons_before")
    world = lab.rehearsal.world
    lab.faults.stick_next("VersionUpdate", cluster=story.cluster)  # until our task has seen it
    update = interference.upgrade_cluster(world, story.cluster, "1.26")
    with story.meanwhile(
        lambda: "start_update" in story.done,
        lambda: interference.end_update(world, story.cluster, update),
    ):
        story.take("control_plane")
    assert story.done["start_update"]["data"]["update_id"] == update
    assert "adopted" in story.done["start_update"]["text"]
    assert story.asked("UpdateClusterVersion") == 0


def test_a_cluster_that_somebody_else_has_upgraded_meanwhile_is_not_asked_again(
    lab: FaultLab,
) -> None:
    story = lab.story()
    story.up_to("addons_before")
    interference.upgrade_cluster(lab.rehearsal.world, story.cluster, "1.26")
    lab.rehearsal.clock.advance(900)
    story.take("control_plane")
    assert "at 1.26 already" in story.done["start_update"]["text"]
    assert story.asked("UpdateClusterVersion") == 0


def test_a_cluster_that_somebody_has_taken_further_is_refused_with_what_to_do(
    lab: FaultLab,
) -> None:
    story = lab.story()
    story.up_to("addons_before")
    for version in ("1.26", "1.27"):
        interference.upgrade_cluster(lab.rehearsal.world, story.cluster, version)
        lab.rehearsal.clock.advance(900)
    told = story.refused("control_plane")
    assert "it is at 1.27, and 1.26 is not the next minor" in told
    assert "a new plan will start from what is" in told


@pytest.mark.parametrize("seconds", [10.0, 60.0], ids=["ten seconds late", "a minute late"])
def test_an_upgrade_ends_as_any_other_while_aws_shows_each_change_late(
    lab: FaultLab, seconds: float
) -> None:
    story = lab.story(addons=dict(BEHIND))
    lab.faults.lag_seconds = seconds
    story.to_the_end()
    lab.faults.lag_seconds = 0
    for change in ("UpdateClusterVersion", "UpdateAddon", "CreateNodegroup"):
        assert story.did(change) == 1
    assert story.did("DeleteNodegroup") == 1
    assert story.end()["node groups"].keys() == {NEW_GROUP}


UNSEEN = [
    pytest.param("control_plane", "DescribeUpdate", id="an update"),
    pytest.param("new_group", "DescribeNodegroup", id="a node group"),
]


@pytest.mark.parametrize(("step", "operation"), UNSEEN)
def test_what_was_just_made_and_is_not_found_yet_is_looked_for_again(
    lab: FaultLab, step: str, operation: str
) -> None:
    story = lab.story()
    story.up_to({"control_plane": "addons_before", "new_group": "addons_after"}[step])
    made = {"control_plane": "UpdateClusterVersion", "new_group": "CreateNodegroup"}[step]
    with story.meanwhile(
        lambda: story.did(made), lambda: lab.faults.add("not_found_yet", operation, times=3)
    ):
        story.take(step)
    assert story.did(made) == 1
    assert story.failures[step] == []


def test_credentials_that_are_rotated_in_mid_run_are_taken_up(lab: FaultLab) -> None:
    story = lab.story()
    story.up_to("control_plane")
    with story.meanwhile(lambda: story.did("CreateNodegroup"), lab.rotate):
        story.take("new_group")
    for step in ("fence", "drain", "verify"):
        story.take(step)
    assert NEW_GROUP in story.end()["node groups"]


def test_credentials_that_are_no_longer_known_are_told_at_the_first_try(
    lab: FaultLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = lab.story()
    story.up_to("addons_before")
    old = lab.rehearsal.environment
    lab.rotate()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", old["AWS_ACCESS_KEY_ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", old["AWS_SECRET_ACCESS_KEY"])
    told = story.refused("control_plane")
    assert "give the connection named in aws_conn_id valid" in told
