"""The whole run: minutes by the plan's own steps, nodes, dollars, and what staying costs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.eks_upgrade.control_plane.prices import MONTH_HOURS, PRICES, price_in
from include.eks_upgrade.planning.make_plan import make_plan
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.planning.prediction import defaults as usual
from include.eks_upgrade.planning.prediction.earlier import control_plane_ceiling
from include.eks_upgrade.planning.prediction.model import GroupPrediction
from include.eks_upgrade.planning.prediction.predict import predict
from include.eks_upgrade.planning.prediction.support import predict_support
from include.eks_upgrade.planning.prediction.surge import NodePrices, surge_cost
from include.eks_upgrade.planning.preflight.rules.options import option_problems
from tests.eks_upgrade.planning.conftest import facts as cluster_facts
from tests.eks_upgrade.planning.conftest import node_group, version_update

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ARN = "arn:aws:eks:eu-central-1:111111111111:cluster/demo"


def lines_of(plan: Plan, begin: str) -> list[str]:
    return [line for line in plan.summary if line.startswith(begin)]


def test_the_plan_foretells_each_of_its_steps(plan: Any) -> None:
    found = plan().prediction
    assert [step.name for step in found.steps] == [
        "plan and lock",
        "add-ons before the control plane",
        "control plane",
        "add-ons after the control plane",
    ]
    (group,) = found.groups
    assert (group.name, group.nodes_removed, group.nodes_made) == ("pool", 1, 2)
    before = sum(step.probable for step in found.steps)
    assert group.begins == pytest.approx(before)
    assert found.probable == pytest.approx(before + group.probable + usual.CHECK.probable)
    assert found.best < found.probable


def test_without_pods_the_number_of_nodes_tells_and_that_is_said(plan: Any) -> None:
    found = plan().prediction
    assert found.groups[0].drain is None
    assert "the pods on the old nodes are not known: 2 min a node are assumed" in found.notes[1]


def test_groups_side_by_side_take_less_than_one_after_another(plan: Any) -> None:
    pools = {name: {} for name in ("a", "b", "c")}
    one = plan(pools, options={"max_groups_at_once": 1}).prediction
    two = plan(pools, options={"max_groups_at_once": 2}).prediction
    assert one.probable == pytest.approx(two.probable + one.groups[0].probable)
    assert [group.begins for group in two.groups][1:] == [two.groups[1].begins] * 2


def test_the_plans_lines_say_it(plan: Any) -> None:
    made = plan()
    whole, group, nodes, *notes = lines_of(made, "prediction: ")
    assert whole.startswith("prediction: about ")
    assert "at best) in all; plan and lock 2 min" in whole
    assert "node group pool: its pods are not known; replaced in about" in group
    assert nodes == "prediction: 2 nodes come and 1 node goes"
    assert "earlier updates tell when they were asked for" in notes[0]
    assert "no price of an hour of m5.large (the prices of the new nodes could not" in notes[2]
    assert lines_of(made, "support: 1.25: ")


def test_a_plan_keeps_its_prediction_through_json(plan: Any) -> None:
    made = plan()
    assert Plan.from_json(made.as_json()).prediction == made.prediction


def test_nothing_to_do_takes_next_to_nothing(make_request: Any, make_facts: Any) -> None:
    nothing = Plan(
        cluster="demo", region="eu-central-1", from_version="1.25", to_version="1.25",
        control_plane_needed=False,
    )  # fmt: skip
    found = predict(nothing, make_request(), make_facts(), None, NOW)
    assert found.probable == usual.TASKS.probable + usual.CHECK.probable
    assert (found.groups, found.surge_dollars, found.nodes_made) == ((), 0.0, 0)


# --- earlier updates ---

ASKED = datetime(2026, 6, 1, 12, tzinfo=UTC)


def asked(minutes: float, **more: Any) -> dict[str, Any]:
    return {
        "id": f"u-{minutes}",
        "type": "LoggingUpdate",
        "status": "Successful",
        "createdAt": ASKED + timedelta(minutes=minutes),
        **more,
    }


def to_125(minutes: float = 0, status: str = "Successful") -> dict[str, Any]:
    created = ASKED + timedelta(minutes=minutes)
    return {**version_update("1.25", status), "createdAt": created}


CEILINGS: list[Any] = [
    pytest.param([to_125()], {}, None, id="nothing came after it"),
    pytest.param([asked(9), to_125()], {}, 9.0, id="the next update of the cluster"),
    pytest.param([asked(90), asked(9), to_125()], {}, 9.0, id="the first that came"),
    pytest.param([asked(9), to_125(status="Failed")], {}, None, id="it failed"),
    pytest.param([asked(0.2), to_125()], {}, None, id="too soon to have waited"),
    pytest.param([to_125()], {"workers": 11}, 11.0, id="a node group of the new minor"),
    pytest.param([asked(9), to_125(), asked(-60), to_125(-80)], {}, 9.0, id="the shortest of two"),
]


@pytest.mark.parametrize(("updates", "groups", "minutes"), CEILINGS)
def test_what_came_next_shows_by_when_an_update_had_ended(
    updates: list[Any], groups: dict[str, float], minutes: float | None
) -> None:
    made = {
        name: node_group(name, createdAt=ASKED + timedelta(minutes=after))
        for name, after in groups.items()
    }
    found = control_plane_ceiling(cluster_facts(updates=tuple(updates), node_groups=made))
    assert (found.minutes if found else None) == minutes


def test_a_quick_control_plane_is_foretold_as_quick(make_request: Any, make_facts: Any) -> None:
    facts = make_facts(updates=(asked(9), to_125()))
    found = make_plan(make_request(), facts, {"workers": None}).prediction
    assert found is not None
    (step,) = [step for step in found.steps if step.name == "control plane"]
    assert (step.best, step.probable) == (8, 9.0)
    assert "at most 9 min: an earlier update, to 1.25, had ended" in step.source


# --- support ---

SUPPORT: list[Any] = [
    pytest.param("2027-03-27", "2028-03-27", 121, 487, 73.0, id="standard"),
    pytest.param("2026-03-27", "2027-03-27", -244, 121, 438.0, id="extended"),
    pytest.param("2026-11-26", "2027-11-26", 0, 365, 438.0, id="it ends today"),
]


@pytest.mark.parametrize(("standard", "extended", "days", "more_days", "month"), SUPPORT)
def test_days_and_dollars_of_staying(
    standard: str, extended: str, days: int, more_days: int, month: float
) -> None:
    offered = {
        "clusterVersion": "1.25",
        "endOfStandardSupportDate": datetime.fromisoformat(f"{standard}T00:00:00+00:00"),
        "endOfExtendedSupportDate": datetime.fromisoformat(f"{extended}T00:00:00+00:00"),
    }
    facts = cluster_facts(offered_versions=(offered,))
    facts = replace(facts, cluster={**facts.cluster, "arn": ARN})
    found = predict_support(facts, NOW)
    assert (found.standard_days, found.extended_days) == (days, more_days)
    assert (found.month_now, found.month_extended) == (month, 438.0)


def test_what_eks_does_not_say_is_not_known() -> None:
    found = predict_support(cluster_facts(offered_versions=None), NOW)
    assert (found.standard_days, found.extended_days, found.month_now) == (None, None, None)


PRICE: list[Any] = [
    pytest.param(ARN, None, (0.1, 0.6), id="the table"),
    pytest.param(ARN, {"extended": 0.5}, (0.1, 0.5), id="one price of one's own"),
    pytest.param(ARN, {"m5.large": 1.0}, (0.1, 0.6), id="another thing's price"),
    pytest.param("arn:aws-cn:eks:x", None, None, id="not known"),
    pytest.param("arn:aws-cn:eks:x", {"extended": 0.5}, None, id="half of it"),
    pytest.param("arn:aws-cn:eks:x", {"standard": 0.2, "extended": 0.5}, (0.2, 0.5), id="given"),
    pytest.param("", None, None, id="no ARN"),
]


@pytest.mark.parametrize(("arn", "own", "expected"), PRICE)
def test_the_price_of_a_cluster(arn: str, own: Any, expected: Any) -> None:
    found = price_in(arn, own)
    assert (found and (found.standard, found.extended)) == expected
    assert PRICES["aws"].extended * MONTH_HOURS == 438


# --- the surge ---


def group(name: str = "workers", made: int = 2, hours: float | None = 0.5) -> GroupPrediction:
    return GroupPrediction(
        name=name, nodes_removed=2, nodes_made=made, best=5, probable=8, surge_hours=hours
    )


KNOWN = NodePrices({"m5.large": 0.1, "m5.xlarge": 0.2}, source="given")
COSTS: list[Any] = [
    pytest.param([group()], {}, KNOWN, 0.05, id="hours times dollars"),
    pytest.param([group(), group()], {}, KNOWN, 0.1, id="all groups"),
    pytest.param([group()], {"instanceTypes": ["m5.large", "m5.xlarge"]}, KNOWN, 0.1, id="dearest"),
    pytest.param([group()], {"instanceTypes": ["c9.huge"]}, KNOWN, None, id="one is not known"),
    pytest.param([group()], {}, NodePrices(), None, id="none is known"),
    pytest.param([group(made=0)], {}, NodePrices(), 0.0, id="no node comes"),
    pytest.param([group(hours=None)], {}, KNOWN, None, id="a drain does not end"),
    pytest.param([], {}, NodePrices(), 0.0, id="no groups"),
]


@pytest.mark.parametrize(("groups", "fields", "prices", "dollars"), COSTS)
def test_what_stands_twice_costs_its_hours_and_never_a_guess(
    groups: list[GroupPrediction], fields: Any, prices: NodePrices, dollars: float | None
) -> None:
    facts = cluster_facts(node_groups={"workers": node_group("workers", **fields)})
    assert surge_cost(groups, facts, prices).dollars == dollars


def test_a_price_that_a_person_gave_goes_before_all_others(plan: Any) -> None:
    found = plan(options={"dollars_per_hour": {"m5.large": 1.0, "extended": 0.5}}).prediction
    (group,) = found.groups
    assert found.surge_dollars == pytest.approx(group.surge_hours, abs=0.01)
    assert "prices of nodes: dollars_per_hour; volumes not counted" in found.notes


GIVEN: list[Any] = [
    pytest.param({"m5.large": "cheap"}, "'cheap' is no price of 'm5.large'", id="a word"),
    pytest.param({"m5.large": -1}, "-1 is no price of 'm5.large'", id="below zero"),
    pytest.param({"m5.large": True}, "True is no price of 'm5.large'", id="true"),
    pytest.param({"m5.large": float("nan")}, "nan is no price of 'm5.large'", id="not a number"),
    pytest.param(["m5.large"], "['m5.large'] is no prices by name", id="a list"),
]


@pytest.mark.parametrize(("given", "text"), GIVEN)
def test_what_is_no_price_is_refused(given: Any, text: str, make_request: Any) -> None:
    (problem,) = option_problems(make_request(dollars_per_hour=given))
    assert (problem.subject, problem.what) == ("dollars_per_hour", text)
