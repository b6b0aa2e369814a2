"""Nobody computes for long in one go: tested by the order in which things happen."""

import asyncio

import pytest

from include.eks_upgrade.common import event_loop
from include.eks_upgrade.common.event_loop import Slices, loop_turn


async def ticking(ticks: list[int]) -> None:
    """Everybody else: counts the rounds of the event loop."""
    while True:
        ticks.append(1)
        await asyncio.sleep(0)


async def test_between_two_who_compute_the_others_get_their_turn():
    ticks: list[int] = []
    rounds: list[int] = []

    async def compute() -> None:
        async with loop_turn():
            rounds.append(len(ticks))

    others = asyncio.create_task(ticking(ticks))
    await asyncio.gather(*(compute() for _ in range(30)))
    others.cancel()
    assert len(set(rounds)) == 30, "two of them had the same round of the loop"


async def test_who_holds_the_turn_keeps_it_while_others_want_it():
    order: list[str] = []

    async def compute(name: str) -> None:
        async with loop_turn():
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(compute("a"), compute("b"))
    assert order == ["a begins", "a ends", "b begins", "b ends"]


async def test_the_turn_is_given_back_by_one_who_fails_or_is_cancelled():
    async def fail() -> None:
        async with loop_turn():
            await asyncio.sleep(0)
            raise ValueError

    failing, cancelled = asyncio.create_task(fail()), asyncio.create_task(fail())
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(failing, cancelled, return_exceptions=True)
    async with asyncio.timeout(1), loop_turn():
        pass


def test_each_event_loop_has_a_turn_of_its_own():
    async def compute() -> str:
        async with loop_turn():
            return "done"

    assert [asyncio.run(compute()) for _ in range(3)] == ["done"] * 3


@pytest.mark.parametrize(
    ("slice_seconds", "interrupted"),
    [pytest.param(0.0, True, id="used up"), pytest.param(60.0, False, id="hardly begun")],
)
async def test_a_long_computation_is_interrupted_when_its_slice_is_used_up(
    slice_seconds: float, interrupted: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(event_loop, "SLICE_SECONDS", slice_seconds)
    ticks: list[int] = []
    others = asyncio.create_task(ticking(ticks))
    slices = Slices()
    for _ in range(10):
        await slices.pause()
    others.cancel()
    assert (len(ticks) >= 10) is interrupted
