"""Faults of the world: node groups that are not made well, or that others interfere with."""

import pytest

from include.rehearsal.aws import interference
from include.rehearsal.faults import GroupEnd
from include.rehearsal.workloads import App
from tests.faults.lab import (
    NEW_GROUP,
    OLD_GROUP,
    SHORT,
    FaultLab,
    Story,
    before_the_new_group,
)

SLOW = App("shop", "slow", 4, {"maxUnavailable": 1}, start=60, ready=120, stop=60)
"""Leaves pod by pod, each in a third of a real second."""
FAILURES = [
    pytest.param("NodeCreationFailure", "join the kubernetes cluster", id="nodes never join"),
    pytest.param("AsgInstanceLaunchFailures", "sufficient capacity", id="no capacity"),
    pytest.param("InsufficientFreeAddresses", "enough free addresses", id="no addresses"),
    pytest.param("Ec2LaunchTemplateInvalidConfiguration", "said by EKS", id="instances fail"),
]


@pytest.mark.parametrize(("code", "words"), FAILURES)
def test_a_group_that_eks_cannot_create_is_told_and_left_and_the_old_one_stays(
    lab: FaultLab, code: str, words: str
) -> None:
    story = before_the_new_group(lab)
    message = words if code.startswith("Ec2") else ""
    lab.faults.groups.append(GroupEnd(code, message, NEW_GROUP, story.cluster))
    told = story.refused("new_group")
    assert f"node group {NEW_GROUP}: EKS could not create it (CREATE_FAILED)" in told
    assert code in told
    assert words in told
    assert f"delete the node group {NEW_GROUP} by hand" in told
    assert "repeat the creation of the new node group; the old group is untouched" in told
    groups = story.end()["node groups"]
    assert groups[OLD_GROUP]["status"] == "ACTIVE"
    assert "taints" not in groups[OLD_GROUP]
    assert story.did("DeleteNodegroup") == 0


def test_after_a_failed_group_was_deleted_by_hand_the_cleared_task_makes_a_new_one(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab)
    lab.faults.groups.append(GroupEnd("NodeCreationFailure", "", NEW_GROUP, story.cluster))
    story.refused("new_group")
    interference.delete_node_group(lab.rehearsal.world, story.cluster, NEW_GROUP)
    with story.meanwhile(lambda: NEW_GROUP not in story.groups(), lambda: None):
        pass
    story.take("new_group")
    assert story.end()["node groups"][NEW_GROUP]["status"] == "ACTIVE"


def test_new_nodes_that_turn_not_ready_are_not_given_pods(lab: FaultLab) -> None:
    story = before_the_new_group(lab)
    story.take("new_group")
    interference.set_nodes_ready(
        lab.rehearsal.world, story.cluster, story.nodes(NEW_GROUP), ready=False
    )
    told = story.refused("fence", 0.02)
    assert f"new node group '{NEW_GROUP}'" in told
    assert "not Ready" in told
    assert "also after 0 minutes of waiting" in told
    assert "repeat the wait for the new nodes" in told
    assert story.did("patch nodes") == 0
    interference.set_nodes_ready(
        lab.rehearsal.world, story.cluster, story.nodes(NEW_GROUP), ready=True
    )
    story.take("fence")


def ready_waits(story: Story) -> int:
    """How often it was waited for the new group's nodes."""
    return story.upgrade.run.deferred.count("EksNodegroupReadyTrigger")


GUARDED = {"fence": "new_group", "drain": "fence", "delete": "verify"}


@pytest.mark.parametrize("step", GUARDED)
def test_a_node_that_is_being_replaced_is_waited_for_before(lab: FaultLab, step: str) -> None:
    story = lab.story(nodes=3)
    story.up_to(GUARDED[step])
    waits = ready_waits(story)
    world, name = lab.rehearsal.world, story.cluster
    one = story.nodes(NEW_GROUP)[:1]
    interference.set_nodes_ready(world, name, one, ready=False)
    with story.meanwhile(
        lambda: ready_waits(story) > waits,
        lambda: interference.set_nodes_ready(world, name, one, ready=True),
    ):
        story.take(step)
    assert story.failures[step] == []
    assert ready_waits(story) == waits + 1


