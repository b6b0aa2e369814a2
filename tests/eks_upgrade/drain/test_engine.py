"""The drain against the rehearsal's Kubernetes: real HTTPS, tokens, controllers and budgets."""

import asyncio
import gc
import time
import warnings

import pytest

from include.eks_upgrade.common.errors import Refused, Stuck
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.eviction import Gone
from include.eks_upgrade.kube.mirror import Mirror
from include.eks_upgrade.kube.objects import Pod

BLUE = Target.node_group("blue")
SEED = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)


def names(pods):
    return sorted(pod["metadata"]["name"] for pod in pods)


def lowest_ready(stage, app, seen):
    """Write down how many pods of the app are Ready after each change."""

    def listen(event):
        if event.plural == "poddisruptionbudgets":
            status = event.object.get("status") or {}
            if event.object["metadata"]["name"] == app and "currentHealthy" in status:
                seen.append(status["currentHealthy"])

    stage.cluster.store.listen(listen)


async def test_moves_every_pod_and_never_goes_below_a_budget(stage, soon):
    stage.workload("Deployment", "web", 6)
    stage.budget("web", "web", maxUnavailable=1)
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    healthy = []
    lowest_ready(stage, "web", healthy)
    reported = []
    async with stage.client() as client:
        result = await drain(
            DrainSetup(client, BLUE, SEED, deadline=soon(), on_progress=reported.append)
        )
    assert stage.pods_on("blue-0", "blue-1") == []
    assert (result.moved, sum(result.by_node.values())) == (6, 6)
    assert min(healthy) >= 5
    assert (reported[-1].moved, reported[-1].to_move) == (6, 6)
    assert "6 of 6 pods gone" in reported[-1].line
    assert result.refusals <= 2


async def test_refuses_everything_at_once_and_evicts_nothing(stage, soon):
    stage.workload("Deployment", "cache", 1, empty_dir=True)
    stage.workload("DaemonSet", "agent")
    stage.apply("Pod", "bare", {"containers": [{"name": "c", "image": "pause"}]})
    stage.workload("Deployment", "web", 2)
    stage.settle()
    before = names(stage.pods_on("blue-0", "blue-1"))
    nothing = DrainOptions(ignore_daemonsets=False)
    async with stage.client() as client:
        with pytest.raises(Refused) as refused:
            await drain(DrainSetup(client, BLUE, nothing, deadline=soon()))
    message = str(refused.value)
    assert len(refused.value.problems) == 3  # the agents, one cache, one bare
    assert "2 pods of DaemonSet shop/agent: each belongs to a DaemonSet" in message
    for word in ("ignore_daemonsets", "delete_emptydir_data", "force_unmanaged_pods", "shop/bare"):
        assert word in message
    assert names(stage.pods_on("blue-0", "blue-1")) == before


async def test_result_names_the_obstacles_and_what_passed_them(stage, soon):
    stage.workload("Deployment", "cache", 1, empty_dir=True)
    stage.workload("DaemonSet", "agent")
    stage.apply("Pod", "bare", {"containers": [{"name": "c", "image": "pause"}]})
    stage.settle()
    stage.nodes("green", "green-0")
    async with stage.client() as client:
        result = await drain(DrainSetup(client, BLUE, SEED, deadline=soon()))
    assert sorted(o.passed_by for o in result.obstacles) == [
        "delete_emptydir_data",
        "force_unmanaged_pods",
        "ignore_daemonsets",
    ]
    assert (result.moved, result.skipped_daemonset) == (2, 2)


async def test_gives_up_naming_pod_budget_and_remedy_while_others_move(stage, soon):
    stage.workload("Deployment", "db", 1)
    stage.budget("never", "db", maxUnavailable=0)
    stage.workload("Deployment", "web", 2)
    stage.settle()
    stage.nodes("green", "green-0")
    reported = []
    async with stage.client() as client:
        with pytest.raises(Stuck) as stuck:
            await drain(
                DrainSetup(client, BLUE, SEED, deadline=soon(4.0), on_progress=reported.append)
            )
    left = names(stage.pods_on("blue-0", "blue-1"))
    assert [name.split("-")[0] for name in left] == ["db"]
    for word in (left[0], "shop/never", "maxUnavailable 0", "rollout restart deployment/db"):
        assert word in str(stuck.value)
    assert reported[0].blocks[0].cause is BlockClass.NEVER_ALLOWED


