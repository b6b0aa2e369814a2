"""In which order pods leave, and how many at a time."""

import random

import pytest

from include.eks_upgrade.drain.eviction.queues import CONTESTED, FREE, EvictionQueues, next_under
from include.eks_upgrade.drain.eviction.spending import Spending
from include.eks_upgrade.drain.ledger import LONGEST_BACK_OFF
from tests.eks_upgrade.drain.builders import budget, entry


def anyone(_entry):
    return True


def under(queues, name="shop/web"):
    return queues.by_name[name]


@pytest.fixture
def queues():
    return EvictionQueues()


@pytest.mark.parametrize(
    ("waiting", "budgets", "queue"),
    [
        pytest.param(entry(), [], FREE, id="no-budget"),
        pytest.param(entry(), [budget()], "shop/web", id="one-budget"),
        pytest.param(entry(), [budget("a"), budget("b")], CONTESTED, id="two-budgets"),
        pytest.param(
            entry(phase="Failed"), [budget("a"), budget("b")], FREE, id="two-budgets-but-finished"
        ),
    ],
)
def test_a_pod_queues_under_what_covers_it(queues, waiting, budgets, queue):
    queues.place(waiting, budgets)
    assert list(under(queues, queue).waiting) == [waiting.pod.uid]
    assert (waiting.queue, waiting.budgets) == (queue, tuple(map(str, budgets)))


def test_a_pod_changes_queues_with_its_budgets(queues):
    waiting = entry()
    queues.place(waiting, [budget()])
    queues.place(waiting, [])
    assert (under(queues).waiting, list(queues.free.waiting)) == ({}, ["web-1"])


def test_the_longest_grace_period_goes_first_and_the_fullest_queue(queues):
    for name, grace in (("a", 30), ("b", 600), ("c", 5)):
        queues.place(entry(name, grace_seconds=grace), [budget()])
    queues.place(entry("d"), [budget("db")])
    budgets, _ = queues.longest_first(queues.waited_in())
    assert [queue.name for queue in budgets] == ["shop/web", "shop/db"]
    assert under(queues).first(anyone).pod.name == "b"
    assert under(queues).first(lambda one: one.pod.name != "b").pod.name == "a"


def test_a_budget_lets_as_many_go_as_it_allows(queues):
    spending, allows_two = Spending(), budget(allowed=2)
    for name in "abc":
        queues.place(entry(name), [allows_two])
    gone = []
    while (one := next_under(under(queues), allows_two, spending, anyone)) is not None:
        spending.spend(allows_two, one)
        queues.remove(one)
        gone.append(one.pod.name)
    assert gone == ["a", "b"]


def test_a_pod_the_budget_has_no_say_in_goes_although_it_is_full(queues):
    full = budget(allowed=0, healthy=2, desired=2)
    queues.place(entry("well"), [full])
    queues.place(entry("unready", ready=False), [full])
    assert next_under(under(queues), full, Spending(), anyone).pod.name == "unready"


def test_a_refused_budget_is_left_in_peace_longer_and_longer_with_jitter(queues):
    random.seed(1)
    queues.place(entry(), [budget()])
    queue, pauses = under(queues), []
    for _ in range(8):
        queue.back_off(now=0.0)
        pauses.append(queue.not_before)
    longest = [min(LONGEST_BACK_OFF, 0.25 * 2**n) for n in range(8)]
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=True))
    queue.back_off(now=0.0, at_least=10.0)  # the server named a time
    assert queue.not_before == 10.0
