"""Whose turn it is, and what an eviction spends until the budget shows it."""

import random

import pytest

from include.eks_upgrade.common.clock import RealClock
from include.eks_upgrade.drain.budgets import Budgets
from include.eks_upgrade.drain.eviction.evictor import Evicting
from include.eks_upgrade.drain.eviction.queues import CONTESTED, FREE, Turns, next_under
from include.eks_upgrade.drain.ledger import LONGEST_BACK_OFF, Fate, Ledger, Spending
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.objects import Owner
from tests.eks_upgrade.drain.builders import budget, pod


def anyone(_pod):
    return True


def under(turns, name="shop/web"):
    return turns.queues[name]


@pytest.fixture
def turns():
    return Turns()


@pytest.mark.parametrize(
    ("pod_", "budgets", "queue"),
    [
        pytest.param(pod(), [], FREE, id="no-budget"),
        pytest.param(pod(), [budget()], "shop/web", id="one-budget"),
        pytest.param(pod(), [budget("a"), budget("b")], CONTESTED, id="two-budgets"),
        pytest.param(
            pod(phase="Failed"), [budget("a"), budget("b")], FREE, id="two-budgets-but-finished"
        ),
    ],
)
def test_a_pod_queues_under_what_covers_it(turns, pod_, budgets, queue):
    turns.place(pod_, budgets)
    assert list(under(turns, queue).waiting) == [pod_.uid]


def test_a_pod_changes_queues_with_its_budgets(turns):
    turns.place(pod(), [budget()])
    turns.place(pod(), [])
    assert (under(turns).waiting, list(turns.free.waiting)) == ({}, ["web-1"])


def test_the_longest_grace_period_goes_first_and_the_fullest_queue(turns):
    for name, grace in (("a", 30), ("b", 600), ("c", 5)):
        turns.place(pod(name, grace_seconds=grace), [budget()])
    turns.place(pod("d"), [budget("db")])
    assert [queue.name for queue in turns.under_budgets()] == ["shop/web", "shop/db"]
    assert under(turns).first(anyone).name == "b"
    assert under(turns).first(lambda one: one.name != "b").name == "a"


def test_a_budget_gives_as_many_turns_as_it_allows(turns):
    spending, allows_two = Spending(), budget(allowed=2)
    for name in "abc":
        turns.place(pod(name), [allows_two])
    gone = []
    while (one := next_under(under(turns), allows_two, spending, anyone)) is not None:
        spending.spend(allows_two, one)
        turns.remove(one.uid)
        gone.append(one.name)
    assert gone == ["a", "b"]


def test_a_pod_the_budget_has_no_say_in_goes_although_it_is_full(turns):
    full = budget(allowed=0, healthy=2, desired=2)
    turns.place(pod("well"), [full])
    turns.place(pod("unready", ready=False), [full])
    assert next_under(under(turns), full, Spending(), anyone).name == "unready"


def test_an_eviction_is_spent_until_the_budget_names_the_pod():
    spending, before = Spending(), budget(allowed=1, version="1")
    spending.spend(before, pod())
    assert spending.free(before) == 0
    spending.seen(budget(allowed=1, version="2"), {"web-1": False})  # somebody else's change
    assert spending.free(before) == 0
    shown = budget(allowed=0, version="3", disrupted=frozenset({"web-1"}))
    spending.seen(shown, {"web-1": False})
    assert spending.free(shown) == 0
    assert spending.free(budget(allowed=1, version="4")) == 1


def test_an_eviction_whose_mark_was_missed_is_settled_when_the_pod_leaves():
    spending = Spending()
    spending.spend(budget(allowed=1, version="1"), pod())
    spending.seen(budget(allowed=0, version="5"), {"web-1": True})
    assert spending.free(budget(allowed=1, version="6")) == 1


def test_a_refused_budget_is_left_in_peace_longer_and_longer_with_jitter(turns):
    random.seed(1)
    turns.place(pod(), [budget()])
    queue, pauses = under(turns), []
    for _ in range(8):
        queue.back_off(now=0.0)
        pauses.append(queue.not_before)
    longest = [min(LONGEST_BACK_OFF, 0.25 * 2**n) for n in range(8)]
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=True))
    queue.back_off(now=0.0, at_least=10.0)  # the server named a time
    assert queue.not_before == 10.0


def test_a_namesake_with_another_uid_is_another_pod():
    ledger = Ledger()
    ledger.see(pod(uid="old"), 0.0)
    ledger.leave("old", 1.0)
    assert (ledger.moved(), ledger.to_move()) == ({"blue-0": 1}, {"blue-0": 1})
    ledger.see(pod(uid="new", node="blue-1"), 2.0)
    assert ledger.to_move() == {"blue-0": 1, "blue-1": 1}


def test_a_pod_nobody_asked_for_left_by_itself():
    ledger = Ledger()
    ledger.see(pod("a"), 0.0)
    ledger.see(pod("b"), 0.0)
    ledger.ask(pod("b"), 1.0, Fate.EVICTED)
    for uid in "ab":
        ledger.leave(uid, 2.0)
    assert [ledger.entries[uid].fate for uid in "ab"] == [Fate.BY_ITSELF, Fate.EVICTED]


def test_cluster_critical_pods_wait_for_the_others_unless_those_are_stuck():
    ledger = Ledger(stirred=0.0)
    ledger.see(pod("ordinary"), 0.0)
    ledger.see(pod("dns", priority=2_000_000_000), 0.0)
    assert not ledger.is_last_stage(10.0, patience=30.0)
    assert ledger.is_last_stage(31.0, patience=30.0)
    ledger.leave("ordinary", 32.0)
    assert ledger.is_last_stage(32.0, patience=30.0)


def test_counts_replacements_that_come_back_to_the_nodes():
    ledger, owner = Ledger(), Owner("StatefulSet", "db", "u")
    ledger.see(pod("db-0", uid="1", owner=owner), 0.0)
    ledger.see(pod("db-1", uid="2", owner=owner), 0.0)
    assert not ledger.returned
    ledger.ask(pod("db-0", uid="1", owner=owner), 1.0, Fate.EVICTED)
    ledger.leave("1", 2.0)
    ledger.see(pod("db-0", uid="3", owner=owner), 3.0)
    assert ledger.returned == {"StatefulSet shop/db": 1}


class SeenOnly:
    """The part of a scene that is asked when a pod leaves."""

    client = None

    def __init__(self, *budgets):
        self.budgets = Budgets(budgets)


async def test_a_pod_that_leaves_settles_a_budget_that_was_listed_anew_before_it():
    """Both watches ended with 410; the budget's list came first, its events in between are lost."""
    evicting = Evicting(SeenOnly(), DrainOptions(), RealClock(), lambda: None, lambda _: None)
    before, after = budget(allowed=1, version="1"), budget(allowed=1, version="9")
    evicting.scene.budgets.put(before)
    evicting.ledger.see(pod(), 0.0)
    evicting.place(pod())
    evicting.ledger.ask(pod(), 1.0, Fate.EVICTED)
    evicting.spending.spend(before, pod())
    evicting.scene.budgets.put(after)
    evicting.budget_changed(after)
    assert evicting.spending.free(after) == 0  # the pod still seems to be there
    evicting.ledger.leave("web-1", 2.0)
    evicting.left(pod())
    assert evicting.spending.free(after) == 1
