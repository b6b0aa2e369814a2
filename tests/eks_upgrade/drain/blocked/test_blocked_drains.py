"""Each class of blocked pod in a living cluster, with its sentence, and each answer to it."""

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import replace

import pytest

from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.result import Question
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target

BLUE = Target.node_group("blue")
SEED = DrainOptions(
    ignore_daemonsets=True,
    delete_emptydir_data=True,
    force_unmanaged_pods=True,
    blocked_after_seconds=10.0,
)


def answering(kind, answer, **more):
    return replace(SEED, when_blocked={str(kind): answer}, **more)


async def drained(stage, options, seconds=400.0, on_progress=lambda _: None):
    """A drain in the cluster's own time (seconds are simulated ones)."""
    async with stage.client() as client:
        deadline = stage.time.now() + seconds
        return await drain(
            DrainSetup(
                client, BLUE, options, deadline=deadline, on_progress=on_progress, clock=stage.time
            )
        )


async def stuck(stage, options=SEED, seconds=60.0):
    """The message with which a drain ends that cannot come to its end."""
    with pytest.raises(Stuck) as error:
        await drained(stage, options, seconds)
    return str(error.value)


def apps_on(stage, *nodes):
    return Counter(pod["metadata"]["name"].split("-")[0] for pod in stage.pods_on(*nodes))


def full_budget(stage):
    """Two of three pods are to stay up, and the third takes its time to become Ready."""
    for name, replicas, ready_after in (("web", 2, "1"), ("late", 1, "100000")):
        labels = {"app": name, "tier": "front"}
        template = {
            "metadata": {"labels": labels, "annotations": {"rehearsal/ready-after": ready_after}},
            "spec": {"containers": [{"name": "c", "image": "pause"}]},
        }
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        stage.apply("Deployment", name, spec)
    selector = {"matchLabels": {"tier": "front"}}
    stage.apply("PodDisruptionBudget", "front", {"minAvailable": 2, "selector": selector})


def never_allowed(stage):
    stage.workload("Deployment", "db", 1)
    stage.budget("never", "db", maxUnavailable=0)


def never_healthy(stage):
    stage.workload("Deployment", "sick", 2, annotations={"rehearsal/crash-loop": "true"})
    stage.budget("strict", "sick", maxUnavailable=1)


def refused(stage):
    stage.workload("Deployment", "guarded", 1)
    stage.server.refuse_evictions("not at night", namespace="shop", name_prefix="guarded")


def slow_to_stop(stage):
    stage.workload("Deployment", "slow", 1)
    stage.settle()
    with stage.clock.lock:
        for pod in stage.cluster.pods_on("blue-0") + stage.cluster.pods_on("blue-1"):
            meta = pod["metadata"]

            def hold_on(stored):
                stored["metadata"]["finalizers"] = ["example.com/backup"]

            stage.cluster.store.change("pods", meta["namespace"], meta["name"], hold_on)


def nowhere_to_go(stage):
    """No new node has the label that the pods ask for."""
    labels = {"app": "picky"}
    spec = {
        "containers": [{"name": "c", "image": "pause"}],
        "nodeSelector": {"eks.amazonaws.com/nodegroup": "blue"},
    }
    template = {"metadata": {"labels": labels}, "spec": spec}
    stage.apply(
        "Deployment",
        "picky",
        {"replicas": 3, "selector": {"matchLabels": labels}, "template": template},
    )
    stage.budget("picky", "picky", maxUnavailable=1)


CLASSES = [
    pytest.param(full_budget, BlockClass.BUDGET_FULL, "shop/front", id="budget-full"),
    pytest.param(never_allowed, BlockClass.NEVER_ALLOWED, "shop/never", id="never-allowed"),
    pytest.param(never_healthy, BlockClass.NEVER_HEALTHY, "AlwaysAllow", id="never-healthy"),
    pytest.param(refused, BlockClass.REFUSED, "not at night", id="refused"),
    pytest.param(slow_to_stop, BlockClass.SLOW_TO_STOP, "example.com/backup", id="slow-to-stop"),
    pytest.param(nowhere_to_go, BlockClass.NOWHERE_TO_GO, "the scheduler says", id="nowhere"),
]


@pytest.mark.parametrize(("seed", "kind", "phrase"), CLASSES)
async def test_waits_until_the_limit_and_then_names_the_pod_the_cause_and_the_remedy(
    stage, seed, kind, phrase
):
    seed(stage)
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    message = await stuck(stage, seconds=60.0)
    assert "ran out of time" in message
    assert f"({kind.label} since " in message
    assert phrase in message
    assert "; remedy: " in message or kind is BlockClass.BUDGET_FULL


@pytest.mark.parametrize(("seed", "kind", "phrase"), CLASSES)
async def test_fails_at_once_when_told_to(stage, seed, kind, phrase):
    seed(stage)
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    began = stage.time.now()
    message = await stuck(stage, answering(kind, "fail"), seconds=3600.0)
    assert f"was to fail at once for {kind}" in message
    assert phrase in message
    assert stage.time.now() - began < 120


@pytest.mark.parametrize(("seed", "kind", "phrase"), CLASSES)
async def test_hands_over_to_a_person_when_nothing_else_moves(stage, seed, kind, phrase):
    seed(stage)
    stage.workload("Deployment", "other", 2)
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    question = await drained(stage, answering(kind, "ask"))
    assert isinstance(question, Question)
    assert {block.cause for block in question.blocks} == {kind}
    assert phrase in " ".join(str(block) for block in question.blocks)
    assert apps_on(stage, "blue-0", "blue-1")["other"] == 0
    asked = question.as_json()["blocks"][0]
    assert set(asked) == {"pod", "node", "class", "text", "remedy", "since"}


