"""Pods on nodes: never more than a node has, and what is said to fit stands somewhere."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.eks_upgrade.kube.pod_facts.needs import Apart, HostPort
from include.eks_upgrade.planning.packing.model import SLACK, Bin, Item, Packing, Present, Why
from include.eks_upgrade.planning.packing.pack import pack

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
NAMES = ("cpu", "memory", "example.com/fpga")
OWN = {"matchLabels": {"app": "web"}}


def node(name: str, zone: str = "a", **gives: float) -> Bin:
    return Bin(name, gives, {HOST: name, ZONE: zone}, zone, "workers")


def wants(name: str, *bins: int, app: str = "web", **given: object) -> Item:
    asks = {key: given.pop(key) for key in ("cpu", "memory") if key in given}
    return Item(name, asks, bins, bins, namespace="shop", labels={"app": app}, **given)


def apart(topology: str = HOST) -> tuple[Apart, ...]:
    return (Apart(topology, OWN, frozenset({"shop"})),)


def spread(topology: str, most: int = 1, **more: bool) -> tuple[Apart, ...]:
    return (Apart(topology, OWN, frozenset({"shop"}), most, **more),)


def reasons(found: Packing) -> list[Why]:
    return [one.why for one in found.left.values()]


def test_the_greatest_go_first_so_that_small_ones_fill_what_is_left():
    items = [wants(f"p{at}", 0, 1, cpu=cpu) for at, cpu in enumerate((1, 1, 3, 3))]
    assert not pack(items, [node("n1", cpu=4), node("n2", cpu=4)]).left


def test_what_stands_today_is_tried_too():
    """Greatest first puts 4 on the node of 5, then 3 on that of 4, and has no place for 2."""
    sizes, homes = (4, 3, 2), (1, 0, 0)
    items = [
        wants(f"p{at}", 0, 1, cpu=cpu, home=home)
        for at, (cpu, home) in enumerate(zip(sizes, homes, strict=True))
    ]
    assert not pack(items, [node("n1", cpu=5), node("n2", cpu=4)]).left


def test_those_that_may_go_to_few_nodes_are_not_left_out_by_those_that_go_anywhere():
    items = [wants("any", 0, 1, cpu=2), wants("bound", 0, cpu=1)]
    assert not pack(items, [node("n1", cpu=2), node("n2", "b", cpu=2)]).left


def test_a_pod_of_another_zone_does_not_come_here():
    found = pack([wants("one", 0, cpu=2), wants("two", 0, cpu=2)], [node("n1", cpu=2)])
    assert reasons(found) == [Why.ROOM]
    assert pack([wants("nowhere", cpu=1)], [node("n1", cpu=2)]).left


TOGETHER = [
    pytest.param({"ports": (HostPort(80),)}, Why.PORT, id="the same port of the node"),
    pytest.param({"apart": apart()}, Why.APART, id="apart on nodes"),
    pytest.param({"apart": apart(ZONE)}, Why.APART, id="apart in zones"),
]


@pytest.mark.parametrize(("given", "why"), TOGETHER)
def test_three_of_them_need_three_places(given, why):
    items = [wants(f"p{at}", 0, 1, 2, **given) for at in range(3)]
    nodes = [node("n1", "a"), node("n2", "b"), node("n3", "c")]
    assert not pack(items, nodes).left
    two = [wants(f"p{at}", 0, 1, **given) for at in range(3)]
    assert reasons(pack(two, nodes[:2])) == [why]


def test_ports_of_other_protocols_and_addresses_do_not_meet():
    ports = [HostPort(53), HostPort(53, "UDP"), HostPort(53, "TCP", "127.0.0.1")]
    assert not pack([wants(str(one), 0, ports=(one,)) for one in ports], [node("n1")]).left


def test_anti_affinity_holds_from_the_other_side_too():
    """A pod that asks for nothing is kept from where one stands that will not have it."""
    found = pack(
        [wants("lonely", 0, app="db", apart=apart(), cpu=2), wants("web", 0, cpu=1)],
        [node("n1", cpu=4)],
    )
    assert reasons(found) == [Why.APART]


def test_pods_that_stay_count_for_the_rules():
    stays = Present(0, "shop", {"app": "web"})
    assert reasons(pack([wants("p", 0, apart=apart())], [node("n1")], [stays])) == [Why.APART]
    other = Present(0, "elsewhere", {"app": "web"})
    assert not pack([wants("p", 0, apart=apart())], [node("n1")], [other]).left


def test_a_spread_keeps_zones_even_and_a_full_zone_holds_the_others_back():
    items = [wants(f"p{at}", 0, 1, cpu=1, spread=spread(ZONE)) for at in range(4)]
    found = pack(items, [node("n1", "a", cpu=4), node("n2", "b", cpu=4)])
    assert sorted(found.at.values()) == [0, 0, 1, 1]
    full = pack(items, [node("n1", "a", cpu=4), node("n2", "b", cpu=1)])
    assert reasons(full) == [Why.SPREAD]


def test_a_place_that_takes_none_counts_unless_taints_are_honoured():
    nodes = [node("n1"), node("old")]
    for honours, left in ((False, 1), (True, 0)):
        rule = spread(HOST, honours_taints=honours)
        items = [
            Item(f"p{at}", {}, (0,), (0, 1), None, "shop", {"app": "web"}, (), (), rule)
            for at in range(2)
        ]
        assert len(pack(items, nodes).left) == left


def test_what_a_node_does_not_name_is_not_judged_and_nothing_is_packed_on_nothing():
    assert not pack([wants("p", 0, cpu=99)], [node("n1", memory=1)]).left
    assert pack([], []) == Packing({}, {})
    assert reasons(pack([wants("p", 0, cpu=1)], [node("n1", cpu=-1)])) == [Why.ROOM]


# --- whatever the pods ----------------------------------------------------------------------------

AMOUNTS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([0.0, 0.1, 1.0, 2.5, 4.0]))
APPS = st.sampled_from(["web", "db"])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Item], list[Bin]]:
    bins = [
        Bin(f"n{at}", draw(AMOUNTS), {HOST: f"n{at}", ZONE: draw(st.sampled_from("abc"))})
        for at in range(draw(st.integers(0, 4)))
    ]
    everywhere = st.sets(st.integers(0, len(bins) - 1)) if bins else st.just(set())
    rules = st.sampled_from([(), apart(), apart(ZONE)])
    spreads = st.sampled_from([(), spread(ZONE), spread(HOST, 2)])
    items = []
    for at in range(draw(st.integers(0, 6))):
        where = tuple(sorted(draw(everywhere)))
        items.append(
            Item(
                f"p{at}",
                draw(AMOUNTS),
                where,
                tuple(range(len(bins))),
                draw(st.sampled_from([None, *where])),
                "shop",
                {"app": draw(APPS)},
                draw(st.sampled_from([(), (HostPort(80),)])),
                draw(rules),
                draw(spreads),
            )
        )
    return items, bins


@settings(deadline=None, max_examples=60)
@given(worlds())
def test_no_node_gets_more_than_it_has_and_no_rule_is_broken(world):
    items, bins = world
    found = pack(items, bins)
    assert sorted([*found.at, *found.left]) == list(range(len(items)))
    taken: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for item, where in found.at.items():
        assert where in items[item].bins
        for name, amount in items[item].asks.items():
            taken[where][name] += amount
    for where, amounts in taken.items():
        gives = bins[where].gives
        assert all(
            amount <= gives[name] + SLACK for name, amount in amounts.items() if name in gives
        )
    for one, other in product(found.at, found.at):
        if one < other:
            _may_be_neighbours(items[one], items[other], bins[found.at[one]], bins[found.at[other]])


def _may_be_neighbours(one: Item, other: Item, here: Bin, there: Bin) -> None:
    assert here is not there or not set(one.ports) & set(other.ports)
    for mine, its in ((one, other), (other, one)):
        for rule in mine.apart:
            same = here.places[rule.topology] == there.places[rule.topology]
            assert not (same and rule.covers(its.namespace, its.labels))


@settings(deadline=None, max_examples=60)
@given(worlds())
def test_a_pod_that_is_greater_than_each_of_its_nodes_is_left(world):
    items, bins = world
    left = pack(items, bins).left
    for at, item in enumerate(items):
        fits = [
            where
            for where in item.bins
            if all(
                amount <= bins[where].gives.get(name, amount) + SLACK
                for name, amount in item.asks.items()
            )
        ]
        assert fits or at in left
