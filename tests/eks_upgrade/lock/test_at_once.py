"""Many at the lock in the same moment, each with a connection of its own to a real HTTP server."""

import asyncio
import base64
import time
from collections.abc import Iterator

import pytest

from include.eks_upgrade.common.errors import LockHeld
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.lock.acquire import acquire, release
from include.eks_upgrade.lock.lease import NAME, holder_in, renewed_and_until, written
from include.rehearsal.kube.faults import Aim
from tests.rehearsal.kube.kube_lab import Lab, make_token

TASKS = 30
RUN = "https://airflow.example eks_upgrade manual__1"


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    yield made
    made.stop()
    assert made.server.failures == []


def client(lab: Lab) -> KubeClient:
    ca = base64.b64encode(lab.server.ca_pem.encode()).decode()
    return KubeClient(ClusterAccess(lab.url, ca, make_token))


async def take(lab: Lab, holder: str, minutes: float = 120.0) -> StepResult:
    async with client(lab) as kube:
        return await acquire(kube, holder, minutes=minutes)


async def until(lab: Lab) -> float:
    async with client(lab) as kube:
        return renewed_and_until(await kube.lease(NAME))[1]


async def abandoned(lab: Lab, holder: str) -> None:
    """A lock that was not renewed in time."""
    async with client(lab) as kube:
        await kube.create_lease(written(None, holder, time.time() - 9000, minutes=120))


async def test_thirty_tasks_of_a_run_take_and_renew_it_without_one_failure(lab: Lab) -> None:
    for _ in range(3):
        results = await asyncio.gather(*(take(lab, RUN) for _ in range(TASKS)))
        assert {each.data["holder"] for each in results} == {RUN}
    assert lab.server.counts()["update leases", 409] > 0, "they did not meet"


async def test_the_longest_wait_of_all_of_them_is_covered(lab: Lab) -> None:
    began = time.time()
    await asyncio.gather(*(take(lab, RUN, 60.0 + 10 * number) for number in range(TASKS)))
    assert await until(lab) >= began + (60 + 10 * (TASKS - 1)) * 60 - 60


async def test_renewals_whose_answer_is_lost_are_none_the_worse(lab: Lab) -> None:
    await take(lab, RUN)
    lab.server.faults.reset(10, aim=Aim("update leases"), after=True)
    await asyncio.gather(*(take(lab, RUN) for _ in range(TASKS)))


@pytest.mark.parametrize("there", ["nothing", "a lock that was abandoned"])
async def test_of_thirty_runs_exactly_one_gets_it(lab: Lab, there: str) -> None:
    if there != "nothing":
        await abandoned(lab, "a dead run")
    runs = [f"run {number}" for number in range(TASKS)]
    ends = await asyncio.gather(*(take(lab, run) for run in runs), return_exceptions=True)
    won = [end for end in ends if isinstance(end, StepResult)]
    assert len(won) == 1
    assert sum(isinstance(end, LockHeld) for end in ends) == TASKS - 1
    async with client(lab) as kube:
        assert holder_in(await kube.lease(NAME)) == won[0].data["holder"]


async def test_it_is_given_back_while_others_of_the_run_renew_it(lab: Lab) -> None:
    await take(lab, RUN)

    async def give_back() -> StepResult:
        async with client(lab) as kube:
            return await release(kube, RUN)

    ends = await asyncio.gather(give_back(), *(take(lab, RUN) for _ in range(TASKS)))
    assert ends[0].changed
