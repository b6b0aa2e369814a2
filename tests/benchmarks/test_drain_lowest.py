"""How far a workload fell follows from when its pods were Ready and when they were told to stop."""

import pytest

from benchmarks.drain_bound import Life
from benchmarks.drain_lowest import Allowance, lowest_lines, lowest_ready
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.owner import Owner

WEB = Allowance("StatefulSet shop/web", 3, 1, budgeted=False)


def pod(name, *, ready=True):
    return Pod(
        namespace="shop", name=name, uid=name, owner=Owner("StatefulSet", "web"), ready=ready
    )


def old(name, leaving=None, *, ready=True):
    return Life(pod(name, ready=ready), leaving=leaving)


def new(name, appeared, ready):
    return Life(pod(name, ready=False), appeared=appeared, ready=ready)


@pytest.mark.parametrize(
    ("lives", "fewest", "below"),
    [
        pytest.param([old("a"), old("b"), old("c")], 3, False, id="nothing-happens"),
        pytest.param(
            [old("a", 1.0), new("a2", 1.1, 5.0), old("b", 5.0), new("b2", 5.1, 9.0), old("c")],
            2,
            False,
            id="the-next-goes-when-the-first-is-replaced",
        ),
        pytest.param(
            [old("a", 1.0), old("b", 1.2), new("a2", 1.1, 5.0), old("c")],
            1,
            True,
            id="two-at-a-time",
        ),
        pytest.param(
            [old("a", 1.0), old("b", 2.0), old("c", 3.0), new("a2", 1.1, None)],
            0,
            True,
            id="all-and-no-replacement",
        ),
        pytest.param(
            [old("sick", 1.0, ready=False), old("b"), old("c")], 2, False, id="one-was-not-ready"
        ),
        pytest.param([], 0, True, id="nobody-was-seen"),
    ],
)
def test_the_fewest_ready_pods_of_a_workload(lives, fewest, below):
    (lowest,) = lowest_ready(lives, [WEB])
    assert (lowest.ready, lowest.below) == (fewest, below)


def test_a_line_tells_the_worst_and_how_many_fell_too_far():
    lives = [old("a", 1.0), old("b", 1.2), old("c")]
    assert lowest_lines(lowest_ready(lives, [WEB])) == [
        "1 workloads without a budget: never less than 33% Ready (allowed: 67%);"
        " 1 of them fell below what is allowed"
    ]
