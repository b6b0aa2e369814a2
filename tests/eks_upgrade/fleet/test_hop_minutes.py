"""How long each run of a way over several minors is expected to take."""

from datetime import timedelta
from typing import Any

import pytest

from include.eks_upgrade.fleet.hop_minutes import STAY_MINUTES, hop_minutes
from include.eks_upgrade.fleet.in_time import runs_that_fit
from include.eks_upgrade.fleet.make_plan import make_plan
from include.eks_upgrade.fleet.plan import Expectation
from include.eks_upgrade.fleet.summary import details
from tests.eks_upgrade.fleet.builders import OPENS, cluster, fleet_file, found

WHOLE = Expectation(minutes=100, source="as tried")
STAYS = STAY_MINUTES
LAST_ONLY = (STAYS, STAYS, 100)

WAYS: list[Any] = [
    pytest.param({}, ("1.35",), {}, (100,), id="one minor"),
    pytest.param({}, (), {}, (100,), id="nowhere to go"),
    pytest.param({}, ("1.35", "1.36", "1.37"), {}, LAST_ONLY, id="the last alone"),
    pytest.param(
        {"node_groups": 5, "nodes_version": "1.34"}, ("1.35", "1.36", "1.37"), {}, LAST_ONLY,
        id="the last alone, of many groups that trail by nothing",
    ),
    pytest.param(
        {"nodes_version": "1.32"}, ("1.35", "1.36", "1.37"), {}, (100, STAYS, 100),
        id="where they would trail too far",
    ),
    pytest.param(
        {"nodes_version": "1.31"}, ("1.35", "1.36"), {}, (100, 100),
        id="before the control plane moves at all, which belongs to the first",
    ),
    pytest.param(
        {"nodes_version": "1.32", "node_groups": 2}, ("1.35", "1.36", "1.37", "1.38"), {},
        (100, 100, 100, 100), id="of two groups one may be at any minor between",
    ),
    pytest.param(
        {}, ("1.35", "1.36"), {"roll_nodes": "every_hop"}, (100, 100), id="every hop, as asked for"
    ),
    pytest.param(
        {"nodes_version": "1.33"}, ("1.35", "1.36"), {"roll_nodes": "first"}, (100, 100),
        id="first, and at the end",
    ),
    pytest.param({}, ("1.35", "1.36"), {"roll_nodes": "odd"}, (100, 100), id="a word of nobody"),
    pytest.param({"version": "?"}, ("1.35", "1.36"), {}, (100, 100), id="a version of nobody"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "hops", "parameters", "minutes"), WAYS)
def test_a_run_that_leaves_the_nodes_is_short(
    given: Any, hops: tuple[str, ...], parameters: Any, minutes: tuple[float, ...]
) -> None:
    each = hop_minutes(cluster(**{"version": "1.34", **given}), hops, parameters, WHOLE)
    assert tuple(one.minutes for one in each) == minutes


def test_a_run_that_leaves_the_nodes_is_never_longer_than_one_that_does_not() -> None:
    quick = Expectation(minutes=10, source="learned")
    assert [one.minutes for one in hop_minutes(cluster(), ("1.35", "1.36"), {}, quick)] == [10, 10]


FITS: list[Any] = [
    pytest.param(24, 0, id="none"),
    pytest.param(25, 1, id="one"),
    pytest.param(149, 2, id="the last does not"),
    pytest.param(150, 3, id="all, to the minute"),
]


@pytest.mark.parametrize(("minutes", "runs"), FITS)
def test_as_many_runs_fit_as_end_one_after_the_other(minutes: float, runs: int) -> None:
    each = [Expectation(minutes=one, source="") for one in LAST_ONLY]
    assert runs_that_fit(each, OPENS, OPENS + timedelta(minutes=minutes)) == runs
    assert runs_that_fit(each, OPENS, None) == 3


def test_a_window_holds_the_hops_that_leave_the_nodes_and_the_next_goes_on() -> None:
    """The window is of four hours; the nodes of a large cluster alone take longer."""
    large = cluster(version="1.32", node_groups=1, nodes=125, update_minutes=())
    (plan,) = make_plan(fleet_file(), found(large), OPENS).clusters
    assert plan.hops == ("1.33", "1.34")
    assert [one.minutes for one in plan.each] == [STAYS, STAYS]
    assert "1.35 in a later opening" in plan.why


def test_each_run_is_held_against_its_own_minutes() -> None:
    (plan,) = make_plan(fleet_file(), found(cluster(version="1.33")), OPENS).clusters
    assert plan.hops == ("1.34", "1.35")
    expected = [plan.expected_from(version) for version in ("1.33", "1.34")]
    assert [one.minutes for one in expected if one] == [STAYS, 50]
    assert plan.expected_from("1.20") == expected[1]
    assert f"{STAYS:.0f} + 50 min (control plane and add-ons; its nodes stay; 1 earlier" in (
        "; ".join(details(plan))
    )
