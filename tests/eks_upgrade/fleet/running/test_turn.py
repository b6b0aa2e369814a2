"""Turns in a ring: never more at work than the ring allows, whoever looks when."""

import random
from datetime import UTC, datetime, timedelta

from include.eks_upgrade.common.outcome import Done, NotYet
from include.eks_upgrade.fleet.running.turn import AGAIN, RingNow, RingTurn, turn

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)


def mine(place: int, at_once: int = 2, **more: object) -> RingTurn:
    return RingTurn(title="shop", place=place, at_once=at_once, **more)  # type: ignore[arg-type]


def test_the_first_ones_go_at_once_and_the_others_wait() -> None:
    outcomes = [turn(mine(place), RingNow(now=NOW)) for place in range(4)]
    assert [type(one) for one in outcomes] == [Done, Done, NotYet, NotYet]


def test_each_one_that_ends_lets_the_next_one_go() -> None:
    assert isinstance(turn(mine(2), RingNow(now=NOW, ended=1)), Done)
    assert isinstance(turn(mine(3), RingNow(now=NOW, ended=1)), NotYet)


def test_whatever_the_order_of_looks_and_ends_no_more_than_allowed_are_at_work() -> None:
    dice = random.Random(13)
    for _ in range(50):
        size, at_once = dice.randint(1, 12), dice.randint(1, 4)
        waiting, working, ended = set(range(size)), set[int](), 0
        while waiting or working:
            place = dice.choice([*waiting, *working])
            if place in working:
                working.remove(place)
                ended += 1
            elif isinstance(turn(mine(place, at_once), RingNow(now=NOW, ended=ended)), Done):
                waiting.remove(place)
                working.add(place)
            assert len(working) <= at_once
        assert ended == size


def test_a_paused_fleet_waits_also_where_the_turn_has_come() -> None:
    assert isinstance(turn(mine(-1), RingNow(now=NOW, paused="paused by Ada")), NotYet)
    assert isinstance(turn(mine(-1), RingNow(now=NOW)), Done)


def test_it_is_asked_again_when_the_wait_can_end_no_other_way() -> None:
    late = turn(mine(5, latest=NOW), RingNow(now=NOW))
    broken = turn(mine(5, failures=2), RingNow(now=NOW, ended=2, failed=2))
    stopped = turn(mine(5), RingNow(now=NOW, stopped="the fleet is stopped"))
    paused_late = turn(mine(5, latest=NOW), RingNow(now=NOW, paused="paused"))
    for outcome in (late, broken, stopped, paused_late):
        assert isinstance(outcome, Done)
        assert outcome.data == {AGAIN: True}
    early = turn(mine(5, latest=NOW + timedelta(minutes=1)), RingNow(now=NOW))
    assert isinstance(early, NotYet)
