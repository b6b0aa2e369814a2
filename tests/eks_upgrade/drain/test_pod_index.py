"""Where pods are found by workload, by node and by what is wrong with them, as they change."""

import random
from dataclasses import replace

import pytest

from include.eks_upgrade.drain.pod_index import PodIndex
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.owner import Owner
from tests.eks_upgrade.drain.builders import pod

WEB, DB = Owner("StatefulSet", "web"), Owner("StatefulSet", "db")
FAMILY = "StatefulSet shop/web"
WELL = pod(owner=WEB)
NOWHERE = replace(WELL, node="", ready=False, phase="Pending", unschedulable="no node fits")


def picture(index: PodIndex) -> tuple[set[str], ...]:
    """All of it, in a form that two can be compared by."""
    families = {
        f"{name}: {sorted(family.alive.items())} {sorted(family.ready)}"
        f" {sorted(family.unschedulable)}"
        for name, family in index._families.items()
    }
    unschedulable = {uid for pods in index.unschedulable.values() for uid in pods}
    nodes = {f"{node}: {sorted(pods)}" for node, pods in index.by_node.items()}
    return families, set(index.unready), unschedulable, nodes


@pytest.mark.parametrize(
    ("now", "alive", "ready", "unready", "nowhere"),
    [
        pytest.param(WELL, 1, 1, 0, 0, id="Ready"),
        pytest.param(replace(WELL, ready=False), 1, 0, 1, 0, id="not Ready"),
        pytest.param(NOWHERE, 1, 0, 1, 1, id="no node for it"),
        pytest.param(replace(WELL, terminating=True), 0, 0, 0, 0, id="stopping"),
        pytest.param(replace(WELL, phase="Failed", ready=False), 0, 0, 0, 0, id="ended"),
        pytest.param(replace(WELL, owner=None), 0, 0, 0, 0, id="nobody's"),
        pytest.param(replace(WELL, owner=DB), 0, 0, 0, 0, id="another workload's"),
        pytest.param(None, 0, 0, 0, 0, id="gone"),
    ],
)
def test_a_pod_is_found_by_what_it_is_now_and_not_by_what_it_was(
    now: Pod | None, alive: int, ready: int, unready: int, nowhere: int
):
    for before in (None, WELL, NOWHERE, replace(WELL, node="green-0")):
        index = PodIndex()
        if before is not None:
            index.change(None, before)
        index.change(before, now)
        family = index.family(FAMILY)
        assert (len(family.alive), len(family.ready)) == (alive, ready)
        assert (len(index.unready), len(family.unschedulable)) == (unready, nowhere)
        assert len(index.unschedulable.get(FAMILY, {})) == nowhere
        assert list(index.by_node) == ([now.node] if now is not None and now.node else [])


def test_whatever_happened_it_shows_what_one_shows_that_only_knows_the_present():
    dice = random.Random(7)
    there: dict[str, Pod] = {}
    index = PodIndex()
    for _ in range(3000):
        uid = f"pod-{dice.randrange(40)}"
        new = (
            Pod(
                namespace="shop",
                name=uid,
                uid=uid,
                node=dice.choice(("", "blue-0", "blue-1")),
                owner=dice.choice((None, WEB, DB)),
                ready=dice.random() < 0.5,
                terminating=dice.random() < 0.2,
                phase=dice.choice(("Running", "Running", "Pending", "Succeeded")),
                unschedulable=dice.choice(("", "no node fits")),
            )
            if dice.random() < 0.8
            else None
        )
        old = there.pop(uid, None)
        if new is not None:
            there[uid] = new
        if old is not None or new is not None:
            index.change(old, new)
    fresh = PodIndex()
    for each in there.values():
        fresh.change(None, each)
    assert picture(index) == picture(fresh)
    for each in list(there.values()):
        index.change(each, None)
    assert picture(index) == (set(), set(), set(), set())
