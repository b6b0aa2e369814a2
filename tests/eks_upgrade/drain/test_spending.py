"""What an eviction spends until the budget shows it."""

from include.eks_upgrade.drain.availability.families import Families, SentAway
from include.eks_upgrade.drain.budgets import Budgets
from include.eks_upgrade.drain.eviction.evictor import Evictor
from include.eks_upgrade.drain.eviction.spending import Spending
from include.eks_upgrade.drain.ledger import Fate, Ledger
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.pod_index import PodIndex
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from tests.eks_upgrade.drain.builders import budget, entry, pod


def test_an_eviction_is_spent_until_the_budget_names_the_pod():
    spending, before = Spending(), budget(allowed=1, version="1")
    spending.spend(before, entry())
    assert spending.free(before) == 0
    spending.seen(budget(allowed=1, version="2"))  # somebody else's change
    assert spending.free(before) == 0
    shown = budget(allowed=0, version="3", disrupted=frozenset({"web-1"}))
    spending.seen(shown)
    assert spending.free(shown) == 0
    assert spending.free(budget(allowed=1, version="4")) == 1


def test_an_eviction_whose_mark_was_missed_is_settled_when_the_pod_leaves():
    spending, leaving = Spending(), entry(terminating=True)
    spending.spend(budget(allowed=1, version="1"), leaving)
    spending.seen(budget(allowed=0, version="5"))
    assert spending.free(budget(allowed=1, version="6")) == 1
    assert leaving.spent_under == ""


def test_an_old_event_of_a_budget_gives_nothing_back():
    spending, before = Spending(), budget(allowed=1, version="1")
    spending.spend(before, entry(terminating=True))
    spending.seen(before)
    assert spending.free(before) == 0


def test_what_is_asked_for_again_under_another_budget_is_spent_on_that_one_alone():
    spending, asked = Spending(), entry()
    first, second = budget("first", allowed=1), budget("second", allowed=1)
    spending.spend(first, asked)
    spending.spend(second, asked)
    assert (spending.free(first), spending.free(second)) == (1, 0)


class SeenOnly:
    """The part of a view that is looked at when a pod leaves."""

    def __init__(self, *budgets):
        self.budgets = Budgets(budgets)
        self.families = Families(SentAway(), PodIndex())


async def test_a_pod_that_leaves_settles_a_budget_that_was_listed_anew_before_it():
    """Both watches ended with 410; the budget's list came first, its events in between are lost."""
    setup = DrainSetup(None, Target.node_group("blue"), DrainOptions(), deadline=0.0)
    view, ledger = SeenOnly(), Ledger()
    evictor = Evictor(setup, view, ledger, lambda: None, lambda _: None)
    before, after = budget(allowed=1, version="1"), budget(allowed=1, version="9")
    view.budgets.put(before)
    asked = ledger.see(pod(), 0.0)
    evictor.place(asked)
    ledger.ask(asked, 1.0, Fate.EVICTED)
    evictor.spending.spend(before, asked)
    view.budgets.put(after)
    evictor.budget_changed(after)
    assert evictor.spending.free(after) == 0  # the pod still seems to be there
    evictor.left(ledger.leave(pod(), 2.0))
    assert evictor.spending.free(after) == 1
