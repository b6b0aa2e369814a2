"""A drain among the faults of its world: streams, servers, tokens, late nodes, and other drains."""

import asyncio
import time
from collections import Counter
from dataclasses import replace

import pytest

from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.rehearsal.kube.faults import Aim

BLUE = Target.node_group("blue")
SEED = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)
EVICTION = ("create pods/eviction", 201)


@pytest.fixture
def shop(stage):
    """Twelve pods, one at a time under their budget: long enough to be disturbed."""
    stage.workload("Deployment", "web", 12)
    stage.budget("web", "web", maxUnavailable=1)
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    return stage


async def disturbed(stage, *results, pods=12):
    """A drain in which each deed is done once a few more pods have gone."""

    async def disturb():
        for number, result in enumerate(results, 1):
            await left_at_most(stage, pods - 2 * number)
            result()

    async with stage.client() as client:
        done = drain(DrainSetup(client, BLUE, SEED, deadline=time.time() + 60))
        result, _ = await asyncio.gather(done, disturb())
    assert stage.pods_on("blue-0", "blue-1") == []
    return result


async def left_at_most(stage, pods):
    while len(stage.pods_on("blue-0", "blue-1")) > pods:  # noqa: ASYNC110 - no event to wait for
        await asyncio.sleep(0.02)


def evicted_twice(stage):
    """Uids that were evicted more than once with success."""
    done = Counter(
        entry.body.get("uid")
        for entry in stage.server.journal.entries(side="kube")
        if (entry.operation, entry.status) == EVICTION
    )
    return [uid for uid, times in done.items() if times > 1]


DISTURBANCES = [
    pytest.param(lambda s: [s.server.drop_watches], id="watches-dropped"),
    pytest.param(lambda s: [s.server.end_watches], id="watches-ended"),
    pytest.param(
        lambda s: [s.server.expire_versions, s.server.end_watches], id="410-in-the-stream"
    ),
    pytest.param(
        lambda s: [lambda: s.server.expire_versions(plainly=True), s.server.end_watches],
        id="410-at-the-door",
    ),
    pytest.param(lambda s: [lambda: s.server.pause(30)], id="server-away-for-a-while"),
    pytest.param(lambda s: [lambda: s.server.faults.reset(3)], id="connections-reset"),
    pytest.param(
        lambda s: [lambda: s.server.faults.reset(2, aim=Aim("create pods/eviction"), after=True)],
        id="evictions-whose-answer-is-lost",
    ),
    pytest.param(lambda s: [lambda: s.server.faults.throttle(3)], id="throttled"),
    pytest.param(
        lambda s: [
            lambda: s.server.faults.fail(503, 3),
            s.server.drop_watches,
            lambda: s.server.faults.fail(500, 2, aim=Aim("list *")),
        ],
        id="server-errors",
    ),
    pytest.param(
        lambda s: [lambda: s.server.faults.truncate(2, aim=Aim("list *")), s.server.drop_watches],
        id="lists-cut-off",
    ),
    pytest.param(lambda s: [lambda: s.server.refuse_tokens(1)], id="token-ended"),
]


@pytest.mark.parametrize("results", DISTURBANCES)
async def test_comes_to_its_end_and_evicts_nothing_twice(shop, results):
    result = await disturbed(shop, *results(shop))
    assert result.moved == 12
    assert evicted_twice(shop) == []


async def test_goes_on_once_a_webhook_lets_it(shop):
    fault = shop.server.refuse_evictions("not yet", namespace="shop")

    async def relent():
        await asyncio.sleep(2.0)
        fault.lift()

    async with shop.client() as client:
        done = drain(DrainSetup(client, BLUE, SEED, deadline=time.time() + 60))
        result, _ = await asyncio.gather(done, relent())
    assert result.moved == 12
    assert 0 < result.refusals <= 36  # three tries a pod at most in these two seconds


async def test_a_server_that_stays_away_ends_the_drain_as_unreachable(stage):
    stage.server.pause()
    async with stage.client() as client:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
            await drain(DrainSetup(client, BLUE, SEED, deadline=time.time() + 60))


