"""The longest round of an event loop is what its thread computed in one go."""

import asyncio
import time

from benchmarks.loop_rounds import Rounds


def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def held(*rounds: tuple[float, ...]) -> None:
    """In each round of the loop so many seconds are computed, one after another."""
    for each in rounds:
        for seconds in each:
            asyncio.get_running_loop().call_soon(compute, seconds)
        await asyncio.sleep(0.001)


def longest(*rounds: tuple[float, ...]) -> float:
    seen = Rounds()
    with asyncio.Runner(loop_factory=seen.loop) as runner:
        runner.run(held(*rounds))
    return seen.longest


def test_what_is_computed_in_one_round_adds_up() -> None:
    assert longest((0.02, 0.03), (0.01,)) >= 0.05


def test_rounds_do_not_add_up() -> None:
    assert 0.02 <= longest((0.02,), (0.02,), (0.02,)) < 0.05


def test_a_loop_that_waits_is_not_held() -> None:
    seen = Rounds()
    with asyncio.Runner(loop_factory=seen.loop) as runner:
        runner.run(asyncio.sleep(0.1))
    assert seen.longest < 0.02
