"""Which budgets cover a pod, and whether they have a say in its eviction."""

from dataclasses import replace

import pytest

from include.eks_upgrade.drain.budgets import Budgets, covers_others, is_protected
from tests.eks_upgrade.drain.builders import budget, pod


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


SELECTORS = [
    pytest.param(None, {}, False, id="no-selector-selects-nothing"),
    pytest.param({}, {"a": "1"}, True, id="empty-selector-selects-all"),
    pytest.param({"matchLabels": {"a": "1"}}, {"a": "1", "b": "2"}, True, id="label-agrees"),
    pytest.param({"matchLabels": {"a": "1", "b": "2"}}, {"a": "1"}, False, id="one-of-two"),
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
]


@pytest.mark.parametrize(("selector", "labels", "covered"), SELECTORS)
def test_covers_what_its_selector_selects(selector, labels, covered):
    one, other = budget(selector=selector), pod(labels=labels)
    assert one.covers(other) is covered
    assert Budgets([one]).over(other) == ([one] if covered else [])


def test_never_covers_a_pod_of_another_namespace():
    assert not Budgets([budget(selector={})]).over(pod(namespace="other"))


def test_a_budget_that_changes_its_selector_covers_other_pods_from_then_on():
    a, b = pod(labels={"a": "1"}), pod(labels={"a": "2"})
    first = budget(selector={"matchLabels": {"a": "1"}})
    counted, moved = replace(first, allowed=1), replace(first, selector={"matchLabels": {"a": "2"}})
    assert not covers_others(first, counted)
    assert covers_others(counted, moved)
    budgets = Budgets([first])
    budgets.put(counted)
    assert (budgets.over(a), budgets.over(b)) == ([counted], [])
    budgets.put(moved)
    assert (budgets.over(a), budgets.over(b)) == ([], [moved])
    budgets.drop(moved)
    assert budgets.over(b) == []
