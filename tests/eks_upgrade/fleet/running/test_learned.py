"""What earlier upgrades teach: how long the next one of a cluster may take."""

from typing import Any

import pytest

from include.eks_upgrade.fleet.running.learned import (
    learn,
    learned_text,
    minutes_by_arn,
    read_learned,
)


def left(arn: str = "a", **changes: Any) -> dict[str, Any]:
    """What an upgrade of one minor leaves that began at 0 and took half an hour."""
    whole = {"arn": arn, "outcome": "healthy", "began": 60.0, "ended": 1860.0, "runs": ["r"]}
    return whole | changes


def test_an_upgrade_that_was_seen_whole_is_learned_from() -> None:
    assert minutes_by_arn(learn({}, "one", [left(), left("b", ended=660.0)])) == {
        "a": (30.0,), "b": (10.0,),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(100, 84.0, id="one has replaced the nodes, the others were short"),
        pytest.param(18, 6.0, id="quicker than any control plane: each has its share"),
    ],
)
def test_of_several_minors_the_longest_that_one_can_have_taken_counts(
    minutes: float, expected: float
) -> None:
    way = left(runs=["1.33", "1.34", "1.35"], ended=60.0 + minutes * 60)
    assert minutes_by_arn(learn({}, "one", [way])) == {"a": (expected,)}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"outcome": "failed"}, id="failed"),
        pytest.param({"outcome": "unhealthy"}, id="unhealthy"),
        pytest.param({"began": None}, id="joined, so that nobody saw its beginning"),
        pytest.param({"runs": []}, id="nothing was run"),
        pytest.param({"ended": None}, id="without an end"),
    ],
)
def test_what_was_not_seen_whole_teaches_nothing(changes: dict[str, Any]) -> None:
    assert learn({}, "one", [left(**changes)]) == {}


def test_a_ring_that_is_judged_again_counts_once() -> None:
    known = learn({}, "one", [left()])
    assert learn(known, "one", [left()]) == known


def test_the_last_five_count() -> None:
    known = {}
    for number in range(1, 8):
        known = learn(known, str(number), [left(ended=60.0 + number * 60)])
    assert minutes_by_arn(known) == {"a": (3.0, 4.0, 5.0, 6.0, 7.0)}


def test_what_is_kept_is_read_back() -> None:
    known = learn({}, "one", [left()])
    assert read_learned(learned_text(known)) == known


@pytest.mark.parametrize("text", [None, "", "no JSON", "[]", '{"a": 1}', '{"a": {"r": "x"}}'])
def test_a_text_that_cannot_be_read_is_nothing_known(text: str | None) -> None:
    assert read_learned(text) == {}
