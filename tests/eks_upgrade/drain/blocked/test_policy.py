"""What `when_blocked` takes, and what it makes of blocked pods."""

import pytest

from include.eks_upgrade.drain.blocked.model import Block, BlockClass
from include.eks_upgrade.drain.blocked.policy import ALLOWED, Action, check_when_blocked
from include.eks_upgrade.drain.eviction.escalation import Decision, decide
from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.workloads.owner import Owner
from tests.eks_upgrade.drain.builders import pod

NOW = 10_000.0


def block(name="a", kind=BlockClass.NEVER_ALLOWED, since=NOW - 10, **fields):
    owner = Owner("ReplicaSet", f"{name}-1", name)
    one = pod(name, owner=owner, labels={"pod-template-hash": "1"}, **fields)
    return Block(one, kind, "is blocked", at_once=True, since=since)


def options(action, kind=BlockClass.NEVER_ALLOWED, **more):
    return DrainOptions(when_blocked={str(kind): str(action)}, **more)


def ledger_of(blocks, moving=0):
    """These pods are left, and some more that nothing blocks."""
    ledger = Ledger()
    for one in (*blocks, *(block(f"moving-{number}") for number in range(moving))):
        ledger.see(one.pod, 0.0)
    return ledger


def decided(blocks, wanted, ledger=None):
    return decide(blocks, ledger or ledger_of(blocks), wanted, NOW)


@pytest.mark.parametrize("kind", list(BlockClass))
@pytest.mark.parametrize("action", list(Action))
def test_takes_each_action_only_where_it_can_help(kind, action):
    problems = check_when_blocked({str(kind): str(action)}, may_delete=True)
    assert (problems == []) is (action in ALLOWED[kind])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        pytest.param({"never": "wait"}, "use one of budget_full, never_allowed", id="class"),
        pytest.param({"refused": "hope"}, "use one of wait, fail, restart", id="answer"),
        pytest.param({"slow_to_stop": "delete"}, "use one of wait, fail, ask", id="no-help"),
        pytest.param({"refused": "delete"}, "may_delete_blocked_pods", id="not-allowed"),
    ],
)
def test_refuses_what_it_does_not_know_or_may_not_do(wanted, words):
    assert words in str(check_when_blocked(wanted, may_delete=False)[0])


def test_names_every_problem_at_once():
    assert len(check_when_blocked({"x": "y", "refused": "hope"}, may_delete=False)) == 2


def test_waits_when_nothing_is_said():
    assert decided([block()], DrainOptions()) == Decision()


def test_fails_naming_every_pod_of_the_class():
    blocks = [block("a"), block("b"), block("c", BlockClass.REFUSED)]
    assert decided(blocks, options("fail")).fail == tuple(blocks[:2])


@pytest.mark.parametrize(
    ("moving", "asked"),
    [pytest.param(0, True, id="nothing-moves"), pytest.param(1, False, id="another-pod-moves")],
)
def test_asks_a_person_only_when_nothing_moves_any_more(moving, asked):
    blocks = [block("a"), block("b", BlockClass.BUDGET_FULL)]
    assert bool(decided(blocks, options("ask"), ledger_of(blocks, moving)).ask) is asked


def test_does_not_ask_while_a_workload_without_a_budget_still_goes_on():
    blocks = [block("a"), block("b", BlockClass.WORKLOAD_UNREADY)]
    assert decided(blocks, options("ask")).ask == ()
    both = DrainOptions(when_blocked={"never_allowed": "ask", "workload_unready": "ask"})
    assert len(decided(blocks, both).ask) == 2


def test_does_not_ask_while_a_restart_is_on_its_way():
    wanted = DrainOptions(when_blocked={"never_allowed": "restart", "refused": "ask"})
    blocks = [block("a"), block("b", BlockClass.REFUSED)]
    assert decided(blocks, wanted).ask == ()
    ledger = ledger_of(blocks)
    ledger.workload(blocks[0].pod).restart_note = "it is paused"
    assert decided(blocks, wanted, ledger).ask == (blocks[1],)


def test_restarts_each_deployment_once_and_looks_again_after_a_pause():
    blocks = [block("a"), block("a"), block("b")]
    ledger = ledger_of(blocks)
    ledger.workload(blocks[2].pod).restart_tried_at = NOW - 1
    assert decided(blocks, options("restart"), ledger).restart == (blocks[1],)


@pytest.mark.parametrize(
    ("since", "last", "may", "deleted"),
    [
        pytest.param(NOW - 1801, float("-inf"), True, True, id="long-enough"),
        pytest.param(NOW - 1799, float("-inf"), True, False, id="not-long-enough"),
        pytest.param(NOW - 1801, NOW - 59, True, False, id="within-the-pause"),
        pytest.param(NOW - 1801, NOW - 61, True, True, id="after-the-pause"),
        pytest.param(NOW - 9999, float("-inf"), False, False, id="not-allowed"),
    ],
)
def test_deletes_one_pod_at_a_time_after_a_while_and_only_if_allowed(since, last, may, deleted):
    wanted = options("delete", may_delete_blocked_pods=may)
    blocks = [block("a", since=since), block("b", since=since)]
    ledger = ledger_of(blocks)
    ledger.deleted_at = last
    chosen = decided(blocks, wanted, ledger).delete
    assert chosen == (blocks[0] if deleted else None)


def test_never_deletes_a_pod_that_is_stopping_already():
    wanted = options("delete", may_delete_blocked_pods=True, delete_blocked_after_minutes=0)
    assert decided([block(terminating=True)], wanted).delete is None
