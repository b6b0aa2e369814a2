"""Drains with a window of nodes, with Jobs at work, and with pods that go last: at work."""

import asyncio
import itertools
from dataclasses import replace

import pytest

from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.result import Question
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.rehearsal.workloads import job

BLUE = Target.node_group("blue")
SEED = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)
ONE = replace(SEED, nodes_at_once="1")
KARPENTER = {"karpenter.sh/do-not-disrupt": "true"}


def setup_of(stage, client, options, *, seconds=3600.0, **more):
    deadline = stage.time.now() + seconds
    return DrainSetup(client, BLUE, options, deadline=deadline, clock=stage.time, **more)


async def drained(stage, options, **more):
    reported = []
    async with stage.client() as client:
        setup = setup_of(stage, client, options, on_progress=reported.append, **more)
        return await drain(setup), reported


def evictions(stage):
    """The nodes and names of the pods that were evicted, in order."""
    found = []

    def listen(event):
        if event.plural == "pods" and event.type == "MODIFIED":
            meta, node = event.object["metadata"], event.object["spec"].get("nodeName", "")
            row = (node, meta["name"].rsplit("-", 2 if meta["name"].count("-") > 1 else 1)[0])
            old = (event.old or {}).get("metadata", {})
            if "deletionTimestamp" in meta and "deletionTimestamp" not in old:
                found.append(row)

    stage.cluster.store.listen(listen)
    return found


def nodes_in_order(rows):
    return list(dict.fromkeys(node for node, _ in rows if node.startswith("blue")))


def is_node_by_node(rows):
    """Whether no node is come back to once another one was begun."""
    nodes = [node for node, _ in rows if node.startswith("blue")]
    changes = sum(a != b for a, b in itertools.pairwise(nodes))
    return changes == len(set(nodes)) - 1


def critical(stage, name, replicas=2):
    labels = {"app": name, "k8s-app": "kube-dns"}
    spec = {"priorityClassName": "system-cluster-critical", "containers": [{"name": "c"}]}
    template = {"metadata": {"labels": labels}, "spec": spec}
    selector = {"matchLabels": labels}
    stage.apply(
        "Deployment", name, {"replicas": replicas, "selector": selector, "template": template}
    )


async def test_nodes_are_emptied_one_after_the_other_and_all_are_cordoned_at_once(stage):
    stage.nodes("blue", "blue-2")
    stage.workload("Deployment", "web", 9)
    stage.budget("web", "web", maxUnavailable=3)
    stage.workload("Deployment", "free", 6)
    stage.workload("StatefulSet", "db", 3)
    critical(stage, "coredns")
    stage.settle()
    stage.nodes("green", "green-0", "green-1", "green-2")
    rows = evictions(stage)
    result, reported = await drained(stage, ONE)
    assert result.moved == 20
    assert is_node_by_node(rows), rows
    assert len(nodes_in_order(rows)) == 3
    # How many wait is told in the next test: on a busy machine the first report comes before the
    # first look at the pods, and the second when all has moved.
    assert {each.nodes_to_come for each in reported} <= {0, 1, 2}
    async with stage.client() as client:
        assert all(node.unschedulable for node in await client.nodes("blue"))
    for node in nodes_in_order(rows):  # critical ones go last of their node, and hold up no other
        names = [name for where, name in rows if where == node]
        assert "coredns" not in names[: len(names) - names.count("coredns")]


async def test_a_blocked_pod_holds_the_window_and_the_progress_says_so(stage):
    stage.workload("Deployment", "db", 1)
    stage.budget("never", "db", maxUnavailable=0)
    stage.settle()
    ((db,),) = [[pod["spec"]["nodeName"] for pod in stage.pods_on("blue-0", "blue-1")]]
    other = ({"blue-0", "blue-1"} - {db}).pop()
    with stage.clock.lock:
        stage.cluster.store.change(
            "nodes", None, db, lambda node: node["spec"].update(unschedulable=True)
        )
    stage.workload("Deployment", "web", 5)
    stage.budget("web", "web", maxUnavailable=5)
    stage.settle()
    stage.nodes("green", "green-0")
    reported = []
    async with stage.client() as client:
        setup = setup_of(stage, client, ONE, seconds=60.0, on_progress=reported.append)
        with pytest.raises(Stuck, match="shop/never") as stuck:
            await drain(setup)
    assert len(stage.pods_on(other)) == 5
    assert "its node's turn has not come (nodes_at_once)" in str(stuck.value)
    assert "1 node waits for its turn" in reported[-1].line
    assert "held up by 1 on which all that is left is blocked" in reported[-1].line


async def test_a_person_is_asked_about_what_holds_the_window_though_other_nodes_wait(stage):
    stage.workload("Deployment", "db", 2)
    stage.budget("never", "db", maxUnavailable=0)
    stage.settle()
    stage.nodes("green", "green-0")
    asks = replace(ONE, when_blocked={"never_allowed": "ask"})
    outcome, _ = await drained(stage, asks)
    assert isinstance(outcome, Question)
    assert len({block.pod.node for block in outcome.blocks}) == 1


