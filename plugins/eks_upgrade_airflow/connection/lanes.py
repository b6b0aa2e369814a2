"""Threads in which AWS is asked for those who wait: each account, role and region has its own.

A throttled call is repeated by botocore for minutes and keeps its thread. In one pool for all, the
calls of one throttled account would take every thread; in a lane of its own they take that
account's.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import TypeVar

T = TypeVar("T")


class Lane(Enum):
    """What is asked, and in how many threads of one account at most.

    ACCESS: what a wait cannot go on without: a cluster's endpoint, a token.
    HEALTH: looks beside a wait; few, so that they ask AWS for two things at a time.
    """

    ACCESS = 8
    HEALTH = 2


_lock = threading.Lock()
_pools: dict[tuple[Hashable, Lane], ThreadPoolExecutor] = {}


async def in_aws_thread(account: Hashable, call: Callable[[], T], lane: Lane = Lane.ACCESS) -> T:
    """Run what blocks in a thread, with the caller's context (Airflow's connections need it).

    Args:
        account: whose lane it is, `ClusterAddress.account`.
        call: what blocks.
        lane: which of the account's lanes.
    """
    context = contextvars.copy_context()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_pool(account, lane), context.run, call)


def _pool(account: Hashable, lane: Lane) -> ThreadPoolExecutor:
    key = account, lane
    with _lock:
        if key not in _pools:
            # A thread is started only while none of the lane is idle: a calm account has one.
            _pools[key] = ThreadPoolExecutor(lane.value, f"eks-upgrade-{lane.name.lower()}")
        return _pools[key]
