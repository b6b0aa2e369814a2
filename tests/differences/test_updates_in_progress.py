"""Updates that run: `Cancelling`, words that are not known yet, and a rollback."""

import pytest

from include.rehearsal.aws import interference
from tests.faults.lab import FaultLab, Story


@pytest.mark.parametrize("status", ["Cancelling", "Verifying", "IN_PROGRESS"])
def test_13_an_update_in_a_status_that_nobody_knows_yet_is_waited_for(
    lab: FaultLab, status: str
) -> None:
    story = lab.story()
    story.up_to("addons_before")
    world = lab.rehearsal.world
    lab.faults.stick_next("VersionUpdate", cluster=story.cluster)

    word: list[tuple[str, int]] = []

    def another_word() -> None:
        (update,) = lab.looker.eks.list_updates(name=story.cluster)["updateIds"]
        interference.set_update_status(world, story.cluster, update, status)
        word.append((update, story.asked("DescribeUpdate")))

    def was_looked_at() -> bool:
        return bool(word) and story.asked("DescribeUpdate") >= word[0][1] + 2

    with (
        story.meanwhile(lambda: story.did("UpdateClusterVersion"), another_word),
        story.meanwhile(
            was_looked_at, lambda: interference.end_update(world, story.cluster, word[0][0])
        ),
    ):
        story.take("control_plane")
    assert story.did("UpdateClusterVersion") == 1
    assert story.end()["cluster"] == ["1.26", "ACTIVE"]


def going_back(lab: FaultLab, story: Story) -> str:
    """A rollback that runs in a cluster that looks ACTIVE, as under Auto Mode; its id."""
    world = lab.rehearsal.world
    interference.set_auto_mode(world, story.cluster)
    interference.upgrade_cluster(world, story.cluster, "1.26")
    lab.rehearsal.clock.advance(700)
    update = interference.upgrade_cluster(world, story.cluster, "1.25")
    interference.set_auto_mode(world, story.cluster, enabled=False)
    return update


def test_21_a_run_does_not_start_while_the_cluster_is_rolled_back(lab: FaultLab) -> None:
    story = lab.story(target_version="")
    update = going_back(lab, story)
    told = story.refused("plan")
    assert f"update {update} takes its control plane back to 1.25" in told
    assert "VersionRollback" in told
    assert f"aws eks cancel-update --name {story.cluster} --update-id {update}" in told


def test_a_rollback_that_began_after_the_plan_stops_the_step_of_the_control_plane(
    lab: FaultLab,
) -> None:
    story = lab.story()
    story.up_to("addons_before")
    update = going_back(lab, story)
    told = story.refused("control_plane")
    assert f"update {update} takes its control plane back to 1.25" in told
    assert story.asked("UpdateClusterVersion") == 0
