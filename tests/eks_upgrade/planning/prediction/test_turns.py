"""The canary goes by itself, then so many at a time, in the plan's order."""

from typing import Any

import pytest

from include.eks_upgrade.planning.prediction.turns import in_turns

TURNS: list[Any] = [
    pytest.param([], 1, (), 5.0, id="no group"),
    pytest.param([10.0], 2, (5.0,), 15.0, id="a single group"),
    pytest.param([10.0, 20.0, 30.0], 1, (5.0, 15.0, 35.0), 65.0, id="one after the other"),
    pytest.param([10.0, 20.0, 30.0, 5.0], 2, (5.0, 15.0, 15.0, 35.0), 45.0, id="two at a time"),
    pytest.param([10.0, 20.0, 30.0], 9, (5.0, 15.0, 15.0), 45.0, id="all behind the canary"),
    pytest.param([10.0, None, 3.0], 2, (5.0, None, None), None, id="one that does not end"),
    pytest.param([None, 3.0], 2, (5.0, None), None, id="a canary that does not end"),
]


@pytest.mark.parametrize(("minutes", "at_once", "begins", "end"), TURNS)
def test_groups_take_turns(minutes: Any, at_once: int, begins: Any, end: float | None) -> None:
    assert in_turns(minutes, 5.0, at_once) == (begins, end)
