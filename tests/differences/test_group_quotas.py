"""A new node group beside the old one doubles what quotas count: the plan counts it."""

from include.rehearsal.aws.quotas import GROUPS_PER_CLUSTER
from tests.faults.lab import FaultLab


def test_23_the_plan_counts_the_groups_that_are_made_beside_the_old_ones(lab: FaultLab) -> None:
    story = lab.story()
    lab.rehearsal.world.quotas[GROUPS_PER_CLUSTER] = 1
    try:
        told = story.refused("plan")
    finally:
        lab.rehearsal.world.quotas.clear()
    assert "1 are allowed, 1 are there and 1 are made beside them" in told
    assert story.did("UpdateClusterVersion") == story.did("CreateNodegroup") == 0
