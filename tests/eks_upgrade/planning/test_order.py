"""The order of the node groups: as written, or what is half-way, then the smallest."""

from typing import Any

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.planning.make_plan import groups_in_need, make_plan
from include.eks_upgrade.planning.plan import Plan

SIZES = {"web": 6, "batch": 9, "spot": 2, "empty": 0}


@pytest.fixture
def planned(make_request, make_facts, make_group):
    """The plan for groups of these sizes."""

    def make(sizes: dict[str, int] = SIZES, standing: tuple[str, ...] = (), **asked: Any) -> Plan:
        groups = {
            name: make_group(name, scalingConfig={"minSize": 0, "maxSize": 9, "desiredSize": size})
            for name, size in sizes.items()
        }
        groups |= {name: make_group(name, "1.26") for name in standing}
        kubelets = {
            f"{name}-{number}": ("v1.25.16-eks-abc", name)
            for name, size in sizes.items()
            for number in range(size)
        }
        facts = make_facts(node_groups=groups, kubelets=kubelets)
        request = make_request(target_version="1.26", **asked)
        return make_plan(request, facts, dict.fromkeys(groups_in_need(request, facts)))

    return make


def order(plan: Plan) -> list[str]:
    return [step.name for step in plan.node_groups]


ORDERS = [
    pytest.param({}, ["spot", "web", "batch", "empty"], id="the smallest first, an empty one last"),
    pytest.param(
        {"node_groups": ("web", "spot", "batch")}, ["web", "spot", "batch"], id="as it was written"
    ),
    pytest.param(
        {"canary_group": "batch"}, ["batch", "spot", "web", "empty"], id="a canary that was chosen"
    ),
    pytest.param(
        {"canary_group": "spot", "node_groups": ("web", "batch", "spot")},
        ["spot", "web", "batch"],
        id="a canary before those that were written",
    ),
    pytest.param(
        {"standing": ("batch-k126",)},
        ["batch", "spot", "web", "empty"],
        id="what an earlier run left half-way",
    ),
    pytest.param(
        {"sizes": {"b": 2, "a": 2, "c": 2}}, ["a", "b", "c"], id="by name where all are as large"
    ),
    pytest.param({"sizes": {"a": 0, "b": 0}}, ["a", "b"], id="all of them empty"),
    pytest.param({"sizes": {"a": 3}}, ["a"], id="only one"),
]


@pytest.mark.parametrize(("asked", "expected"), ORDERS)
def test_the_groups_of_the_plan_stand_in_the_order_in_which_they_go(
    planned, asked: dict[str, Any], expected: list[str]
) -> None:
    assert order(planned(**asked)) == expected


LINES = [
    pytest.param(
        {}, "1. spot, the canary, by itself; 2. 2 at a time: web, batch, empty", id="two at a time"
    ),
    pytest.param(
        {"max_groups_at_once": 1},
        "1. spot, the canary, by itself; 2. one after the other: web, batch, empty",
        id="one at a time",
    ),
]


@pytest.mark.parametrize(("asked", "told"), LINES)
def test_the_plan_says_the_order(planned, asked: dict[str, Any], told: str) -> None:
    assert f"order of the node groups: {told}" in planned(**asked).summary


def test_the_lines_of_the_groups_follow_in_that_order(planned) -> None:
    lines = [line for line in planned().summary if line.startswith("node group ")]
    assert [line.split()[2] for line in lines] == ["spot", "web", "batch", "empty"]


def test_a_single_group_needs_no_order(planned) -> None:
    assert not [line for line in planned({"a": 3}).summary if "order" in line]


REFUSALS = [
    pytest.param(
        {"canary_group": "wbe"}, "the cluster has no managed node group 'wbe'; it has: ", id="typo"
    ),
    pytest.param(
        {"canary_group": "spot", "node_groups": ("web", "batch")},
        "'spot' is not among node_groups",
        id="left out of the groups that were named",
    ),
]


@pytest.mark.parametrize(("asked", "told"), REFUSALS)
def test_a_canary_that_the_run_would_not_replace_is_refused(
    planned, asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(Refused) as raised:
        planned(**asked)
    (problem,) = raised.value.problems
    assert problem.subject == "canary_group"
    assert told in problem.what


def test_a_canary_that_an_earlier_run_has_replaced_is_passed_over(planned) -> None:
    plan = planned({"web": 6, "batch": 9}, standing=("spot-k126",), canary_group="spot")
    assert order(plan) == ["web", "batch"]


@pytest.mark.parametrize("number", [0, -1])
def test_less_than_one_group_at_a_time_is_refused(planned, number: int) -> None:
    with pytest.raises(Refused) as raised:
        planned(max_groups_at_once=number)
    assert [each.subject for each in raised.value.problems] == ["max_groups_at_once"]


def test_groups_with_fewer_nodes_than_subnets_are_warned_of(make_request, make_facts, make_group):
    groups = {name: make_group(name, subnets=["a", "b"]) for name in ("one", "two", "none")}
    kubelets = {f"n-{n}": ("v1.25.1", name) for n, name in enumerate(["one", "two", "two"])}
    facts = make_facts(node_groups=groups, kubelets=kubelets)
    plan = make_plan(make_request(), facts, dict.fromkeys(groups))
    (told,) = [line for line in plan.warnings if "fewer nodes than subnets" in line]
    assert told.startswith("node group one: ")