async def test_says_which_crash_looping_pod_blocks_itself(stage, soon):
    stage.workload("Deployment", "sick", 2, annotations={"rehearsal/crash-loop": "true"})
    stage.budget("strict", "sick", maxUnavailable=1)
    stage.settle()
    stage.nodes("green", "green-0")
    async with stage.client() as client:
        with pytest.raises(Stuck, match="AlwaysAllow") as stuck:
            await drain(DrainSetup(client, BLUE, SEED, deadline=soon(3.0)))
    assert str(stuck.value).count(str(BlockClass.NEVER_HEALTHY.label)) == 2


async def test_says_that_two_budgets_cover_a_pod(stage, soon):
    stage.workload("Deployment", "x", 1)
    stage.budget("one", "x", maxUnavailable=1)
    stage.budget("two", "x", maxUnavailable=1)
    stage.settle()
    stage.nodes("green", "green-0")
    async with stage.client() as client:
        with pytest.raises(Stuck, match="shop/one, shop/two"):
            await drain(DrainSetup(client, BLUE, SEED, deadline=soon(3.0)))


async def test_goes_on_once_a_person_has_loosened_the_budget(stage, soon):
    stage.workload("Deployment", "db", 1)
    stage.budget("never", "db", maxUnavailable=0)
    stage.settle()
    stage.nodes("green", "green-0")

    async def loosen():
        await asyncio.sleep(1.0)
        stage.budget("never", "db", maxUnavailable=1)

    async with stage.client() as client:
        result, _ = await asyncio.gather(
            drain(DrainSetup(client, BLUE, SEED, deadline=soon())), loosen()
        )
    assert result.moved == 1
    assert any("shop/never" in obstacle.what for obstacle in result.obstacles)


async def test_leaves_the_namesake_of_a_statefulset_pod_alone_on_its_new_node(stage, soon):
    stage.workload("StatefulSet", "db", 2)
    stage.settle()
    stage.nodes("green", "green-0")
    async with stage.client() as client:
        old = [pod for pod in await client.pods() if pod.name == "db-0"]
        await drain(DrainSetup(client, BLUE, SEED, deadline=soon()))
        stage.settle()
        moved = [pod for pod in await client.pods() if pod.name == "db-0"]
        assert await client.evict(old[0]) == Gone()
        assert [p.uid for p in await client.pods() if p.name == "db-0"] == [moved[0].uid]
    assert (old[0].node[:4], moved[0].node) == ("blue", "green-0")


async def test_never_evicts_a_terminating_pod_twice(stage, soon):
    stage.workload("Deployment", "slow", 3, annotations={"rehearsal/stop-after": "60"})
    stage.settle()
    stage.nodes("green", "green-0")
    asked = []
    async with stage.client() as client:
        evict = client.evict

        class Counting(type(client)):
            async def evict(self, pod, **options):
                asked.append(pod.uid)
                return await evict(pod, **options)

        client.__class__ = Counting
        result = await drain(DrainSetup(client, BLUE, SEED, deadline=soon()))
    assert len(asked) == len(set(asked)) == result.moved == 3


async def test_renews_a_refused_token_and_goes_on(stage, soon):
    stage.workload("Deployment", "web", 2)
    stage.settle()
    stage.nodes("green", "green-0")
    async with stage.client() as client:
        await client.nodes()
        stage.server.refuse_tokens(1)
        result = await drain(DrainSetup(client, BLUE, SEED, deadline=soon()))
    assert (result.moved, stage.tokens_made) == (2, 2)


async def test_missing_rights_end_the_drain_at_once_naming_verb_and_page(stage, soon):
    stage.workload("Deployment", "web", 2)
    stage.settle()
    stage.server.forbid("create", "pods/eviction")
    began = time.monotonic()
    async with stage.client() as client:
        with pytest.raises(Refused, match=r"create pods/eviction[\s\S]*docs/permissions\.md"):
            await drain(DrainSetup(client, BLUE, SEED, deadline=soon()))
    assert time.monotonic() - began < 10


async def test_a_second_drain_of_an_empty_group_changes_nothing(stage, soon):
    async with stage.client() as client:
        result = await drain(DrainSetup(client, BLUE, SEED, deadline=soon()))
        again = await drain(DrainSetup(client, BLUE, SEED, deadline=soon()))
    assert (result.moved, again.moved) == (0, 0)
    assert (again.evictions, again.pods, again.nodes) == (0, (), ())


async def watch_and_leave(stage):
    async with stage.client() as client:
        mirrors = [Mirror(client, "pods", Pod.from_raw) for _ in range(10)]
        tasks = [asyncio.create_task(mirror.follow()) for mirror in mirrors]
        await asyncio.sleep(0.3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_a_watch_that_is_broken_off_leaves_no_connection_open(stage):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            asyncio.run(watch_and_leave(stage))
        gc.collect()
    assert [str(one.message) for one in caught] == []
