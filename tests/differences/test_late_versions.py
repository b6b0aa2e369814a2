"""The version of a control plane that is read as the old one and the new one by turns."""

import pytest

from include.rehearsal.aws import interference
from tests.differences.patience import take_patiently
from tests.faults.lab import NEW_GROUP, FaultLab
from tests.rehearsal.aws.aws_lab import refusal

THREE_MINUTES = 180.0


@pytest.mark.parametrize(
    ("template_family", "asked_for"),
    [
        pytest.param(None, "1.26", id="EKS's own image"),
        pytest.param("al2", None, id="an image of one's own, which has its own version"),
    ],
)
def test_09_a_new_group_is_asked_for_at_the_target_while_reads_of_the_version_flip(
    lab: FaultLab, template_family: str | None, asked_for: str | None
) -> None:
    story = lab.story(template_family=template_family)
    lab.faults.flip_seconds = 100 * THREE_MINUTES
    story.up_to("control_plane")
    reads = {lab.looker.eks.describe_cluster(name=story.cluster)["cluster"]["version"]
             for _ in range(4)}  # fmt: skip
    assert reads == {"1.25", "1.26"}
    take_patiently(story, "new_group")
    (made, *_) = [
        one
        for one in lab.rehearsal.world.journal.entries(
            cluster=story.cluster, operation="CreateNodegroup", since=story.since
        )
        if one.done
    ]
    assert made.body.get("version") == asked_for
    group = lab.looker.eks.describe_nodegroup(clusterName=story.cluster, nodegroupName=NEW_GROUP)
    assert asked_for in (None, group["nodegroup"]["version"])


def test_09_eks_that_still_sees_the_old_version_refuses_the_new_group_and_is_asked_again(
    lab: FaultLab,
) -> None:
    story = lab.story(template_family=None)
    story.up_to("control_plane")
    lab.faults.add(
        "error",
        "CreateNodegroup",
        cluster=story.cluster,
        code="InvalidParameterException",
        message="Nodegroup Kubernetes version should be equal to Cluster kubernetes version 1.25 "
        "or NodeGroup kubernetes version 1.25",
        times=3,
    )
    take_patiently(story, "new_group")
    assert story.did("CreateNodegroup") == 1
    told = str(story.failures["new_group"][0])
    assert "Not all of EKS sees the cluster's new version yet. Nothing was changed" in told


def test_the_simulated_eks_sees_the_old_version_at_every_other_call(lab: FaultLab) -> None:
    story = lab.story()
    lab.faults.flip_seconds = 1e6
    interference.upgrade_cluster(lab.rehearsal.world, story.cluster, "1.26")
    lab.rehearsal.clock.advance(700)
    eks, scene = lab.looker.eks, story.scene
    wanted = {"clusterName": story.cluster, "nodegroupName": "green", "version": "1.26",
              "subnets": list(scene.subnets), "nodeRole": scene.node_role}  # fmt: skip
    code, message, _ = refusal(eks.create_nodegroup, **wanted)
    assert code == "InvalidParameterException"
    assert "should be equal to Cluster kubernetes version 1.25" in message
    assert eks.create_nodegroup(**wanted)["nodegroup"]["version"] == "1.26"


def test_a_cleared_step_of_the_control_plane_goes_by_the_update_not_by_the_version_it_reads(
    lab: FaultLab,
) -> None:
    story = lab.story()
    lab.faults.flip_seconds = 1e6
    story.up_to("control_plane")
    for _ in range(4):
        story.take("control_plane")
        assert "at 1.26 already" in story.done["start_update"]["text"]
    assert story.asked("UpdateClusterVersion") == 1
