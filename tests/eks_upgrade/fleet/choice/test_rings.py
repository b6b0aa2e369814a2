"""A cluster is in the first ring that means it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.eks_upgrade.fleet.choice.rings import place_of, rings_of
from tests.eks_upgrade.fleet.builders import cluster, fleet_file

RINGS: list[Any] = [
    pytest.param([{"name": "all"}], "all", id="a ring for all"),
    pytest.param([{"name": "a", "clusters": {"names": ["sh*"]}}], "a", id="by pattern"),
    pytest.param([{"name": "a", "clusters": {"names": ["x", "shop"]}}], "a", id="by list"),
    pytest.param([{"name": "a", "clusters": {"tags": {"ring": "a"}}}], "a", id="by tag"),
    pytest.param(
        [{"name": "a", "clusters": {"names": ["shop"]}}, {"name": "b"}], "a", id="the first of two"
    ),
    pytest.param(
        [{"name": "a", "clusters": {"names": ["x"]}}, {"name": "b"}], "b", id="what is left"
    ),
    pytest.param([{"name": "a", "percent": 100}, {"name": "b"}], "a", id="all of a hundred"),
    pytest.param(
        [{"name": "a", "percent": 0.001}, {"name": "b"}], "a", id="one at least, however few"
    ),
    pytest.param(
        [{"name": "a", "clusters": {"names": ["x"]}, "percent": 50}, {"name": "b"}],
        "b",
        id="a percentage of others",
    ),
    pytest.param([{"name": "a", "clusters": {"names": ["x"]}}], None, id="in no ring"),
]


@pytest.mark.parametrize(("rings", "expected"), RINGS)
def test_a_cluster_is_in_the_first_ring_that_means_it(rings: Any, expected: str | None) -> None:
    shop = cluster("shop", tags={"ring": "a"})
    assert rings_of(fleet_file(rings=rings), [shop]).get(shop.arn) == expected


def test_no_clusters_are_in_no_ring() -> None:
    assert rings_of(fleet_file(), []) == {}


def test_the_number_of_an_arn_is_the_same_on_every_machine() -> None:
    arn = "arn:aws:eks:eu-west-1:111111111111:cluster/shop"
    # Worked out once with `sha256sum`: its first twelve hexadecimal digits.
    assert place_of(arn) == pytest.approx(int(SHOP, 16) / 16**12, abs=0)


SHOP = "6a73b31c21f2"

names = st.lists(
    st.text("abcdefghij", min_size=1, max_size=6), min_size=1, max_size=40, unique=True
)
percents = st.lists(st.one_of(st.none(), st.floats(0.1, 100)), min_size=1, max_size=4)


def _file(percent: list[float | None]) -> Any:
    rings = [{"name": f"r{at}", "percent": each} for at, each in enumerate(percent)]
    return fleet_file(rings=rings)


@settings(max_examples=30, deadline=None)
@given(names, percents)
def test_every_cluster_is_in_one_ring_or_outside_and_no_ring_is_empty_while_any_is_left(
    some: list[str], percent: list[float | None]
) -> None:
    clusters = [cluster(name) for name in some]
    file = _file(percent)
    rings = rings_of(file, clusters)
    assert set(rings) <= {each.arn for each in clusters}
    sizes = [list(rings.values()).count(ring.name) for ring in file.rings]
    left = len(clusters)
    for size in sizes:
        assert bool(size) == bool(left)
        left -= size


@settings(max_examples=30, deadline=None)
@given(names, st.text("klmn", min_size=1, max_size=6), percents)
def test_a_cluster_that_comes_moves_no_other_but_one_that_stood_alone_for_its_ring(
    some: list[str], new: str, percent: list[float | None]
) -> None:
    file, clusters = _file(percent), [cluster(name) for name in some]
    before = rings_of(file, clusters)
    after = rings_of(file, [*clusters, cluster(new)])
    moved = {arn for arn in before if after.get(arn) != before[arn]}
    assert all(list(before.values()).count(before[arn]) == 1 for arn in moved)


@settings(max_examples=20, deadline=None)
@given(names, st.floats(0.1, 99), st.floats(0, 1))
def test_a_percentage_that_is_raised_only_adds(
    some: list[str], percent: float, more: float
) -> None:
    clusters = [cluster(name) for name in some]
    small = rings_of(_file([percent, None]), clusters)
    large = rings_of(_file([percent + (100 - percent) * more, None]), clusters)
    assert {a for a in small if small[a] == "r0"} <= {a for a in large if large[a] == "r0"}


@settings(max_examples=15, deadline=None)
@given(names, st.randoms(use_true_random=False))
def test_the_order_of_discovery_says_nothing(some: list[str], chance: Any) -> None:
    clusters = [cluster(name) for name in some]
    shuffled = clusters.copy()
    chance.shuffle(shuffled)
    file = _file([10, 30, None])
    assert rings_of(file, clusters) == rings_of(file, shuffled)


def test_a_percentage_is_about_that_share_of_many_and_of_what_is_left() -> None:
    clusters = [cluster(f"c{at}") for at in range(2000)]
    rings = list(rings_of(_file([10, 50, None]), clusters).values())
    assert rings.count("r0") == pytest.approx(200, abs=40)
    assert rings.count("r1") == pytest.approx(900, abs=90)
