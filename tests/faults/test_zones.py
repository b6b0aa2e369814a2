"""Faults of the world: zones without capacity, and volumes that no new node can mount."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from include.rehearsal.aws import interference
from include.rehearsal.seeding import Seeder
from tests.faults.lab import NEW_GROUP, SHORT, FaultLab, before_the_new_group


def zone(lab: FaultLab, letter: str) -> str:
    return f"{lab.rehearsal.world.region}{letter}"


@contextmanager
def full(lab: FaultLab, letter: str) -> Iterator[None]:
    """EC2 has no capacity in a zone."""
    world = lab.rehearsal.world
    interference.set_zone_full(world, zone(lab, letter), full=True)
    try:
        yield
    finally:
        interference.set_zone_full(world, zone(lab, letter), full=False)


def test_new_nodes_that_come_up_in_one_zone_only_are_told_and_the_old_stay(lab: FaultLab) -> None:
    story = before_the_new_group(lab, nodes=2, limits=SHORT)
    with full(lab, "b"):
        told = story.refused("new_group")
    assert f"node group {NEW_GROUP} has no Ready node in {zone(lab, 'b')}" in told
    assert f"{zone(lab, 'a')} 1 -> 2, {zone(lab, 'b')} 1 -> 0" in told
    assert story.did("patch nodes") == 0


def test_the_zones_are_looked_at_again_right_before_the_fence(lab: FaultLab) -> None:
    story = before_the_new_group(lab, nodes=2)
    story.take("new_group")
    world, name = lab.rehearsal.world, story.cluster
    with full(lab, "b"):
        there = [each for each in story.nodes(NEW_GROUP) if story.zone_of(each) == zone(lab, "b")]
        interference.terminate_instances(world, name, there)
        lab.rehearsal.clock.advance(600)
        told = story.refused("fence")
    assert f"has no Ready node in {zone(lab, 'b')}" in told
    assert story.did("patch nodes") == 0
    interference.terminate_instances(world, name, story.nodes(NEW_GROUP)[:1])
    lab.rehearsal.clock.advance(600)
    story.take("fence")


def volume_in(zone: str) -> list[dict[str, Any]]:
    """A pod of a StatefulSet with a volume that can be mounted in one zone only."""
    claim = {"namespace": "shop", "name": "data-db-0"}
    expression = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
    terms = [{"matchExpressions": [expression]}]
    template = {
        "metadata": {"labels": {"app": "db"}},
        "spec": {
            "containers": [{"name": "db", "image": "db:1"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}],
        },
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "pv-1"},
            "spec": {"claimRef": claim, "nodeAffinity": {"required": {"nodeSelectorTerms": terms}}},
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": claim,
            "spec": {"volumeName": "pv-1"},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"namespace": "shop", "name": "db"},
            "spec": {
                "replicas": 1,
                "serviceName": "db",
                "selector": {"matchLabels": {"app": "db"}},
                "template": template,
            },
        },
    ]


def test_a_new_node_in_another_zone_is_enough_where_no_volume_needs_the_old_one(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab)
    with full(lab, "a"):
        story.take("new_group")
    told = story.done["await_ready"]["text"]
    assert f"{zone(lab, 'a')} 1 -> 0, {zone(lab, 'b')} 0 -> 1; no volume needs" in told
    story.take("fence")


def test_a_volume_that_no_new_node_can_mount_stops_the_run_before_the_fence(
    lab: FaultLab,
) -> None:
    story = before_the_new_group(lab)
    Seeder(lab.rehearsal.world).apply(story.cluster, volume_in(zone(lab, "a")))
    lab.rehearsal.clock.advance(300)
    with full(lab, "a"):
        told = story.refused("new_group")
    assert "none will come by itself" in told
    assert "the volumes of shop/db-0 cannot leave the zone" in told
    assert story.did("patch nodes") == 0
    # As the message says: the group is made larger, and the wait repeated.
    lab.looker.eks.update_nodegroup_config(
        clusterName=story.cluster,
        nodegroupName=NEW_GROUP,
        scalingConfig={"minSize": 1, "maxSize": 2, "desiredSize": 2},
    )
    lab.rehearsal.clock.advance(900)
    story.take("new_group")
    story.take("fence")
