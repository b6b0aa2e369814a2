"""Whose turn it is, told from how far the groups before it have come."""

import itertools

import pytest

from include.eks_upgrade.common.outcome import Done, Failed, NotYet
from include.eks_upgrade.planning.turn import GroupEnd, Turn, turn_outcome

OPEN, REPLACED, STOPPED = GroupEnd.OPEN, GroupEnd.REPLACED, GroupEnd.STOPPED
NAMES = ("canary", "b", "c", "d", "e")


def look(*ends: GroupEnd, at_once: int = 2):
    return turn_outcome(Turn("mine", NAMES[: len(ends)], at_once), ends)


TABLE = [
    pytest.param((), 2, Done, "goes first", id="the canary"),
    pytest.param((OPEN,), 2, NotYet, "until the canary 'canary' is replaced", id="canary at work"),
    pytest.param((OPEN,), 99, NotYet, "canary", id="however many may go at once"),
    pytest.param((REPLACED,), 1, Done, "it is the turn", id="the first behind the canary"),
    pytest.param((REPLACED, OPEN), 2, Done, "beside b", id="the second place is free"),
    pytest.param((REPLACED, OPEN), 1, NotYet, "1 at a time", id="no second place"),
    pytest.param((REPLACED, OPEN, OPEN), 2, NotYet, "b, c", id="both places are taken"),
    pytest.param((REPLACED, REPLACED, OPEN), 2, Done, "beside c", id="a place became free"),
    pytest.param((REPLACED, OPEN, REPLACED, OPEN), 2, NotYet, "b, d", id="and was taken again"),
    pytest.param((REPLACED,) * 5, 1, Done, "it is the turn", id="all before it are replaced"),
    pytest.param((STOPPED,), 2, Failed, "'canary', the canary,", id="the canary was stopped"),
    pytest.param((REPLACED, OPEN, STOPPED), 2, Failed, "'c' was to be", id="one was stopped"),
    pytest.param((STOPPED, STOPPED), 9, Failed, "(and b)", id="several were"),
]


@pytest.mark.parametrize(("ends", "at_once", "kind", "told"), TABLE)
def test_a_turn(ends: tuple[GroupEnd, ...], at_once: int, kind: type, told: str) -> None:
    outcome = look(*ends, at_once=at_once)
    assert isinstance(outcome, kind)
    assert told in outcome.detail


def test_a_group_that_is_held_back_is_told_by_whom_and_how_to_go_on() -> None:
    outcome = look(REPLACED, STOPPED)
    assert "node group 'mine' is not begun: 'b' was to be replaced before it" in outcome.detail
    assert "'mine' is untouched" in outcome.detail
    assert "then repeat the wait for its turn for 'mine'" in outcome.detail


@pytest.mark.parametrize("at_once", [1, 2, 3, 9])
@pytest.mark.parametrize("finishing", list(itertools.permutations(range(4))), ids=str)
def test_in_whatever_order_groups_end_no_more_are_at_work_and_none_waits_for_nothing(
    at_once: int, finishing: tuple[int, ...]
) -> None:
    """Every group looks at every moment; those at work end in any order."""
    names = NAMES[:5]
    ends = [OPEN] * 5
    begun: set[int] = set()
    most = 0
    for wanted in [*finishing, *finishing, *finishing, *finishing, *finishing]:
        for place, name in enumerate(names):
            turn = Turn(name, names[:place], at_once)
            if isinstance(turn_outcome(turn, ends[:place]), Done):
                begun.add(place)
        at_work = {place for place in begun if ends[place] is OPEN}
        most = max(most, len(at_work))
        assert at_work or all(end is REPLACED for end in ends)
        assert len(at_work) <= (1 if 0 in at_work else at_once)
        if wanted + 1 in at_work:
            ends[wanted + 1] = REPLACED
        elif 0 in at_work:
            ends[0] = REPLACED
    assert begun == set(range(5))
    assert ends == [REPLACED] * 5
    assert most == min(at_once, 4)