async def test_a_node_that_joins_the_group_late_is_cordoned_and_drained_as_well(shop):
    def join():
        with shop.clock.lock:
            shop.nodes("blue", "blue-late")

    await disturbed(shop, join)
    assert await cordoned(shop, "blue") == {"blue-0", "blue-1", "blue-late"}
    assert shop.pods_on("blue-late") == []


async def test_a_node_that_somebody_uncordons_is_cordoned_again(shop):
    def uncordon():
        with shop.clock.lock:
            shop.cluster.store.change(
                "nodes", None, "blue-0", lambda node: node["spec"].pop("unschedulable", None)
            )

    await disturbed(shop, uncordon)
    assert await cordoned(shop, "blue") == {"blue-0", "blue-1"}


async def cordoned(stage, group):
    async with stage.client() as client:
        return {node.name for node in await client.nodes(group) if node.unschedulable}


async def test_stops_within_seconds_when_it_is_cancelled_and_leaves_nothing_running(shop):
    async with shop.client() as client:
        task = asyncio.create_task(drain(DrainSetup(client, BLUE, SEED, deadline=time.time() + 60)))
        await left_at_most(shop, 9)
        began = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        took, sent = time.monotonic() - began, client.requests
        await asyncio.sleep(0.5)
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        assert (client.requests, others) == (sent, [])
    assert took < 2.0


def critical(stage, kind, name, replicas):
    labels = {"app": name, "k8s-app": "kube-dns"}
    spec = {
        "priorityClassName": "system-cluster-critical",
        "containers": [{"name": "c", "image": "pause"}],
    }
    template = {"metadata": {"labels": labels}, "spec": spec}
    selector = {"matchLabels": labels}
    stage.apply(kind, name, {"replicas": replicas, "selector": selector, "template": template})


async def test_cluster_critical_pods_go_last_and_never_all_at_once_even_without_a_budget(stage):
    critical(stage, "Deployment", "coredns", 3)
    stage.workload("Deployment", "web", 4)
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    order, ready = [], []

    def listen(event):
        if event.plural == "pods" and "deletionTimestamp" in event.object["metadata"]:
            order.append(event.object["metadata"]["name"].split("-")[0])
        if event.plural == "deployments" and event.object["metadata"]["name"] == "coredns":
            ready.append(event.object["status"].get("readyReplicas", 0))

    stage.cluster.store.listen(listen)
    async with stage.client() as client:
        deadline = stage.time.now() + 600
        await drain(DrainSetup(client, BLUE, SEED, deadline=deadline, clock=stage.time))
    assert order.index("coredns") > max(i for i, app in enumerate(order) if app == "web")
    assert min(ready) >= 2


async def test_pods_are_not_sent_after_others_of_their_workload_that_found_no_node(stage):
    """Without a budget, kubectl would take the whole workload down here."""
    labels = {"app": "large"}
    container = {"name": "c", "image": "pause", "resources": {"requests": {"cpu": "900m"}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 4, "selector": {"matchLabels": labels}, "template": template}
    stage.apply("Deployment", "large", spec)
    stage.settle()
    stage.nodes("green", "green-0")  # room for two of four

    slowly = replace(SEED, requests_per_second=4.0)

    async def make_room():
        while not any(map(has_no_node, stage.pods_everywhere())):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.05)
        await asyncio.sleep(4.0)  # the drain looks every two seconds at what is blocked
        running = [pod for pod in stage.pods_on("blue-0", "blue-1") if is_well(pod)]
        stage.nodes("green", "green-1")
        return len(running)

    async with stage.client() as client:
        done = drain(DrainSetup(client, BLUE, slowly, deadline=time.time() + 60))
        result, kept = await asyncio.gather(done, make_room())
    assert result.moved == 4
    assert kept >= 1
    assert any("nowhere_to_go" in row["waited_for"] for row in result.pods)


def has_no_node(pod):
    return "nodeName" not in pod["spec"]


def is_well(pod):
    return "deletionTimestamp" not in pod["metadata"]
