"""What `when_blocked` takes, and what it makes of blocked pods."""

import pytest

from include.eks_upgrade.drain.blocked.model import BlockClass, Hold
from include.eks_upgrade.drain.blocked.policy import ALLOWED, Answer, check_when_blocked
from include.eks_upgrade.drain.eviction.escalation import Decision, Forced, decide
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.objects import Owner
from tests.eks_upgrade.drain.builders import pod

NOW = 10_000.0


def hold(name="a", kind=BlockClass.NEVER_ALLOWED, since=NOW - 10, **fields):
    owner = Owner("ReplicaSet", f"{name}-1", name)
    one = pod(name, owner=owner, labels={"pod-template-hash": "1"}, **fields)
    return Hold(one, kind, "is held", at_once=True, since=since)


def options(answer, kind=BlockClass.NEVER_ALLOWED, **more):
    return DrainOptions(when_blocked={str(kind): str(answer)}, **more)


def decided(holds, wanted, *, left=None, forced=None):
    return decide(holds, len(holds) if left is None else left, wanted, forced or Forced(), NOW)


@pytest.mark.parametrize("kind", list(BlockClass))
@pytest.mark.parametrize("answer", list(Answer))
def test_takes_each_answer_only_where_it_can_help(kind, answer):
    problems = check_when_blocked({str(kind): str(answer)}, may_delete=True)
    assert (problems == []) is (answer in ALLOWED[kind])


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


def test_tells_every_problem_at_once():
    assert len(check_when_blocked({"x": "y", "refused": "hope"}, may_delete=False)) == 2


def test_waits_when_nothing_is_said():
    assert decided([hold()], DrainOptions()) == Decision()


def test_fails_naming_every_pod_of_the_class():
    holds = [hold("a"), hold("b"), hold("c", BlockClass.REFUSED)]
    assert decided(holds, options("fail")).fail == tuple(holds[:2])


@pytest.mark.parametrize(
    ("left", "asked"),
    [pytest.param(2, True, id="nothing-moves"), pytest.param(3, False, id="another-pod-moves")],
)
def test_asks_a_person_only_when_nothing_moves_any_more(left, asked):
    holds = [hold("a"), hold("b", BlockClass.BUDGET_FULL)]
    assert bool(decided(holds, options("ask"), left=left).ask) is asked


def test_does_not_ask_while_a_restart_is_on_its_way():
    wanted = DrainOptions(when_blocked={"never_allowed": "restart", "refused": "ask"})
    holds = [hold("a"), hold("b", BlockClass.REFUSED)]
    assert decided(holds, wanted).ask == ()
    given_up = Forced(notes={holds[0].pod.family: "it is paused"})
    assert decided(holds, wanted, forced=given_up).ask == (holds[1],)


def test_restarts_each_deployment_once_and_looks_again_after_a_pause():
    holds = [hold("a"), hold("a"), hold("b")]
    looked = Forced(looked_at={holds[2].pod.family: NOW - 1})
    assert decided(holds, options("restart"), forced=looked).restart == (holds[1],)


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
    holds = [hold("a", since=since), hold("b", since=since)]
    chosen = decided(holds, wanted, forced=Forced(deleted_at=last)).delete
    assert chosen == (holds[0] if deleted else None)


def test_never_deletes_a_pod_that_is_stopping_already():
    wanted = options("delete", may_delete_blocked_pods=True, delete_blocked_after_minutes=0)
    assert decided([hold(terminating=True)], wanted).delete is None
