"""All readings of the preflight side by side: what one of them cannot read hides no other.

A reading that is refused, that fails or that does not come to its end becomes `NotRead` with the
reason in words, and what it was to be judged by is told as not known.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import fields
from functools import partial
from typing import Any

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings import readers as of_aws
from include.eks_upgrade.aws.readings.readers import AwsReader
from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.common.reading import NotRead, Reading, Readings
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.readings import readers as of_kubernetes
from include.eks_upgrade.kube.readings.readers import KubeReader
from include.eks_upgrade.preflight import afterwards
from include.eks_upgrade.preflight.not_read import why_not_read

SECONDS = 60.0
"""How long one reading may take. A preflight is asked by people, who wait for it."""

AT_ONCE = 10
"""Readings of one side that go at the same time: as many connections as botocore keeps open."""

AwsReaders = Mapping[Reading[Any], AwsReader]
KubeReaders = Mapping[Reading[Any], KubeReader]
LaterReaders = Mapping[Reading[Any], afterwards.LaterReader]

NO_ENDPOINT = NotRead("the cluster has no endpoint yet")


async def read_all(  # noqa: PLR0913 - who reads what, by keyword
    clients: AwsClients,
    facts: ClusterFacts,
    access: ClusterAccess | None,
    *,
    aws: AwsReaders = of_aws.READERS,
    kube: KubeReaders = of_kubernetes.READERS,
    later: LaterReaders = afterwards.READERS,
    seconds: float = SECONDS,
) -> Readings:
    """Every reading, or why it is not known. Raises nothing.

    Args:
        clients: of the cluster's account and region.
        facts: what is known of the cluster.
        access: how its API is reached; None where it has no endpoint yet.
        aws: who reads what of AWS.
        kube: who reads what of Kubernetes.
        later: who reads what of AWS when all of that is known.
        seconds: how long each may take.
    """
    found = await asyncio.gather(
        _read_aws(aws, clients, facts, seconds), _read_kube(kube, access, seconds)
    )
    known = {name: value for side in found for name, value in side.items()}
    asked = {
        reading: partial(_in_thread, partial(reader, clients, facts, Readings(known)))
        for reading, reader in later.items()
    }
    return Readings(known | await _side_by_side(asked, seconds))


Ask = Callable[[], Awaitable[object]]


async def _read_aws(
    readers: AwsReaders, clients: AwsClients, facts: ClusterFacts, seconds: float
) -> dict[str, object]:
    if readers:
        _make(clients)
    asked = {
        reading: partial(_in_thread, partial(reader, clients, facts))
        for reading, reader in readers.items()
    }
    return await _side_by_side(asked, seconds)


def _make(clients: AwsClients) -> None:
    """Make the clients that are made at their first use: two threads would make them twice."""
    for one in fields(clients):
        with suppress(Exception):  # who cannot be made is told by the readings that need it
            getattr(getattr(clients, one.name), "meta", None)


async def _read_kube(
    readers: KubeReaders, access: ClusterAccess | None, seconds: float
) -> dict[str, object]:
    if access is None:
        return {reading.name: NO_ENDPOINT for reading in readers}
    async with AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(KubeClient(access))
        except UpgradeError as error:
            return {one.name: NotRead(why_not_read(one, error, seconds)) for one in readers}
        asked = {reading: partial(reader, client) for reading, reader in readers.items()}
        return await _side_by_side(asked, seconds)


async def _side_by_side(asked: Mapping[Reading[Any], Ask], seconds: float) -> dict[str, object]:
    turn = asyncio.Semaphore(AT_ONCE)

    async def read(reading: Reading[Any], ask: Ask) -> object:
        async with turn:
            try:
                return await asyncio.wait_for(ask(), seconds)
            except Exception as error:  # noqa: BLE001 - whatever it was, it may hide no other
                return NotRead(why_not_read(reading, error, seconds))

    found = await asyncio.gather(*(read(reading, ask) for reading, ask in asked.items()))
    return {reading.name: value for reading, value in zip(asked, found, strict=True)}


async def _in_thread(ask: Callable[[], object]) -> object:
    """What `ask` returns, from a thread that nobody waits for when it hangs.

    A pool's threads are waited for at the end of the process, a daemon's are not.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[object] = loop.create_future()

    def tell(put: Callable[[Any], None], value: object) -> None:
        def unless_given_up() -> None:
            if not answer.done():
                put(value)

        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(unless_given_up)

    def run() -> None:
        try:
            value = ask()
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            tell(answer.set_exception, error)
        else:
            tell(answer.set_result, value)

    threading.Thread(target=run, name="eks-upgrade-reading", daemon=True).start()
    return await answer