async def test_restarts_a_rollout_and_the_workload_is_never_without_a_pod(stage):
    never_allowed(stage)
    stage.settle()
    stage.nodes("green", "green-0")
    healthy = []

    def listen(event):
        status = event.object.get("status") or {}
        if event.plural == "poddisruptionbudgets" and "currentHealthy" in status:
            healthy.append(status["currentHealthy"])

    stage.cluster.store.listen(listen)
    result = await drained(stage, answering(BlockClass.NEVER_ALLOWED, "restart"))
    assert apps_on(stage, "green-0") == {"db": 1}
    assert min(healthy) >= 1
    assert (result.evictions, result.pods[0]["fate"]) == (0, "moved by a restart of its rollout")
    assert [obstacle.passed_by for obstacle in result.obstacles] == ["a restart of the rollout"]


async def test_restarts_no_rollout_twice_when_the_drain_begins_anew(stage):
    never_allowed(stage)
    stage.settle()
    stage.nodes("green", "green-0")
    options = answering(BlockClass.NEVER_ALLOWED, "restart")
    async with stage.client() as client:
        first = asyncio.create_task(
            drain(DrainSetup(client, BLUE, options, deadline=time.time() + 30))
        )
        await restarted(stage)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    await drained(stage, options)
    assert revision(stage) == "2"


async def restarted(stage):
    while revision(stage) == "1":  # noqa: ASYNC110 - the cluster has no event to wait for
        await asyncio.sleep(0.02)


def revision(stage):
    with stage.clock.lock:
        found = stage.cluster.store.get("deployments", "shop", "db")
        return found["metadata"]["annotations"]["deployment.kubernetes.io/revision"]


async def test_says_why_a_rollout_cannot_be_restarted_without_a_gap(stage):
    labels = {"app": "old"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "c", "image": "pause"}]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    stage.apply("Deployment", "old", {**spec, "strategy": {"type": "Recreate"}})
    stage.budget("never", "old", maxUnavailable=0)
    stage.settle()
    stage.nodes("green", "green-0")
    message = await stuck(stage, answering(BlockClass.NEVER_ALLOWED, "restart"), seconds=60.0)
    assert "a restart does not help: deployment shop/old would stop the old pod" in message


async def test_deletes_past_the_budget_one_at_a_time_with_a_pause(stage):
    stage.workload("Deployment", "db", 3)
    stage.budget("never", "db", maxUnavailable=0)
    stage.settle()
    stage.nodes("green", "green-0")
    deleted = []

    def listen(event):
        if event.plural == "pods" and event.type == "MODIFIED":
            meta = event.object["metadata"]
            if "deletionTimestamp" in meta and meta["uid"] not in dict(deleted):
                deleted.append((meta["uid"], stage.clock.now()))

    stage.cluster.store.listen(listen)
    options = answering(
        BlockClass.NEVER_ALLOWED,
        "delete",
        may_delete_blocked_pods=True,
        delete_blocked_after_minutes=0.5,
        delete_pause_seconds=40.0,
    )
    began = stage.clock.now()
    result = await drained(stage, options)
    times = [at - began for _, at in deleted]
    assert {row["fate"] for row in result.pods} == {"deleted past its budget"}
    assert (len(times), times[0] >= 30.0) == (3, True)
    assert min(b - a for a, b in itertools.pairwise(times)) >= 40.0


async def test_deletes_nothing_past_a_budget_without_the_parameter(stage):
    never_allowed(stage)
    stage.settle()
    stage.nodes("green", "green-0")
    options = answering(BlockClass.NEVER_ALLOWED, "delete", delete_blocked_after_minutes=0.0)
    assert "shop/never" in await stuck(stage, options)
    assert stage.server.counts()[("delete pods", 200)] == 0


async def test_sets_a_blocked_node_aside_and_goes_on_with_the_others(stage):
    never_allowed(stage)
    stage.settle()
    stage.workload("Deployment", "web", 6)
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    reported = []
    with pytest.raises(Stuck):
        await drained(stage, SEED, seconds=60.0, on_progress=reported.append)
    aside = [node.name for node in reported[-1].nodes if node.set_aside]
    assert len(aside) == 1
    assert apps_on(stage, "blue-0", "blue-1") == {"db": 1}
    assert "1 node set aside" in reported[-1].line


async def test_sentences_are_renewed_as_the_world_changes(stage):
    never_allowed(stage)
    stage.settle()
    stage.nodes("green", "green-0")
    reported = []

    async def loosen():
        await asyncio.sleep(3.0)
        stage.budget("never", "db", maxUnavailable=1)

    await asyncio.gather(drained(stage, SEED, on_progress=reported.append), loosen())
    lines = [line for progress in reported for line in progress.lines()]
    assert len([line for line in lines if line.startswith("blocked: pod shop/db-")]) == 1
    assert len([line for line in lines if line.startswith("no longer blocked: pod shop/db-")]) == 1


async def test_a_workload_that_tolerates_the_cordon_is_named_when_it_comes_back(stage):
    labels = {"app": "boomerang"}
    spec = {
        "containers": [{"name": "c", "image": "pause"}],
        "tolerations": [{"operator": "Exists"}],
        "nodeSelector": {"eks.amazonaws.com/nodegroup": "blue"},
    }
    template = {"metadata": {"labels": labels}, "spec": spec}
    stage.apply(
        "Deployment",
        "boomerang",
        {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    )
    stage.settle()
    message = await stuck(stage, SEED, seconds=60.0)
    assert "Deployment shop/boomerang came back to the nodes that are drained" in message
    assert stage.server.counts()[("create pods/eviction", 201)] <= 4