async def test_a_share_of_the_nodes_and_nodes_that_join_late_come_to_an_end(stage):
    stage.nodes("blue", "blue-2", "blue-3")
    stage.workload("Deployment", "web", 12)
    stage.settle()
    stage.nodes("green", "green-0", "green-1", "green-2")

    async def join():
        while len(stage.pods_on("blue-0", "blue-1", "blue-2", "blue-3")) > 8:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        with stage.clock.lock:
            stage.nodes("blue", "blue-late")

    (result, _), _ = await asyncio.gather(
        drained(stage, replace(SEED, nodes_at_once="50%")), join()
    )
    assert result.moved >= 12  # the late node may have taken one before it was cordoned
    assert stage.pods_on("blue-0", "blue-1", "blue-2", "blue-3", "blue-late") == []


def start_job(stage, name="import", work=300.0, **spec):
    with stage.clock.lock:
        stage.cluster.apply(job("shop", name, work, **spec))
    stage.settle(5)


def job_status(stage, name="import"):
    with stage.clock.lock:
        return stage.cluster.store.get("jobs", "shop", name)["status"]


async def test_a_running_job_comes_to_its_end_before_its_pod_goes(stage):
    start_job(stage)
    stage.workload("Deployment", "web", 2)
    stage.settle()
    stage.nodes("green", "green-0")
    result, reported = await drained(stage, SEED)
    assert (job_status(stage)["succeeded"], job_status(stage).get("failed", 0)) == (1, 0)
    assert any("1 at work for Jobs and waited for" in p.line for p in reported)
    ended = [o for o in result.obstacles if "running Jobs" in o.what]
    assert [o.passed_by for o in ended] == ["waiting until the Jobs had ended"]
    assert "shop/import-" in ended[0].what
    assert stage.pods_on("blue-0", "blue-1") == []


async def test_a_job_that_takes_longer_than_its_time_is_evicted_and_named(stage):
    start_job(stage, work=100_000.0)
    stage.nodes("green", "green-0")
    began = stage.time.now()
    result, _ = await drained(stage, replace(SEED, job_patience_minutes=2))
    assert stage.time.now() - began >= 120
    assert job_status(stage)["failed"] == 1
    late = [o for o in result.obstacles if "running Jobs" in o.what]
    assert "job_patience_minutes" in late[0].passed_by


async def test_the_time_of_a_job_counts_from_the_first_beginning_of_the_drain(stage):
    start_job(stage, work=100_000.0)
    stage.nodes("green", "green-0")
    before = stage.time.now() - 3600
    result, _ = await drained(stage, SEED, first_began=before)
    assert result.moved == 1
    assert stage.time.now() - before < 3600 + 300


async def test_a_job_is_evicted_at_once_where_that_is_wanted(stage):
    start_job(stage, work=100_000.0)
    stage.nodes("green", "green-0")
    result, _ = await drained(stage, replace(SEED, running_jobs="evict"))
    assert job_status(stage)["failed"] == 1
    assert "eviction at once" in next(
        o.passed_by for o in result.obstacles if "running Jobs" in o.what
    )


async def test_a_job_that_still_runs_at_the_deadline_is_named_with_the_parameter(stage):
    start_job(stage, work=100_000.0)
    async with stage.client() as client:
        setup = setup_of(stage, client, SEED, seconds=60.0)
        with pytest.raises(Stuck, match=r"shop/import-\S+ on blue-\d: its Job is at work"):
            await drain(setup)


async def test_a_dry_run_says_which_pods_would_be_waited_for(stage):
    start_job(stage, work=100_000.0)
    result, _ = await drained(stage, replace(SEED, dry_run=True))
    assert [row["fate"] for row in result.pods] == ["would be waited for until its Job has ended"]
    assert result.evictions == 0


async def test_pods_that_want_to_be_left_alone_go_after_the_ordinary_and_before_the_critical(
    stage,
):
    stage.workload("Deployment", "precious", 3, annotations=KARPENTER)
    stage.workload("Deployment", "web", 4)
    critical(stage, "coredns")
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    rows = evictions(stage)
    result, _ = await drained(stage, SEED)
    names = [name for node, name in rows if node.startswith("blue")]
    assert names == ["web"] * 4 + ["precious"] * 3 + ["coredns"] * 2
    (last,) = [o for o in result.obstacles if "left alone" in o.what]
    assert "karpenter.sh/do-not-disrupt: true" in last.what


async def test_pods_that_want_to_be_left_alone_go_though_ordinary_ones_are_stuck(stage):
    stage.workload("Deployment", "precious", 1, annotations=KARPENTER)
    stage.workload("Deployment", "db", 1)
    stage.budget("never", "db", maxUnavailable=0)
    stage.settle()
    stage.nodes("green", "green-0")
    async with stage.client() as client:
        with pytest.raises(Stuck, match="with 1 pod"):
            await drain(setup_of(stage, client, SEED, seconds=90.0))
