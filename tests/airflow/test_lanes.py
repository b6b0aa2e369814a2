"""Each account has threads of its own: one that is throttled takes those of no other."""

import asyncio
import contextvars
import threading
from collections.abc import Iterator

import pytest
from eks_upgrade_airflow.connection import shared_looks
from eks_upgrade_airflow.connection.lanes import Lane, in_aws_thread
from eks_upgrade_airflow.connection.shared_looks import shared_look

SECONDS = 10.0
"""Longer than anything here takes; who waits for so long hangs."""


@pytest.fixture(autouse=True)
def no_answers() -> Iterator[None]:
    shared_looks.forget()
    yield
    shared_looks.forget()


async def test_an_account_whose_calls_hang_does_not_keep_another_from_asking() -> None:
    answers = threading.Event()

    def hang() -> str:
        answers.wait(SECONDS)
        return "late"

    many = 3 * Lane.ACCESS.value
    hanging = [asyncio.ensure_future(in_aws_thread("throttled", hang)) for _ in range(many)]
    async with asyncio.timeout(SECONDS):
        assert await in_aws_thread("calm", lambda: "at once") == "at once"
        looks = in_aws_thread("throttled", lambda: "beside", Lane.HEALTH)
        assert await looks == "beside"
        assert not any(each.done() for each in hanging)
        answers.set()
        assert await asyncio.gather(*hanging) == ["late"] * many


async def test_the_looks_beside_the_waits_of_an_account_are_two_at_a_time() -> None:
    lock, now, most = threading.Lock(), [0], [0]
    two = threading.Barrier(2, timeout=SECONDS)

    def look() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        two.wait()
        with lock:
            now[0] -= 1

    await asyncio.gather(*(in_aws_thread("busy", look, Lane.HEALTH) for _ in range(8)))
    assert most[0] == Lane.HEALTH.value


async def test_a_thread_has_the_callers_context() -> None:
    run_id = contextvars.ContextVar("run_id", default="none")
    run_id.set("manual__1")
    assert await in_aws_thread("one", run_id.get) == "manual__1"


async def test_what_a_call_raises_reaches_its_caller() -> None:
    def refuse() -> None:
        raise PermissionError("not allowed")

    with pytest.raises(PermissionError, match="not allowed"):
        await in_aws_thread("one", refuse)


def test_an_answer_is_shared_while_it_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = [0.0], list[float]()
    monkeypatch.setattr(shared_looks, "seconds", lambda: clock[0])

    def ask() -> float:
        asked.append(clock[0])
        return clock[0]

    for moment, answer in ((0.0, 0.0), (29.0, 0.0), (30.0, 30.0), (59.0, 30.0), (61.0, 61.0)):
        clock[0] = moment
        assert shared_look("group", 30.0, ask) == answer
    assert asked == [0.0, 30.0, 61.0]
    assert shared_look("another", 30.0, ask) == 61.0
    assert len(asked) == 4


def test_an_error_is_nobody_elses_and_the_next_asks_again() -> None:
    def fail() -> str:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        shared_look("group", 30.0, fail)
    assert shared_look("group", 30.0, lambda: "there") == "there"


def test_an_answer_that_is_forgotten_is_asked_for_again() -> None:
    answers = iter(["first", "second"])
    assert shared_look("endpoint", 3600.0, lambda: next(answers)) == "first"
    assert shared_look("endpoint", 3600.0, lambda: next(answers)) == "first"
    shared_looks.forget("endpoint")
    assert shared_look("endpoint", 3600.0, lambda: next(answers)) == "second"


async def test_who_asks_while_it_is_asked_gets_that_answer() -> None:
    asked, go = list[int](), threading.Event()
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> str:
        asked.append(1)
        loop.call_soon_threadsafe(begun.set)
        go.wait(SECONDS)
        return "one answer"

    both = [
        asyncio.ensure_future(in_aws_thread("one", lambda: shared_look("group", 30.0, ask)))
        for _ in range(2)
    ]
    await asyncio.wait_for(begun.wait(), SECONDS)
    go.set()
    assert await asyncio.gather(*both) == ["one answer"] * 2
    assert len(asked) == 1
