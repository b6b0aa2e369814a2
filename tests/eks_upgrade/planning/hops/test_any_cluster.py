"""Random clusters and catalogues: no plan of hops breaks a rule, or rolls nodes once too often."""

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.hops.model import RollNodes, Standing
from include.eks_upgrade.planning.hops.plan_hops import plan_hops
from tests.eks_upgrade.planning.hops.worlds import (
    ADDONS,
    World,
    fewest_rolls,
    lists,
    minors_rolled,
    standing_groups,
    within,
    worlds,
)

MANY = settings(
    max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def planned(world: World, policy: RollNodes):
    standing = Standing(present=Minor(1, world.present), groups=standing_groups(world))
    return plan_hops(world.facts, standing, Minor(1, world.final), policy)


def number(version: str) -> int:
    return int(version.partition(".")[2])


@MANY
@given(worlds(), st.sampled_from(RollNodes))
def test_no_minor_is_skipped(world, policy):
    hops = planned(world, policy).all

    assert number(hops[0].from_version) == world.present
    assert number(hops[-1].to_version) == world.final
    for place, hop in enumerate(hops):
        step = number(hop.to_version) - number(hop.from_version)
        assert step == 1 or (step == 0 and place == 0)
        assert place == 0 or hop.from_version == hops[place - 1].to_version


@MANY
@given(worlds(), st.sampled_from(RollNodes))
def test_no_kubelet_is_ever_too_far_from_its_control_plane(world, policy):
    kubelets = dict(world.groups)

    for hop in planned(world, policy).all:
        for kubelet in kubelets.values():
            assert kubelet is None or within(kubelet, number(hop.to_version))
        kubelets |= dict.fromkeys(hop.rolled, number(hop.to_version))

    assert set(kubelets.values()) <= {world.final}, "every group ends at the target"


@MANY
@given(worlds())
def test_no_group_is_replaced_more_often_than_a_search_through_all_choices_finds_needed(world):
    hops = planned(world, RollNodes.WHEN_NEEDED)

    for name, kubelet in world.groups.items():
        rolled = list(minors_rolled(hops, name))
        event(f"{len(rolled)} rolls")
        assert len(rolled) == fewest_rolls(kubelet, world.present, world.final)


@MANY
@given(worlds())
def test_a_roll_at_every_hop_is_one_at_every_hop(world):
    hops = planned(world, RollNodes.EVERY_HOP)

    for name, kubelet in world.groups.items():
        minors = range(world.present + 1, world.final + 1)
        behind = kubelet is not None and kubelet < world.present
        first = [world.present] if behind or (kubelet is None and not minors) else []
        assert list(minors_rolled(hops, name)) == [*first, *minors]


@MANY
@given(worlds(addons=ADDONS), st.sampled_from(RollNodes))
def test_no_addon_gets_a_version_that_eks_does_not_list_where_it_is(world, policy):
    hops = planned(world, policy)
    now = {name: raw["addonVersion"] for name, raw in world.facts.addons.items()}
    listed = {
        (name, entry["addonVersion"]): entry
        for name, entries in world.facts.addon_versions.items()
        for entry in entries
    }
    for hop in hops.all if not hops.problems else ():
        here, there = number(hop.from_version), number(hop.to_version)
        for steps, minor in ((hop.addons_before, here), (hop.addons_after, there)):
            for step in steps:
                assert step.current == now[step.name]
                for version in step.versions:
                    assert lists(listed[step.name, version], minor)
                now[step.name] = step.versions[-1]
        for name, version in now.items():
            if hop is not hops.all[0]:
                assert lists(listed[name, version], there)


@MANY
@given(worlds(addons=("kube-proxy",)), st.sampled_from(RollNodes))
def test_kube_proxy_keeps_to_the_control_plane_and_to_its_kubelets(world, policy):
    hops = planned(world, policy)
    addon = world.facts.addons.get("kube-proxy")
    proxy = int(addon["addonVersion"].split(".")[1]) if addon else None
    kubelets = dict(world.groups)

    def holds(api_server: int) -> None:
        if proxy is None:
            return
        assert within(proxy, api_server)
        for kubelet in kubelets.values():
            if kubelet is not None:
                assert abs(kubelet - proxy) <= (2 if proxy < 25 else 3)

    for hop in hops.all if addon and not hops.problems else ():
        for steps, minor in ((hop.addons_before, hop.from_version), ((), hop.to_version),
                             (hop.addons_after, hop.to_version)):  # fmt: skip
            for step in steps:
                if step.name == "kube-proxy":
                    proxy = int(step.versions[-1].split(".")[1])
            holds(number(minor))
        kubelets |= dict.fromkeys(hop.rolled, number(hop.to_version))
        holds(number(hop.to_version))


@pytest.mark.parametrize("policy", RollNodes)
def test_a_cluster_without_node_groups_and_add_ons_has_its_hops_all_the_same(policy, make_facts):
    facts = make_facts(addons={}, node_groups={}, kubelets={})

    hops = plan_hops(facts, Standing(present=Minor(1, 25)), Minor(1, 28), policy)

    assert [hop.to_version for hop in hops.all] == ["1.26", "1.27", "1.28"]
    assert (hops.rolls, hops.problems) == (0, ())
