"""Several results of one drain, as one."""

from collections import Counter
from typing import Any

from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.drain.joined_result import drained_message, joined
from include.eks_upgrade.drain.result import MAX_LISTED_PODS, DrainResult

BUDGET = Obstacle("disruption budget shop/web held pods back", "waiting until it allowed them")


def pod(name: str, gone: str | None = "2026-11-24T03:12:45+00:00", **more: Any) -> dict[str, Any]:
    fate = "evicted" if gone else "still there"
    whole = {"pod": name, "node": "n1", "fate": fate, "asked": gone, "gone": gone}
    return {**whole, "seconds": 2.0 if gone else None, "waited_for": "", **more}


def node(moved: int, seconds: float, *pods: dict[str, Any]) -> dict[str, Any]:
    fates = Counter(each["fate"] for each in pods if each["fate"] != "evicted")
    waits = Counter(each["waited_for"] for each in pods if each["waited_for"])
    told = {"name": "n1", "moved": moved, "seconds": seconds}
    return {**told, "fates": dict(fates), "waits": dict(waits)}


def result(*pods: dict[str, Any], seconds: float = 10.0, **more: Any) -> dict[str, Any]:
    moved = sum(each["gone"] is not None for each in pods)
    return DrainResult(
        moved=moved,
        by_node={"n1": moved},
        seconds=seconds,
        evictions=moved,
        requests=20,
        nodes=(node(moved, seconds if moved else 0.0, *pods),),
        pods=pods,
        **more,
    ).as_json()


def test_one_result_stays_as_it_is() -> None:
    only = result(pod("a"))
    assert joined(None, only) == only


def test_counts_are_added_and_every_pod_is_listed_once() -> None:
    first = result(pod("a"), pod("b", None, waited_for="never_allowed: zero"))
    second = result(pod("b", fate="moved by a restart of its rollout"), seconds=5.0)
    whole = joined(first, second)
    assert (whole["moved"], whole["by_node"], whole["requests"]) == (2, {"n1": 2}, 40)
    assert [(one["pod"], one["fate"]) for one in whole["pods"]] == [
        ("a", "evicted"),
        ("b", "moved by a restart of its rollout"),
    ]
    assert whole["seconds"] == 15.0
    fates, waits = {"moved by a restart of its rollout": 1}, {"never_allowed: zero": 1}
    assert whole["nodes"] == [
        {"name": "n1", "moved": 2, "seconds": 15.0, "fates": fates, "waits": waits}
    ]
    assert set(whole) == set(second)


def test_what_a_pod_waited_for_at_first_still_explains_it() -> None:
    first = result(pod("b", None, waited_for="never_allowed: zero"))
    (known,) = joined(first, result(pod("b")))["pods"]
    assert known["waited_for"] == "never_allowed: zero"
    # A pod that came later under the same name is another one.
    (_, namesake) = joined(result(pod("b", waited_for="budget_full: x")), result(pod("b")))["pods"]
    assert namesake["waited_for"] == ""


def test_an_obstacle_that_both_met_is_named_once() -> None:
    both = result(pod("a"), obstacles=(BUDGET,))
    assert len(joined(both, both)["obstacles"]) == 1


def test_a_node_that_gave_nothing_later_keeps_its_time() -> None:
    whole = joined(result(pod("a"), seconds=10.0), result(seconds=90.0))
    (only,) = whole["nodes"]
    assert (only["moved"], only["seconds"]) == (1, 10.0)


def test_a_pod_that_waited_in_both_is_counted_once_with_its_later_reason() -> None:
    first = result(pod("a", None, waited_for="never_allowed: zero"))
    (only,) = joined(first, result(pod("a", waited_for="budget_full: x")))["nodes"]
    assert only["waits"] == {"budget_full: x": 1}
    assert only["fates"] == {}


def test_a_joined_result_lists_no_more_pods_than_any_other() -> None:
    many = result(*(pod(f"p{n}") for n in range(MAX_LISTED_PODS - 1)))
    whole = joined(many, result(pod("x"), pod("y"), pod("z"), pods_left_out=4))
    assert len(whole["pods"]) == MAX_LISTED_PODS
    assert whole["pods_left_out"] == 4 + 2


def test_a_finished_drain_is_summed_up_in_a_sentence() -> None:
    message = drained_message("node group workers", result(pod("a"), refusals=3))
    assert message == (
        "node group workers drained: 1 pods moved off 1 nodes in 10 s, 3 refused evictions"
    )
