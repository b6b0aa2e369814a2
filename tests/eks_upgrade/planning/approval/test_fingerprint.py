"""What was approved is what runs: the fingerprint follows what is done, not what is said."""

from dataclasses import replace

import pytest

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.approval.fingerprint import (
    LENGTH,
    fingerprint,
    group_fingerprint,
    next_fingerprint,
    plan_fingerprint,
)
from include.eks_upgrade.planning.plan import NodeGroupStep, Plan

IMAGE = Image("ami-1", "node-1.33", "x86_64", "al2023", "1.33", "the SSM parameter")
WORKERS = NodeGroupStep(
    name="workers", replacement="workers-1-33", from_version="1.32", to_version="1.33", image=IMAGE
)
COREDNS = AddonStep(
    name="coredns", current="v1.11", versions=("v1.12",), resolve_conflicts="PRESERVE"
)
PLAN = Plan(
    cluster="shop",
    region="eu-west-1",
    from_version="1.32",
    to_version="1.33",
    control_plane_needed=True,
    addons_before=(COREDNS,),
    node_groups=(WORKERS, replace(WORKERS, name="spare", replacement="spare-1-33", image=None)),
)

SAID = {
    "warnings": replace(PLAN, warnings=("a webhook fails closed",)),
    "summary": replace(PLAN, summary=("3 nodes now",)),
    "a note on the image": replace(
        PLAN,
        node_groups=(replace(WORKERS, image=replace(IMAGE, notes=("old",))), PLAN.node_groups[1]),
    ),
}
DONE = {
    "another cluster": replace(PLAN, cluster="shop-2"),
    "another target": replace(PLAN, to_version="1.34"),
    "no control plane": replace(PLAN, control_plane_needed=False),
    "another add-on version": replace(PLAN, addons_before=(replace(COREDNS, versions=("v2",)),)),
    "a later add-on": replace(PLAN, addons_before=(), addons_after=(COREDNS,)),
    "another image": replace(
        PLAN,
        node_groups=(replace(WORKERS, image=replace(IMAGE, id="ami-2")), PLAN.node_groups[1]),
    ),
    "one group less": replace(PLAN, node_groups=PLAN.node_groups[:1]),
    "another order of the groups": replace(PLAN, node_groups=PLAN.node_groups[::-1]),
}


@pytest.mark.parametrize("plan", SAID.values(), ids=list(SAID))
def test_what_is_only_said_changes_no_fingerprint(plan: Plan) -> None:
    assert plan_fingerprint(plan) == plan_fingerprint(PLAN)
    assert group_fingerprint(plan, "workers") == group_fingerprint(PLAN, "workers")


@pytest.mark.parametrize("plan", DONE.values(), ids=list(DONE))
def test_whatever_is_done_changes_it(plan: Plan) -> None:
    assert plan_fingerprint(plan) != plan_fingerprint(PLAN)


def test_the_way_through_json_changes_nothing() -> None:
    assert plan_fingerprint(Plan.from_json(PLAN.as_json())) == plan_fingerprint(PLAN)
    assert len(plan_fingerprint(PLAN)) == LENGTH


def test_of_a_node_group_only_its_own_replacement_counts() -> None:
    later = replace(
        PLAN,
        from_version="1.33",
        control_plane_needed=False,
        addons_before=(),
        node_groups=PLAN.node_groups[:1],
    )
    assert group_fingerprint(later, "workers") == group_fingerprint(PLAN, "workers")
    assert group_fingerprint(DONE["another image"], "workers") != group_fingerprint(PLAN, "workers")
    assert group_fingerprint(PLAN, "spare") != group_fingerprint(PLAN, "workers")
    assert group_fingerprint(later, "spare") is None


def test_of_the_next_upgrade_only_its_versions_count() -> None:
    later = replace(PLAN, node_groups=(), addons_before=())
    assert next_fingerprint(later, "to 1.34") == next_fingerprint(PLAN, "to 1.34")
    assert next_fingerprint(PLAN, "to 1.35") != next_fingerprint(PLAN, "to 1.34")


def test_the_order_of_keys_does_not_matter() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"b": [2, 1], "a": 1}) != fingerprint({"a": 1, "b": [1, 2]})
