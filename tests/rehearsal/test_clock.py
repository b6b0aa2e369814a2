"""The clock of the rehearsal: its speed may change at any moment, and time goes on from there."""

from include.rehearsal.clock import SimClock


def test_time_that_is_stopped_stays_where_it_is() -> None:
    clock = SimClock(speed=1e9, start=1000.0)
    while clock.now() < 2000.0:
        pass
    clock.speed = 0.0
    stopped = clock.now()
    assert stopped >= 2000.0
    assert clock.now() == stopped
    clock.advance(60)
    assert clock.now() == stopped + 60
    clock.speed = 1e-9
    assert 0 <= clock.now() - (stopped + 60) < 1


def test_an_event_may_let_time_run_again() -> None:
    clock = SimClock(start=1000.0)
    clock.later(60, lambda: setattr(clock, "speed", 1e-9))
    clock.advance(90)
    assert clock.speed == 1e-9
    assert 0 <= clock.now() - 1090.0 < 1
