"""Where a cluster goes, over which minors, and what keeps it where it is."""

from datetime import date
from typing import Any

import pytest

from include.eks_upgrade.fleet.choice.target import way
from include.eks_upgrade.fleet.file.model import Target
from tests.eks_upgrade.fleet.builders import cluster, found

DAY = date(2026, 11, 28)
AT_134 = Target(version="1.34")
TO_135 = Target(version="1.35")


def going(target: Target, **given: Any) -> Any:
    offered = given.pop("offered", None)
    calendar = {} if offered is None else {"offered": {"eu-west-1": offered}}
    one = cluster(**given)
    return way(target, one, found(one, **calendar), DAY)


HOPS: list[Any] = [
    pytest.param(TO_135, {"version": "1.34"}, ("1.35",), id="one minor behind"),
    pytest.param(TO_135, {"version": "1.32"}, ("1.33", "1.34", "1.35"), id="three minors behind"),
    pytest.param(Target(newest_minus=0), {"version": "1.35"}, ("1.36",), id="the newest"),
    pytest.param(
        Target(newest_minus=2), {"version": "1.33"}, ("1.34",), id="two behind the newest"
    ),
    pytest.param(
        Target(days_before_extended_support=60),
        {"version": "1.34"},
        ("1.35",),
        id="standard support ends in four days",
    ),
    pytest.param(
        Target(days_before_extended_support=4), {"version": "1.34"}, ("1.35",), id="on the last day"
    ),
    pytest.param(
        Target(days_before_extended_support=60),
        {"version": "1.32"},
        ("1.33", "1.34", "1.35"),
        id="until support is long enough",
    ),
    pytest.param(
        Target(days_before_extended_support=400),
        {"version": "1.34"},
        ("1.35", "1.36"),
        id="support is long enough nowhere, so as far as EKS offers",
    ),
    pytest.param(
        Target(version="1.36"),
        {"version": "1.33", "offered": ("1.33", "1.34", "1.35")},
        ("1.34", "1.35"),
        id="as far as EKS offers in the region",
    ),
    pytest.param(
        AT_134,
        {"version": "1.34", "nodes_version": "1.33"},
        ("1.34",),
        id="node groups that a run left behind",
    ),
    pytest.param(
        TO_135,
        {"version": "1.34", "nodes_version": "1.33"},
        ("1.35",),
        id="nodes that trail are the run's own plan's matter",
    ),
    pytest.param(
        TO_135,
        {"version": "1.34", "nodes_version": "1.34"},
        ("1.35",),
        id="nodes are as they should",
    ),
]


@pytest.mark.parametrize(("target", "given", "hops"), HOPS)
def test_a_cluster_goes_minor_by_minor(target: Target, given: Any, hops: tuple[str, ...]) -> None:
    found_way = going(target, **given)
    assert found_way.hops == hops
    assert not found_way.done
    assert found_way.why


DONE: list[Any] = [
    pytest.param(AT_134, {}, "already at 1.34", id="at the version"),
    pytest.param(
        AT_134,
        {"version": "1.36"},
        "at 1.36, newer than the target 1.34; a cluster never goes down",
        id="newer than the version",
    ),
    pytest.param(
        Target(newest_minus=2), {}, "already at 1.34, 2 behind the newest 1.36", id="two behind"
    ),
    pytest.param(
        Target(newest_minus=0),
        {"version": "1.36"},
        "already at 1.36, the newest in eu-west-1",
        id="the newest",
    ),
    pytest.param(
        Target(days_before_extended_support=60),
        {"version": "1.35"},
        "standard support of 1.35 ends in 119 days, later than the 60 asked for",
        id="support is long enough",
    ),
]


@pytest.mark.parametrize(("target", "given", "why"), DONE)
def test_a_cluster_that_is_where_it_should_be_says_so(target: Any, given: Any, why: str) -> None:
    found_way = going(target, **given)
    assert found_way.done
    assert not found_way.hops
    assert found_way.why == why


SKIPPED: list[Any] = [
    pytest.param(
        TO_135,
        {"offered": ("1.33", "1.34")},
        "1.35 is not offered in eu-west-1; the newest there is 1.34",
        id="not offered yet",
    ),
    pytest.param(
        TO_135,
        {"version": "1.29"},
        "1.30 is not offered in eu-west-1",
        id="the next minor is not offered any more",
    ),
    pytest.param(
        TO_135, {"offered": ()}, "what EKS offers in eu-west-1 could not be read", id="not known"
    ),
    pytest.param(TO_135, {"status": "UPDATING"}, "EKS is updating it now", id="updating"),
    pytest.param(TO_135, {"status": "CREATING"}, "EKS is creating it", id="creating"),
    pytest.param(TO_135, {"status": "DELETING"}, "EKS is deleting it", id="deleting"),
    pytest.param(
        TO_135,
        {"status": "FAILED"},
        "EKS says that it has FAILED; look at it in the EKS console",
        id="failed",
    ),
    pytest.param(TO_135, {"status": "SUSPENDED"}, "EKS says it is SUSPENDED", id="a new word"),
    pytest.param(TO_135, {"status": ""}, "EKS says it is ?", id="no word"),
    pytest.param(
        TO_135, {"version": "latest"}, "its version 'latest' is not understood", id="no version"
    ),
    pytest.param(
        Target(newest_minus=1),
        {"region": "eu-central-1", "newest": {}},
        "which minor is the newest in eu-central-1 could not be read",
        id="the newest is not known",
    ),
    pytest.param(
        Target(days_before_extended_support=60),
        {"version": "1.99"},
        "when standard support of 1.99 ends could not be read",
        id="the calendar does not know it",
    ),
    pytest.param(
        Target(version="2.0"), {}, "from 1.34 to 2.0 is another major version", id="another major"
    ),
]


@pytest.mark.parametrize(("target", "given", "why"), SKIPPED)
def test_a_cluster_that_cannot_go_says_why(target: Any, given: Any, why: str) -> None:
    given = dict(given)
    newest = {"newest": given.pop("newest")} if "newest" in given else {}
    offered = {"offered": {"eu-west-1": given.pop("offered")}} if "offered" in given else {}
    one = cluster(**given)
    found_way = way(target, one, found(one, **newest, **offered), DAY)
    assert not found_way.hops
    assert not found_way.done
    assert found_way.why == why


def test_a_way_that_ends_early_says_where_and_why() -> None:
    stopped = going(Target(version="1.36"), version="1.33", offered=("1.33", "1.34"))
    assert stopped.why == (
        "the target is 1.36; 1.35 is not offered in eu-west-1; the newest there is 1.34"
    )
    assert stopped.wanted == "1.36"


def test_an_end_that_nobody_knows_moves_a_cluster_by_one_minor_only() -> None:
    one = cluster(version="1.33")
    found_way = way(Target(days_before_extended_support=60), one, found(one, standard_ends={}), DAY)
    assert found_way.hops == ("1.34",)
    assert found_way.why == "standard support of 1.33 ended 3 months ago"