def test_an_update_of_the_new_group_is_waited_for_before_the_old_one_is_touched(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab)
    story.take("new_group")
    world, name = lab.rehearsal.world, story.cluster
    lab.faults.stick_next("ConfigUpdate", cluster=name)
    labels = {"addOrUpdateLabels": {"team": "shop"}}
    update = lab.looker.eks.update_nodegroup_config(
        clusterName=name, nodegroupName=NEW_GROUP, labels=labels
    )["update"]["id"]
    waits = ready_waits(story)
    with story.meanwhile(
        lambda: ready_waits(story) > waits, lambda: interference.end_update(world, name, update)
    ):
        story.take("fence")
    assert story.failures["fence"] == []
    assert ready_waits(story) == waits + 1


def test_a_new_group_that_is_deleted_while_it_is_waited_for_is_told(lab: FaultLab) -> None:
    story = before_the_new_group(lab)
    story.take("new_group")
    world, name = lab.rehearsal.world, story.cluster
    interference.set_nodes_ready(world, name, story.nodes(NEW_GROUP), ready=False)
    lab.rehearsal.clock.later(600, lambda: interference.delete_node_group(world, name, NEW_GROUP))
    told = story.refused("fence")
    assert f"node group '{OLD_GROUP}' is left alone" in told
    assert story.did("patch nodes") == 0


def test_new_nodes_that_are_ready_for_a_moment_only_are_waited_for_until_the_limit(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab, limits=SHORT)
    end = GroupEnd(nodegroup=NEW_GROUP, cluster=story.cluster, not_ready_after=1.0)
    lab.faults.groups.append(end)
    told = story.refused("new_group")
    assert "0 of 1 node is Ready" in told
    assert story.nodes(NEW_GROUP)[0] in told
    assert "Nothing was deleted" in told


def test_new_nodes_that_turn_not_ready_in_mid_drain_stop_nothing_that_comes_back(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab, nodes=2, app=SLOW)
    for step in ("new_group", "fence"):
        story.take(step)
    world, name = lab.rehearsal.world, story.cluster
    new_nodes = story.nodes(NEW_GROUP)
    lab.rehearsal.clock.later(
        1200, lambda: interference.set_nodes_ready(world, name, new_nodes, ready=True)
    )
    with story.meanwhile(
        lambda: story.did("create pods/eviction") >= 1,
        lambda: interference.set_nodes_ready(world, name, new_nodes, ready=False),
    ):
        story.take("drain")
    story.take("verify")


def test_an_autoscaler_cannot_refill_a_fenced_group(lab: FaultLab) -> None:
    story = before_the_new_group(lab, nodes=2, app=SLOW)
    for step in ("new_group", "fence"):
        story.take(step)
    added: list[str] = []
    world, name = lab.rehearsal.world, story.cluster
    with story.meanwhile(
        lambda: story.did("create pods/eviction") >= 1,
        lambda: added.extend(interference.autoscaler_adds(world, name, OLD_GROUP, 2)),
    ):
        story.take("drain")
    assert added == []
    story.take("verify")


def test_an_autoscaler_that_takes_a_fresh_node_in_mid_drain_costs_no_pod(lab: FaultLab) -> None:
    story = before_the_new_group(lab, nodes=2, app=SLOW)
    world, name = lab.rehearsal.world, story.cluster
    story.take("new_group")
    own = story.nodes(NEW_GROUP)
    interference.autoscaler_adds(world, name, NEW_GROUP)
    lab.rehearsal.clock.advance(300)
    story.take("fence")
    (fresh,) = set(story.nodes(NEW_GROUP)) - set(own)
    with story.meanwhile(
        lambda: story.did("create pods/eviction") >= 1,
        lambda: interference.autoscaler_removes(world, name, [fresh]),
    ):
        story.take("drain")
    story.take("verify")
    pods = story.end()["pods"]
    assert pods[f"shop/slow on {NEW_GROUP}: Running"] == 4


