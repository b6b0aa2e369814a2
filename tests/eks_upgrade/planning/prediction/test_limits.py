"""The arithmetic of one limit, and a drain played through: against numbers worked out by hand."""

from typing import Any

import pytest

from include.eks_upgrade.drain.order.precedence import PATIENCE, Precedence
from include.eks_upgrade.planning.prediction.defaults import REACTION_SECONDS
from include.eks_upgrade.planning.prediction.limits import Limit, MovingPod, lower_bound
from include.eks_upgrade.planning.prediction.simulate import play

BACK = REACTION_SECONDS


def pods(count: int, node: str = "a", *, start: float = 10.0, stop: float = 2.0, **more: Any):
    fields = {"cycle": start, "least": start, "stop": stop, **more}
    return tuple(MovingPod(name=f"shop/{node}-{n}", node=node, **fields) for n in range(count))


def limit(*its_pods: MovingPod, allowed: int | None = 1, name: str = "budget shop/web") -> Limit:
    return Limit(name=name, pods=its_pods, allowed=allowed)


ROUNDS: list[Any] = [
    pytest.param(4, 1, 4, 30.0, id="one at a time"),
    pytest.param(4, 2, 2, 10.0, id="two at a time"),
    pytest.param(5, 2, 3, 20.0, id="rounded up"),
    pytest.param(1, 1, 1, 0.0, id="a single pod only has to leave"),
    pytest.param(3, 5, 1, 0.0, id="all at once"),
    pytest.param(3, None, 1, 0.0, id="nothing holds them"),
    pytest.param(0, 1, 0, 0.0, id="no pods"),
]


@pytest.mark.parametrize(("count", "allowed", "rounds", "bound"), ROUNDS)
def test_a_limit_lets_its_pods_go_in_rounds(
    count: int, allowed: int | None, rounds: int, bound: float
) -> None:
    found = limit(*pods(count), allowed=allowed)
    assert (found.rounds, found.bound) == (rounds, bound)


def test_the_slowest_limit_bounds_the_drain_or_else_the_rate_of_requests() -> None:
    quick, slow = limit(*pods(2)), limit(*pods(4, "b"))
    assert lower_bound([quick, slow], 50) == 30.0
    assert lower_bound([limit(*pods(500), allowed=None)], 10) == 49.0
    assert lower_bound([], 50) == 0.0


PLAYED: list[Any] = [
    pytest.param([limit(*pods(4))], 3 * (10 + BACK) + 2, id="a place is free when it is Ready"),
    pytest.param([limit(*pods(4), allowed=2)], 10 + BACK + 2, id="two places"),
    pytest.param([limit(*pods(9), allowed=None)], 2, id="nothing holds them"),
    pytest.param([limit(*pods(3)), limit(*pods(5))], 4 * (10 + BACK) + 2, id="side by side"),
    pytest.param([limit(*pods(2, counted=False), *pods(1))], 2, id="who takes no place goes first"),
    pytest.param([limit(*pods(2, not_before=60), allowed=None)], 62, id="a Job is waited for"),
    pytest.param([], 0, id="no pods"),
]


@pytest.mark.parametrize(("limits", "seconds"), PLAYED)
def test_a_drain_is_played_through(limits: list[Limit], seconds: float) -> None:
    assert play(limits).seconds == pytest.approx(seconds)


def test_what_the_cluster_needs_goes_when_the_others_have_gone() -> None:
    late = pods(1, "b", precedence=Precedence.CRITICAL)
    assert play([limit(*pods(3), allowed=3), limit(*late)]).seconds == pytest.approx(4)


def test_it_goes_all_the_same_when_the_others_do_not_move() -> None:
    late = pods(1, "b", precedence=Precedence.CRITICAL)
    stuck = limit(*pods(1, not_before=600), allowed=None)
    played = play([stuck, limit(*late, name="dns")])
    assert played.by_limit[1] == pytest.approx(PATIENCE + 2)


def test_nodes_are_emptied_few_at_a_time() -> None:
    free = limit(*pods(1, "a"), *pods(1, "b"), *pods(1, "c"), allowed=None)
    assert play([free], window=1).seconds == pytest.approx(6)
    assert play([free], window=2).seconds == pytest.approx(4)
    assert play([free]).seconds == pytest.approx(2)


def test_requests_keep_their_rate() -> None:
    held = [limit(*pods(1, f"n{n}"), name=f"b{n}") for n in range(30)]
    assert play(held, rate=10).seconds == pytest.approx(2 + 2)


def test_each_limit_and_each_node_has_its_own_end() -> None:
    played = play([limit(*pods(2, "a")), limit(*pods(3, "b"))])
    assert played.by_limit == pytest.approx((10 + BACK + 2, 2 * (10 + BACK) + 2))
    assert played.by_node == pytest.approx({"a": 10 + BACK + 2, "b": 2 * (10 + BACK) + 2})
