"""What the ledger and the view together say of a pod that waits."""

from types import SimpleNamespace

import pytest

from include.eks_upgrade.common.time.clock import RealClock
from include.eks_upgrade.drain.blocked.inspector import BlockInspector
from include.eks_upgrade.drain.blocked.model import BlockClass, BudgetState
from include.eks_upgrade.drain.eviction.turns import Held
from include.eks_upgrade.drain.filters import filter_pod
from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.workloads.owner import Owner
from tests.eks_upgrade.drain.builders import budget, pod

DB = {"owner": Owner("StatefulSet", "db", "u")}
PENDING = pod("db-9", node="", phase="Pending", ready=False, unschedulable="Insufficient cpu", **DB)


class View:
    """The part of a view that is looked at to explain a pod."""

    def __init__(self, *budgets, pending=()):
        self.targets = {}
        self._states = {str(each): BudgetState(each) for each in budgets}
        self._pending = pending

    async def budget_states(self, _):
        return self._states

    def unschedulable_of(self, _pod):
        return self._pending


class HoldsNobody:
    """An evictor for which no workload holds a pod back, unless a sentence is given."""

    def __init__(self, shortage="", moved_by_restart=False, held=None):
        self.turns = SimpleNamespace(holds=lambda _entry: held)
        self.rolling = SimpleNamespace(shortage=lambda _entry: shortage)
        self.singles = SimpleNamespace(holds=lambda _entry: moved_by_restart)


async def inspected(ledger, view=None, *, flags=False, evictor=None):
    setup = DrainSetup(
        None, Target.node_group("blue"), DEFAULTS, deadline=0.0, clock=RealClock(), flags=flags
    )
    return await BlockInspector(setup, view or View(), ledger, evictor or HoldsNobody()).inspect()


async def test_a_pod_that_may_go_is_blocked_by_nothing():
    ledger = Ledger()
    ledger.see(pod(), 0.0)
    assert await inspected(ledger) == []


async def test_what_blocks_a_pod_stands_in_its_entry():
    ledger, full = Ledger(), budget()
    entry = ledger.see(pod(), 0.0)
    entry.budgets = (str(full),)
    (found,) = await inspected(ledger, View(full))
    assert found is entry.block
    assert (found.cause, found.budgets) == (BlockClass.BUDGET_FULL, ("shop/web",))


@pytest.mark.parametrize("held", [Held.WINDOW, Held.JOB])
async def test_nothing_blocks_a_pod_that_is_not_asked_to_go_yet(held):
    ledger, full = Ledger(), budget()
    entry = ledger.see(pod(), 0.0)
    entry.budgets = (str(full),)
    assert await inspected(ledger, View(full), evictor=HoldsNobody(held=held)) == []


async def test_a_pod_that_came_late_and_may_not_be_moved_says_what_would_allow_it():
    ledger, late = Ledger(), pod(empty_dir=True, **DB)
    ledger.see(late, 0.0, filter_pod(late, set(), DEFAULTS))
    for flags, way in ((False, "set delete_emptydir_data"), (True, "give --delete-emptydir-data")):
        (found,) = await inspected(ledger, flags=flags)
        assert (found.cause, found.at_once) == (BlockClass.REFUSED, True)
        assert found.text.startswith("came late and has an emptyDir volume")
        assert way in found.remedy


async def test_a_single_replacement_on_the_old_nodes_may_be_chance_but_not_two():
    ledger = Ledger()
    entry = ledger.see(pod("db-0", **DB), 0.0)
    entry.workload.returned = 1
    assert await inspected(ledger) == []
    entry.workload.returned = 2
    (found,) = await inspected(ledger)
    assert found.cause is BlockClass.NOWHERE_TO_GO


async def test_pods_without_a_node_are_named_only_where_no_budget_speaks_for_the_workload():
    ledger, roomy = Ledger(), budget(allowed=1)
    entry = ledger.see(pod("db-0", **DB), 0.0)
    entry.budgets = (str(roomy),)
    view = View(roomy, pending=(PENDING,))
    assert await inspected(ledger, view) == []
    entry.workload.restarted = True
    (found,) = await inspected(ledger, view)
    assert "shop/db-9 of the same workload finds no node" in found.text


async def test_why_a_restart_does_not_help_stands_beside_the_remedy():
    ledger, full = Ledger(), budget()
    entry = ledger.see(pod("db-0", **DB), 0.0)
    entry.budgets, entry.workload.restart_note = (str(full),), "it is not a Deployment's"
    (found,) = await inspected(ledger, View(full))
    assert "a restart does not help: it is not a Deployment's" in found.remedy


async def test_a_pod_whose_workload_misses_too_many_says_how_many():
    ledger = Ledger()
    ledger.see(pod(**DB), 0.0)
    short = "StatefulSet shop/db has 2 of 3 pods Ready and keeps 2"
    (found,) = await inspected(ledger, evictor=HoldsNobody(short))
    assert (found.cause, found.text) == (BlockClass.WORKLOAD_UNREADY, short)


async def test_a_pod_that_a_restart_moves_is_not_blocked_by_its_budget():
    ledger, full = Ledger(), budget()
    ledger.see(pod(**DB), 0.0).budgets = (str(full),)
    assert await inspected(ledger, View(full), evictor=HoldsNobody(moved_by_restart=True)) == []
