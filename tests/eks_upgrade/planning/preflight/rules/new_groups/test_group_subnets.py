"""Whether the subnets of a group to be made have room for its nodes and their pods."""

import pytest

from include.eks_upgrade.aws.capacity.surge import CniMode
from include.eks_upgrade.planning.make_plan import make_plan
from tests.eks_upgrade.planning.group_room import CLUSTER, subnet, surge


@pytest.mark.parametrize(
    ("found", "told"),
    [
        pytest.param({}, "subnet-a does not exist any more", id="gone"),
        pytest.param({"subnet-a": subnet(State="pending")}, "subnet-a is pending", id="pending"),
        pytest.param({"subnet-a": subnet(1)}, "1 free addresses (subnet-a 1)", id="full"),
    ],
)
def test_subnets_that_cannot_take_the_nodes_are_refused(problems, found, told):
    assert any(told in str(one) for one in problems(subnets=found))


def test_groups_that_share_subnets_share_their_addresses(problems, plan):
    pools = {"one": {}, "two": {}, "three": {"subnets": ["subnet-b"]}}
    found = {"subnet-a": subnet(3), "subnet-b": subnet(100)}
    (problem,) = problems(pools, subnets=found)
    assert problem.subject == "subnets of node groups one, two"
    assert "alone take 4 (one 2, two 2)" in problem.what
    assert plan({"one": {}}, subnets=found)


@pytest.mark.parametrize(
    ("mode", "free", "told"),
    [
        pytest.param(CniMode(), 39, "take about 40 (pool 40)", id="secondary addresses"),
        pytest.param(CniMode(warm_enis=0), 19, "take about 20", id="no spare interface"),
        pytest.param(CniMode(warm_addresses=2, minimum_addresses=8), 17, "about 18", id="warm"),
        pytest.param(CniMode(prefixes=True), 65, "take about 66", id="prefixes"),
        pytest.param(CniMode(prefixes=True), 200, "in a row", id="a subnet in pieces"),
        pytest.param(None, 200, "not known", id="unknown"),
        pytest.param(CniMode(custom_network=True), 200, "not seen", id="custom, no nodes"),
    ],
)
def test_pods_that_may_wait_for_an_address_are_told(plan, mode, free, told):
    (warning,) = plan(cni=mode, subnets={"subnet-a": subnet(free)}).warnings
    assert told in warning


@pytest.mark.parametrize(
    ("mode", "free"),
    [(CniMode(), 40), (CniMode(warm_addresses=2), 8), (CniMode(warm_enis=9), 60)],
)
def test_enough_addresses_are_no_warning(plan, mode, free):
    assert plan(cni=mode, subnets={"subnet-a": subnet(free)}).warnings == ()


def test_new_nodes_need_the_addresses_that_old_ones_hold(plan):
    found = {"subnet-a": subnet(50)}
    (warning,) = plan(cni=CniMode(), subnets=found, held={"pool": 29}).warnings
    assert "about 60" in warning


def test_pods_of_a_custom_network_have_subnets_of_their_own(plan):
    known = {
        "subnets": {"subnet-a": subnet(9), "subnet-p": subnet(20)},
        "networks": {"pool": frozenset({"subnet-a", "subnet-p"})},
    }
    (warning,) = plan(cni=CniMode(custom_network=True), **known).warnings
    assert "subnet-p 20" in warning


def test_ipv6_nodes_need_an_address_each_and_their_pods_none(make_request, make_facts, make_group,
                                                             make_cluster):  # fmt: skip
    six = {**CLUSTER, "kubernetesNetworkConfig": {"ipFamily": "ipv6"}}
    known = surge(cni=None, subnets={"subnet-a": subnet(2)})
    facts = make_facts(cluster=make_cluster(**six), surge=known)
    assert make_plan(make_request(), facts, {"workers": None}).warnings == ()