def test_a_node_of_the_old_group_that_ec2_takes_in_mid_drain_is_no_pod_left(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab, nodes=2, app=SLOW)
    for step in ("new_group", "fence"):
        story.take(step)
    world, name = lab.rehearsal.world, story.cluster
    lost = story.nodes(OLD_GROUP)[0]
    with story.meanwhile(
        lambda: story.did("create pods/eviction") >= 1,
        lambda: interference.terminate_instances(world, name, [lost]),
    ):
        story.take("drain")
    story.take("verify")
    assert not [pod for pod in story.end()["pods"] if f"slow on {OLD_GROUP}:" in pod]


def test_a_new_group_that_somebody_deletes_while_it_is_awaited_is_told(lab: FaultLab) -> None:
    story = before_the_new_group(lab, limits={"limit_minutes": 0.1})
    world, name = lab.rehearsal.world, story.cluster
    with story.meanwhile(
        lambda: NEW_GROUP in story.groups(),
        lambda: interference.delete_node_group(world, name, NEW_GROUP),
    ):
        told = story.refused("new_group")
    # What a look finds depends on how far the deletion has come.
    assert f"node group {NEW_GROUP}: its status is DELETING, so somebody deletes it" in told or (
        f"node group '{NEW_GROUP}' is not there, or AWS does not show it yet" in told
    )
    assert story.end()["node groups"][OLD_GROUP]["status"] == "ACTIVE"


def test_a_new_group_that_somebody_deletes_in_mid_run_keeps_the_old_one_alive(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab)
    story.take("new_group")
    interference.delete_node_group(lab.rehearsal.world, story.cluster, NEW_GROUP)
    told = story.refused("fence")
    assert f"new node group '{NEW_GROUP}'" in told
    assert f"node group '{OLD_GROUP}' is left alone" in told
    assert story.did("patch nodes") == story.did("create pods/eviction") == 0


NOT_ACTIVE = {
    "kind": "error",
    "operation": "UpdateNodegroupConfig",
    "code": "ResourceInUseException",
    "message": "Nodegroup cannot be updated as it is currently not in Active State",
    "status": 409,
}
UNWELL = [
    pytest.param("DEGRADED", True, id="degraded, and EKS updates nothing of it"),
    pytest.param("DEGRADED", False, id="degraded"),
    pytest.param("CREATE_FAILED", False, id="its creation failed"),
]


@pytest.mark.parametrize(("status", "refused"), UNWELL)
def test_an_old_group_that_is_not_well_is_fenced_emptied_and_deleted(
    lab: FaultLab, status: str, refused: bool
) -> None:
    story = before_the_new_group(lab)
    interference.set_node_group_health(lab.rehearsal.world, story.cluster, OLD_GROUP, status)
    story.take("new_group")
    if refused:
        lab.faults.add(**NOT_ACTIVE, cluster=story.cluster, target=OLD_GROUP)
    story.take("fence")
    told = f"neither taint nor cap of it while it is {status}"
    updated = status == "DEGRADED" and not refused
    assert (told in story.done["fence_old"]["text"]) is not updated
    assert bool(story.end()["node groups"][OLD_GROUP].get("taints")) is updated
    for step in ("drain", "verify", "delete"):
        story.take(step)
    assert story.failures == {step: [] for step in story.failures}
    assert story.did("DeleteNodegroup") == 1


def test_a_new_group_that_becomes_degraded_in_mid_run_is_told_at_once_and_stops_nothing(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab)
    story.take("new_group")
    issue = {
        "code": "AsgInstanceLaunchFailures",
        "message": "Could not launch On-Demand Instances. InsufficientInstanceCapacity",
        "resourceIds": ["eks-workers-k126"],
    }
    world, name = lab.rehearsal.world, story.cluster
    interference.set_node_group_health(world, name, NEW_GROUP, "DEGRADED", [issue])
    story.take("fence")
    (note,) = story.done["fence_old"]["data"]["notes"]
    assert f"node group '{NEW_GROUP}' is DEGRADED" in note
    assert "InsufficientInstanceCapacity (eks-workers-k126)" in note
    for step in ("drain", "verify", "delete"):
        story.take(step)
    assert note in story.done["delete_old"]["data"]["notes"]
