"""The garbage collector is told to leave things alone, and nothing stays behind for that."""

import asyncio
import gc
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import dedent

import pytest

from include.eks_upgrade.drain.ledger import PodEntry
from include.eks_upgrade.kube.objects import Pod
from include.rehearsal.workloads import App
from tests.airflow.drain.drain_lab import SOLO, DrainLab, drain_lab

QUICK = App("shop", "web", 6, {"maxUnavailable": 3})


@pytest.fixture(scope="module")
def lab() -> Iterator[DrainLab]:
    with drain_lab(SOLO, QUICK) as made:
        made.begin()
        yield made


@contextmanager
def without_collector() -> Iterator[None]:
    """Nothing is given back but what nobody refers to any more."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def held() -> Counter[str]:
    """How many of the values that a drain has by the thousand are there."""
    return Counter(
        type(each).__name__ for each in gc.get_objects() if type(each) in (Pod, PodEntry)
    )


async def test_of_a_drain_that_ended_nothing_is_left_but_for_the_collector(lab: DrainLab) -> None:
    ask = {"never_allowed": "ask"}
    before = held()
    with without_collector():
        event = await lab.trigger(60, when_blocked=ask).awaited_event()
        await asyncio.sleep(0.05)  # connections say goodbye
        assert event["state"] == "asks"
        assert held() - before == Counter()


async def test_of_a_drain_that_was_cancelled_neither(lab: DrainLab) -> None:
    before = held()
    with without_collector():
        running = asyncio.create_task(lab.trigger(60).awaited_event())
        while not held() - before:  # noqa: ASYNC110 - nothing tells when pods are known
            await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.wait([running])
        del running
        await asyncio.sleep(0.05)
        assert held() - before == Counter()


LATER_PASSES = """
    import gc
    from eks_upgrade_airflow.connection import short_collections

    gc.disable()  # no pass but those asked for
    kept = [[number] for number in range(300_000)]
    short_collections.keep_collections_short()
    frozen = gc.get_freeze_count()
    assert frozen > 300_000, frozen
    kept += [[number] for number in range(300_000)]
    gc.collect()  # the long pass over what has come since
    assert gc.get_freeze_count() > frozen + 300_000, gc.get_freeze_count()
    frozen = gc.get_freeze_count()
    gc.collect()  # a short one freezes nothing
    assert gc.get_freeze_count() == frozen
"""


def test_what_outlives_a_long_pass_is_not_walked_again() -> None:
    environment = os.environ | {"PYTHONPATH": "plugins"}
    subprocess.run([sys.executable, "-c", dedent(LATER_PASSES)], check=True, env=environment)
