"""Which old node groups pods can go back to, and what is said of those they cannot."""

from typing import Any

import pytest

from include.eks_upgrade.cleanup.way_back import WaysBack, raised, ways_back
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.marks import Cap, Kept, taint

OLD, NEW = "workers", "workers-k126"


def group(name: str, sizes: tuple[int, int, int] = (1, 3, 3), **more: Any) -> dict[str, Any]:
    low, desired, high = sizes
    return {
        "nodegroupName": name,
        "status": "ACTIVE",
        "version": "1.25",
        "scalingConfig": {"minSize": low, "desiredSize": desired, "maxSize": high},
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}"}]},
        **more,
    }


def node(name: str, of: str, version: str) -> Node:
    raw = {
        "metadata": {"name": name, "labels": {"eks.amazonaws.com/nodegroup": of}},
        "spec": {},
        "status": {"nodeInfo": {"kubeletVersion": version}},
    }
    return Node.from_raw(raw)


FENCED = [taint(Cap(10, 3))]
ZERO = [taint(Cap(10, 3, Kept(1, 4, "1.25")))]


def world(**old: Any) -> dict[str, dict[str, Any]]:
    new = group(NEW, tags={"eks-upgrade/replaces": OLD}, version="1.26")
    return {OLD: group(OLD, **{"taints": FENCED, **old}), NEW: new}


def found(
    groups: dict[str, Any],
    *nodes: Node,
    present: str = "1.26",
    wanted: tuple[str, ...] = (),
    asgs: dict[str, Any] | None = None,
) -> WaysBack:
    there = {name: {"AutoScalingGroupName": name} for name in groups} if asgs is None else asgs
    return ways_back(groups, there, nodes, control_plane=Minor.parse(present), wanted=wanted)


def test_the_pair_is_found_by_the_tag_of_the_new_group_and_its_version_by_the_kubelets() -> None:
    # EKS may say 1.26 of a group with an image of its own.
    (way,) = found(world(version="1.26"), node("a", OLD, "v1.25.16-eks-1")).ways
    assert (way.old, way.new, way.old_version, way.nodes) == (OLD, NEW, "1.25", 3)
    assert way.sentence.startswith(f"node group '{NEW}': its pods go back to '{OLD}' (1.25, 3")


def test_a_group_that_was_named_twice_is_gone_back_to_once() -> None:
    assert len(found(world(), node("a", OLD, "v1.25.16-eks-1"), wanted=(OLD, OLD)).ways) == 1


SIZES = {
    "fenced, at its size": (FENCED, (1, 3, 3), 3),
    "an autoscaler has taken its empty nodes": (FENCED, (1, 1, 3), 3),
    "at zero": (ZERO, (0, 0, 3), 4),
    "somebody gave it nodes since": (ZERO, (0, 2, 3), 3),
    "released before": ([], (1, 2, 10), 2),
}


@pytest.mark.parametrize(("marks", "sizes", "nodes"), SIZES.values(), ids=list(SIZES))
def test_as_many_old_nodes_are_wanted_as_there_were(
    marks: list[dict[str, str]], sizes: tuple[int, int, int], nodes: int
) -> None:
    (way,) = found(world(sizes=sizes, taints=marks)).ways
    assert way.nodes == nodes


def test_a_group_that_was_shrunk_is_raised_again_and_no_other() -> None:
    assert raised(group(OLD, (1, 1, 3), taints=FENCED)) == {"desiredSize": 3}
    assert raised(group(OLD, (1, 3, 3), taints=FENCED)) == {}
    assert raised(group(OLD, (0, 0, 3), taints=ZERO)) == {}
    assert raised(group(OLD, (1, 1, 3))) == {}


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the old group is gone": (
        {NEW: world()[NEW]},
        {"wanted": (OLD,)},
        "it does not exist any more, and 'workers-k126' has replaced it",
    ),
    "all old groups are gone": (
        {NEW: world()[NEW]},
        {},
        "these are gone: 'workers' (replaced by 'workers-k126')",
    ),
    "no group was ever replaced": ({OLD: group(OLD)}, {}, "no group carries the tag"),
    "nothing replaces the one that is named": (
        {OLD: group(OLD)},
        {"wanted": (OLD,)},
        "nothing was made to replace it",
    ),
    "an unknown name": (world(), {"wanted": ("wrokers",)}, "it does not exist any more"),
    "the old group is being deleted": (world(status="DELETING"), {}, "its status is DELETING"),
    "its deletion failed": (world(status="DELETE_FAILED"), {}, "its status is DELETE_FAILED"),
    "its Auto Scaling group is gone": (
        world(),
        {"asgs": {NEW: {"AutoScalingGroupName": NEW}}},
        "its Auto Scaling group is gone",
    ),
    "the new group is being deleted": (
        {**world(), NEW: {**world()[NEW], "status": "DELETING"}},
        {},
        "node group 'workers-k126': its status is DELETING",
    ),
    "the control plane is too far ahead": (
        world(),
        {"present": "1.29"},
        "kubelets of 1.25 may trail it by 3 minors at most",
    ),
    "the control plane is too far ahead, before 1.25": (
        world(version="1.24"),
        {"present": "1.27"},
        "kubelets of 1.24 may trail it by 2 minors at most",
    ),
    "the control plane has gone back": (world(), {"present": "1.24"}, "may not be newer"),
    "nothing tells the version": (
        world(version=None, taints=[], sizes=(0, 0, 3)),
        {},
        "nothing tells which Kubernetes version",
    ),
}


@pytest.mark.parametrize(("groups", "given", "words"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_gone_back_to_is_refused_with_its_reason(
    groups: dict[str, Any], given: dict[str, Any], words: str
) -> None:
    judged = found(groups, **given)
    assert judged.ways == ()
    (problem,) = judged.problems
    assert words in str(problem)


def test_as_far_as_the_skew_allows_it_goes_back() -> None:
    assert len(found(world(), present="1.28").ways) == 1
    assert len(found(world(version="1.24"), present="1.26").ways) == 1


def test_one_pair_that_cannot_hides_no_other() -> None:
    other = {
        "spare": group("spare", status="DELETING"),
        "spare-k126": group("spare-k126", tags={"eks-upgrade/replaces": "spare"}),
    }
    judged = found({**world(), **other})
    assert [way.old for way in judged.ways] == [OLD]
    assert len(judged.problems) == 1
