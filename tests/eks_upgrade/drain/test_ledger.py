"""What is known of each pod, from being met to having gone."""

from include.eks_upgrade.drain.blocked.model import Block, BlockClass
from include.eks_upgrade.drain.filters import filter_pod
from include.eks_upgrade.drain.ledger import Fate, Ledger
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.drain.order.precedence import Precedence
from include.eks_upgrade.kube.workloads.owner import Owner
from tests.eks_upgrade.drain.builders import pod

DB = Owner("StatefulSet", "db", "u")


def test_a_namesake_with_another_uid_is_another_pod():
    ledger = Ledger()
    ledger.see(pod(uid="old"), 0.0)
    ledger.leave(pod(uid="old"), 1.0)
    assert (ledger.moved(), ledger.to_move()) == ({"blue-0": 1}, {"blue-0": 1})
    ledger.see(pod(uid="new", node="blue-1"), 2.0)
    assert ledger.to_move() == {"blue-0": 1, "blue-1": 1}


def test_a_pod_nobody_asked_for_left_by_itself():
    ledger = Ledger()
    ledger.see(pod("a"), 0.0)
    ledger.ask(ledger.see(pod("b"), 0.0), 1.0, Fate.EVICTED)
    assert [ledger.leave(pod(name), 2.0).fate for name in "ab"] == [Fate.BY_ITSELF, Fate.EVICTED]


def test_a_pod_whose_rollout_was_restarted_was_moved_by_that():
    ledger = Ledger()
    entry = ledger.see(pod("db-0", owner=DB), 0.0)
    entry.workload.restarted = True
    ledger.leave(pod("db-0", owner=DB), 2.0)
    assert entry.fate is Fate.RESTARTED


def test_a_pod_that_was_never_awaited_leaves_nothing_behind():
    ledger = Ledger()
    assert ledger.leave(pod(), 1.0) is None
    assert (ledger.entries, ledger.moved()) == ({}, {})


def test_a_pod_that_comes_back_into_the_drain_is_there_again():
    ledger = Ledger()
    ledger.see(pod(), 0.0)
    ledger.leave(pod(), 1.0)
    again = ledger.see(pod(), 2.0)
    assert (again.gone_at, list(ledger.present), ledger.moved()) == (None, ["web-1"], {})


def test_a_daemonsets_pod_that_stays_counts_until_it_leaves_or_has_to():
    ledger = Ledger()
    for name in ("a", "b", "c"):
        ledger.stay(pod(name))
    ledger.leave(pod("a"), 1.0)
    ledger.see(pod("b"), 1.0)
    assert ledger.staying == {"c"}


def test_cluster_critical_pods_wait_for_the_others_unless_those_are_stuck():
    ledger = Ledger(began=0.0)
    ledger.see(pod("ordinary"), 0.0)
    ledger.see(pod("dns", priority=2_000_000_000), 0.0)
    assert not ledger.is_turn_of(Precedence.CRITICAL, 10.0, patience=30.0)
    assert ledger.is_turn_of(Precedence.CRITICAL, 31.0, patience=30.0)
    ledger.leave(pod("ordinary"), 32.0)
    assert ledger.is_turn_of(Precedence.CRITICAL, 32.0, patience=30.0)


def test_counts_replacements_that_come_back_to_the_nodes():
    ledger = Ledger()
    first = ledger.see(pod("db-0", uid="1", owner=DB), 0.0)
    ledger.see(pod("db-1", uid="2", owner=DB), 0.0)
    assert first.workload.returned == 0
    ledger.ask(first, 1.0, Fate.EVICTED)
    ledger.leave(first.pod, 2.0)
    ledger.see(pod("db-0", uid="3", owner=DB), 3.0)
    assert ledger.workloads["StatefulSet shop/db"].returned == 1


def test_a_replacement_that_comes_while_the_old_pod_still_stops_has_come_back_too():
    ledger = Ledger()
    first = ledger.see(pod("db-0", uid="1", owner=DB), 0.0)
    ledger.ask(first, 1.0, Fate.EVICTED)
    ledger.see(pod("db-1", uid="2", owner=DB), 2.0)
    assert first.workload.returned == 1


def test_pods_of_nobody_are_no_replacements_of_each_other():
    ledger = Ledger()
    first = ledger.see(pod("debug", uid="1"), 0.0)
    ledger.ask(first, 1.0, Fate.EVICTED)
    ledger.see(pod("shell", uid="2"), 2.0)
    assert first.workload.returned == 0


def test_a_refusal_of_the_filters_lasts_until_the_pod_may_go():
    ledger, late = Ledger(), pod(empty_dir=True, owner=DB)
    entry = ledger.see(late, 0.0, filter_pod(late, set(), DEFAULTS))
    assert entry.refusal.refused[0].parameter == "delete_emptydir_data"
    ledger.see(late, 1.0)
    assert entry.refusal is None


def test_the_same_cause_goes_on_although_its_text_changes():
    ledger = Ledger()
    entry = ledger.see(pod(), 0.0)
    for now, text in ((1.0, "has 2 of 3"), (5.0, "has 1 of 3")):
        ledger.set_block(entry, Block(pod(), BlockClass.BUDGET_FULL, text), now)
    assert (entry.block.since, entry.block.text) == (1.0, "has 1 of 3")
    ledger.set_block(entry, Block(pod(), BlockClass.REFUSED, "no"), 9.0)
    assert entry.block.since == 9.0


def test_stopping_does_not_hide_what_a_pod_had_waited_for():
    ledger = Ledger()
    entry = ledger.see(pod(), 0.0)
    for cause in (BlockClass.BUDGET_FULL, BlockClass.SLOW_TO_STOP):
        ledger.set_block(entry, Block(pod(), cause, "why"), 1.0)
    ledger.set_block(entry, None, 2.0)
    assert (entry.block, entry.waited_for.cause) == (None, BlockClass.BUDGET_FULL)
