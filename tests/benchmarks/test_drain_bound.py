"""The least time of a drain follows from budgets, starts and stops."""

import pytest

from benchmarks.drain_bound import Bound, Life, lower_bound
from include.eks_upgrade.kube.objects import Budget, Pod


def pod(name, app):
    return Pod(namespace="shop", name=name, uid=name, labels={"app": app})


def moving(app, count):
    return {f"{app}-{n}": pod(f"{app}-{n}", app) for n in range(count)}


def budget(app, allowed):
    selector = {"matchLabels": {"app": app}}
    return Budget(namespace="shop", name=app, selector=selector, allowed=allowed)


def left(one, seconds):
    """A pod that took so long to stop."""
    return Life(one, leaving=100.0, gone=100.0 + seconds)


def started(app, seconds):
    """A replacement that took so long to become Ready."""
    return Life(pod(f"new-{app}-{seconds}", app), appeared=50.0, ready=50.0 + seconds)


@pytest.mark.parametrize(
    ("count", "allowed", "seconds"),
    [
        pytest.param(20, 1, 19 * 1.0 + 0.5, id="one at a time: 19 starts and a stop"),
        pytest.param(20, 3, 6 * 1.0 + 0.5, id="three at a time: 7 rounds"),
        pytest.param(20, 20, 0.5, id="all at once: a stop"),
        pytest.param(1, 1, 0.5, id="one pod"),
        pytest.param(5, 0, 4 * 1.0 + 0.5, id="a budget that allowed none counts as one"),
    ],
)
def test_a_budget_lets_its_pods_go_in_rounds(count, allowed, seconds):
    pods = moving("web", count)
    lives = [*(left(one, 0.5) for one in pods.values()), started("web", 1.0)]
    bound = lower_bound(lives, [budget("web", allowed)], pods)
    assert bound == Bound(pytest.approx(seconds), "shop/web")


def test_the_slowest_budget_is_the_bound_by_its_own_pods_times():
    pods = {**moving("web", 4), **moving("db", 3)}
    lives = [left(one, 0.5) for one in moving("web", 4).values()]
    lives += [left(one, 2.0) for one in moving("db", 3).values()]
    lives += [started("web", 1.0), started("db", 9.0), started("db", 11.0), started("db", 500.0)]
    bound = lower_bound(lives, [budget("web", 1), budget("db", 1)], pods)
    assert bound == Bound(pytest.approx(2 * 11.0 + 2.0), "shop/db")


def test_a_budget_whose_starts_nobody_saw_takes_those_of_the_others():
    pods = moving("web", 3)
    lives = [*(left(one, 0.5) for one in pods.values()), started("other", 4.0)]
    assert lower_bound(lives, [budget("web", 1)], pods).seconds == pytest.approx(2 * 4.0 + 0.5)


def test_stops_of_pods_that_did_not_have_to_move_do_not_count():
    pods = moving("web", 1)
    lives = [left(pods["web-0"], 0.5), left(pod("other", "web"), 60.0)]
    assert lower_bound(lives, [], pods) == Bound(0.5, "stop time")


@pytest.mark.parametrize(
    ("count", "rate", "bound"),
    [
        pytest.param(4000, 50.0, Bound(79.5, "rate"), id="many pods at 50 requests per second"),
        pytest.param(30, 50.0, Bound(0.5, "stop time"), id="no more than may go at once"),
        pytest.param(4000, None, Bound(0.5, "stop time"), id="no limit"),
    ],
)
def test_pods_without_a_budget_leave_as_fast_as_requests_may_be_sent(count, rate, bound):
    pods = moving("free", count)
    lives = [left(one, 0.5) for one in pods.values()]
    assert lower_bound(lives, [], pods, requests_per_second=rate) == bound


def test_nothing_to_move_takes_no_time():
    assert lower_bound([], [budget("web", 1)], {}).seconds == 0.0
