"""How long a run is expected to take, and from what that is known."""

from typing import Any

import pytest

from include.eks_upgrade.fleet.duration import expectation, with_earlier_runs
from tests.eks_upgrade.fleet.builders import cluster, found

KNOWN: list[Any] = [
    pytest.param((40.0,), 50, "1 earlier upgrade took 40 min, and a quarter more", id="one"),
    pytest.param(
        (30.0, 200.0, 40.0),
        50,
        "3 earlier upgrades took 40 min in the middle, and a quarter more",
        id="the middle, not the mean",
    ),
    pytest.param((0.0, 40.0), 50, "1 earlier upgrade took 40 min, and a quarter more", id="a zero"),
]


@pytest.mark.parametrize(("earlier", "minutes", "source"), KNOWN)
def test_earlier_upgrades_tell(earlier: Any, minutes: float, source: str) -> None:
    expected = expectation(cluster(update_minutes=earlier))
    assert (expected.minutes, expected.source) == (minutes, source)


UNKNOWN: list[Any] = [
    pytest.param(0, 0, 25, id="no node groups"),
    pytest.param(1, 3, 51, id="a small one"),
    pytest.param(5, 100, 325, id="a large one"),
]


@pytest.mark.parametrize(("groups", "nodes", "minutes"), UNKNOWN)
def test_without_them_its_size_tells(groups: int, nodes: int, minutes: float) -> None:
    expected = expectation(cluster(update_minutes=(), node_groups=groups, nodes=nodes))
    assert expected.minutes == minutes
    assert "no earlier upgrade is known" in expected.source


def test_of_earlier_runs_the_last_five_count_each_for_its_cluster() -> None:
    shop, other = cluster(update_minutes=()), cluster("other", update_minutes=(1.0,))
    known = with_earlier_runs(found(shop, other), {shop.arn: [1, 2, 3, 4, 5, 6]}).clusters
    assert [each.update_minutes for each in known] == [(2, 3, 4, 5, 6), (1.0,)]
