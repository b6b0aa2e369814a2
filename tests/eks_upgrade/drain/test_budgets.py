"""Which pod may go now, and the words for each that may not."""

import pytest

from include.eks_upgrade.drain.budgets import Budgets, Cause, explain, is_protected, ready_to_go
from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.kube.eviction import Blocked, Evicted
from include.eks_upgrade.kube.objects import Budget, Owner, Pod

ALL = {"matchLabels": {}}


def pod(name="web-1", **fields):
    return Pod(**{"namespace": "shop", "name": name, "uid": name, "node": "blue-0", **fields})


def budget(name="web", **fields):
    plain = {"allowed": 0, "healthy": 2, "desired": 2, "expected": 3, "limit": "minAvailable 2"}
    return Budget(**{"namespace": "shop", "name": name, "selector": ALL, **plain, **fields})


@pytest.mark.parametrize(
    ("pod_", "budgets", "cause", "words"),
    [
        pytest.param(
            pod(), [budget()], Cause.WILL_PASS, "needs 2 healthy and has 2 of 3", id="will-pass"
        ),
        pytest.param(
            pod(owner=Owner("ReplicaSet", "db-768bcc")),
            [budget("never", healthy=1, desired=1, expected=1, limit="maxUnavailable 0")],
            Cause.NEVER,
            "rollout restart deployment/db",
            id="max-unavailable-0",
        ),
        pytest.param(
            pod(),
            [budget(healthy=3, desired=3)],
            Cause.NEVER,
            "loosen budget shop/web",
            id="min-available-is-all-replicas",
        ),
        pytest.param(
            pod(ready=False, waiting="CrashLoopBackOff"),
            [budget(healthy=0, desired=1, expected=2)],
            Cause.CRASH_LOOPING,
            "unhealthyPodEvictionPolicy: AlwaysAllow",
            id="crash-looping",
        ),
        pytest.param(
            pod(), [budget("a"), budget("b")], Cause.TWO_BUDGETS, "shop/a, shop/b", id="two-budgets"
        ),
        pytest.param(pod(terminating=True), [], Cause.TERMINATING, "finalizers", id="terminating"),
    ],
)
def test_explains_what_holds_a_pod(pod_, budgets, cause, words):
    hold = explain(pod_, Budgets(budgets))
    assert hold.cause is cause
    assert words in str(hold)
    assert "shop/web-1 on blue-0" in str(hold)


def test_shows_the_servers_words_when_no_budget_explains_a_refusal():
    hold = explain(pod(), Budgets([]), 'admission webhook "x" denied the request')
    assert hold.cause is Cause.OTHER
    assert 'webhook "x" denied' in str(hold)


def test_nothing_holds_a_pod_that_its_budget_allows():
    assert explain(pod(), Budgets([budget(allowed=1)])) is None


@pytest.mark.parametrize(
    ("pod_", "budget_", "protected"),
    [
        pytest.param(pod(), budget(), True, id="ready"),
        pytest.param(pod(phase="Succeeded", ready=False), budget(), False, id="finished"),
        pytest.param(pod(phase="Pending", ready=False), budget(), False, id="pending"),
        pytest.param(pod(ready=False), budget(), False, id="unready-and-enough-without-it"),
        pytest.param(pod(ready=False), budget(healthy=1), True, id="unready-and-too-few"),
        pytest.param(
            pod(ready=False),
            budget(healthy=1, unhealthy_policy="AlwaysAllow"),
            False,
            id="unready-always-allowed",
        ),
        pytest.param(
            pod(ready=False), budget(healthy=0, desired=0), True, id="unready-and-none-desired"
        ),
    ],
)
def test_knows_which_pods_a_budget_protects(pod_, budget_, protected):
    assert is_protected(pod_, budget_) is protected


@pytest.mark.parametrize(
    ("selector", "labels", "covered"),
    [
        pytest.param(None, {}, False, id="no-selector-selects-nothing"),
        pytest.param({}, {"a": "1"}, True, id="empty-selector-selects-all"),
        pytest.param({"matchLabels": {"a": "1"}}, {"a": "2"}, False, id="label-differs"),
        pytest.param(
            {"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]},
            {"a": "1"},
            True,
            id="in",
        ),
        pytest.param(
            {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]},
            {},
            True,
            id="absent-is-not-in",
        ),
        pytest.param(
            {"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {}, False, id="exists"
        ),
        pytest.param(
            {"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {}, True, id="absent"
        ),
    ],
)
def test_covers_what_its_selector_selects(selector, labels, covered):
    assert budget(selector=selector).covers(pod(labels=labels)) is covered


def test_never_covers_a_pod_of_another_namespace():
    assert not budget(selector={}).covers(pod(namespace="other"))


def test_chooses_one_pod_per_free_disruption_and_counts_those_in_flight():
    pods = [pod(f"web-{n}") for n in range(4)]
    budgets = Budgets([budget(allowed=3)])
    assert ready_to_go(pods, budgets, {"shop/web": 1}) == pods[:2]


def test_an_accepted_eviction_spends_its_budget_until_the_counts_show_it():
    ledger, one = Ledger(), pod()
    ledger.see([one])
    ledger.ask(one, Budgets([budget(allowed=1, version="1")]))
    ledger.settle(one, Evicted(), now=0.0)
    assert ledger.in_flight(Budgets([budget(allowed=1, version="1")])) == {"shop/web": 1}
    shown = budget(allowed=0, version="2", disrupted=frozenset({"web-1"}))
    assert ledger.in_flight(Budgets([shown])) == {}


def test_a_refused_pod_is_left_in_peace_for_longer_and_longer_up_to_ten_seconds():
    ledger, one, now, pauses = Ledger(), pod(), 0.0, []
    ledger.see([one])
    for _ in range(6):
        ledger.ask(one, Budgets([]))
        ledger.settle(one, Blocked("no"), now)
        pauses.append(ledger.next_try(now))
        assert ledger.candidates(now) == []
        now += pauses[-1]
        assert ledger.candidates(now) == [one]
    assert pauses == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert ledger.refusals == 6


def test_a_namesake_with_another_uid_is_another_pod():
    ledger = Ledger()
    ledger.see([pod(uid="old")])
    ledger.see([])
    assert (ledger.moved(), ledger.to_move()) == ({"blue-0": 1}, {"blue-0": 1})
