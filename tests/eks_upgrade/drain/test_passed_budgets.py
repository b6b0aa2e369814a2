"""What is written on a node before a budget is passed, and read by whoever begins again."""

import pytest

from include.eks_upgrade.drain.eviction.passed_budgets import (
    passed_on,
    read_annotation,
    with_passed,
)
from include.eks_upgrade.drain.ledger import Fate, Ledger
from include.eks_upgrade.drain.result import result_of
from include.eks_upgrade.kube.objects import BUDGETS_PASSED, Node


def node(name: str, text: str = "", *, cordoned: bool = True) -> Node:
    raw = {
        "metadata": {"name": name, "annotations": {BUDGETS_PASSED: text} if text else {}},
        "spec": {"unschedulable": True} if cordoned else {},
    }
    return Node.from_raw(raw)


def test_what_was_passed_is_kept_beside_what_is_about_to_be() -> None:
    text = with_passed("", ["shop/web", "shop/all"], Fate.DELETED)
    text = with_passed(text, ["shop/web"], Fate.RESTARTED)
    assert read_annotation(text) == {
        "shop/web": {Fate.DELETED, Fate.RESTARTED},
        "shop/all": {Fate.DELETED},
    }


def test_the_same_way_twice_changes_nothing() -> None:
    text = with_passed("", ["shop/web"], Fate.DELETED)
    assert with_passed(text, ["shop/web"], Fate.DELETED) == text


UNREADABLE = ["yes", "[]", "7", '{"shop/web": 7}', '{"shop/web": [[]]}', "null"]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_somebody_else_wrote_there_says_nothing(text: str) -> None:
    assert not any(read_annotation(text).values())
    assert read_annotation(with_passed(text, ["shop/web"], Fate.DELETED))["shop/web"] == {
        Fate.DELETED
    }


def test_all_nodes_of_the_drain_are_read_but_none_that_is_not_cordoned() -> None:
    one, other = (with_passed("", [name], Fate.DELETED) for name in ("shop/web", "shop/api"))
    nodes = [node("a", one), node("b", other), node("c"), node("d", one, cordoned=False)]
    assert passed_on(nodes) == {"shop/web": {Fate.DELETED}, "shop/api": {Fate.DELETED}}
    assert passed_on([nodes[-1]]) == {}


def test_the_result_names_what_an_earlier_try_has_passed() -> None:
    ledger = Ledger(passed={"shop/web": {Fate.DELETED}})
    result = result_of(ledger, now=1.0, requests=0, obstacles=())
    (found,) = result.obstacles
    assert found.what == "disruption budget shop/web held pods back"
    assert found.passed_by == "deleting past it"
