"""Workloads without a disruption budget are moved as their own strategy would move them."""

import asyncio
import logging
from dataclasses import replace

import pytest

from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.options import AT_ONCE, RESTART, DrainOptions
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target

OPTIONS = DrainOptions(ignore_daemonsets=True)
SLOW = {"rehearsal/ready-after": "20"}
NEVER = {"rehearsal/ready-after": "100000"}


class Watcher:
    """Counts the Ready pods of each app that do not stop, after each change of any pod."""

    def __init__(self, stage):
        self.lowest = {}
        self._pods = {}
        stage.cluster.store.listen(self._see)

    def begin(self, stage):
        with stage.clock.lock:
            for pod in stage.cluster.store.list("pods"):
                self._pods[pod["metadata"]["uid"]] = pod
        self.lowest = {app: self._ready(app) for app in self._apps()}

    def _see(self, event):
        if event.plural != "pods":
            return
        uid = event.object["metadata"]["uid"]
        if event.type == "DELETED":
            self._pods.pop(uid, None)
        else:
            self._pods[uid] = event.object
        app = event.object["metadata"].get("labels", {}).get("app", "")
        if app in self.lowest:
            self.lowest[app] = min(self.lowest[app], self._ready(app))

    def _apps(self):
        return {pod["metadata"].get("labels", {}).get("app", "") for pod in self._pods.values()}

    def _ready(self, app):
        return sum(
            pod["metadata"].get("labels", {}).get("app") == app
            and "deletionTimestamp" not in pod["metadata"]
            and any(
                c["type"] == "Ready" and c["status"] == "True"
                for c in pod.get("status", {}).get("conditions", ())
            )
            for pod in self._pods.values()
        )


@pytest.fixture
def watcher(stage):
    return Watcher(stage)


def setting(stage, watcher, *, new=2):
    """The workloads are up on the old nodes, then the new ones join."""
    stage.settle(150.0)
    stage.nodes("green", *(f"green-{number}" for number in range(new)))
    watcher.begin(stage)


async def drained(stage, options=OPTIONS, seconds=600.0, target="blue", server="127.0.0.1"):
    """A drain in the cluster's own time (seconds are simulated ones)."""
    async with stage.client(server) as client:
        deadline = stage.time.now() + seconds
        setup = DrainSetup(
            client, Target.node_group(target), options, deadline=deadline, clock=stage.time
        )
        return await drain(setup)


def rows(result):
    return {row["workload"]: (row["lowest"], row["keeps"]) for row in result.as_json()["workloads"]}


def rolling(stage, kind, name, replicas, limit):
    labels = {"app": name}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": limit}}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels, "annotations": SLOW},
            "spec": {"containers": [{"name": "c", "image": "pause"}]},
        },
        ("strategy" if kind == "Deployment" else "updateStrategy"): strategy,
    }
    if kind == "StatefulSet":
        spec["serviceName"] = name
    stage.apply(kind, name, spec)


async def test_nothing_without_a_budget_falls_below_what_its_own_strategy_allows(stage, watcher):
    stage.workload("Deployment", "web", 6, annotations=SLOW)
    stage.workload("StatefulSet", "db", 3, annotations=SLOW)
    stage.workload("ReplicaSet", "bare", 3, annotations=SLOW)
    rolling(stage, "Deployment", "wide", 8, "50%")
    setting(stage, watcher)
    result = await drained(stage)
    assert stage.pods_on("blue-0", "blue-1") == []
    assert {app: watcher.lowest[app] for app in ("web", "db", "bare", "wide")} == {
        "web": 5,
        "db": 2,
        "bare": 2,
        "wide": 4,
    }
    assert rows(result) == {
        "Deployment shop/web": (5, 5),
        "StatefulSet shop/db": (2, 2),
        "ReplicaSet shop/bare": (2, 2),
        "Deployment shop/wide": (4, 4),
    }
    assert result.workloads_below == 0


async def test_the_result_names_the_budget_where_there_is_one(stage, watcher):
    stage.workload("Deployment", "web", 4)
    stage.budget("web", "web", maxUnavailable=1)
    setting(stage, watcher)
    (row,) = (await drained(stage)).workloads
    assert (row["lowest"], row["keeps"]) == (3, 3)
    assert row["rule"] == "budget shop/web (maxUnavailable 1)"


async def test_at_once_takes_all_pods_and_the_result_says_what_that_did(stage, watcher):
    stage.workload("Deployment", "web", 6, annotations=SLOW)
    setting(stage, watcher)
    result = await drained(stage, replace(OPTIONS, unbudgeted_workloads=AT_ONCE))
    assert watcher.lowest["web"] < 5
    assert result.workloads_below == 1


async def test_a_workload_that_does_not_recover_goes_on_one_by_one_and_says_so(
    stage, watcher, caplog
):
    stage.workload("Deployment", "web", 3)
    setting(stage, watcher)
    with stage.clock.lock:  # from now on its new pods never become Ready

        def spoil(stored):
            for one in (stored["spec"]["template"], stored):
                one["metadata"].setdefault("annotations", {}).update(NEVER)

        for replicaset in stage.cluster.store.list("replicasets"):
            name = replicaset["metadata"]["name"]
            stage.cluster.store.change("replicasets", "shop", name, spoil)
    with caplog.at_level(logging.WARNING):
        result = await drained(stage, replace(OPTIONS, unready_patience_minutes=1))
    assert stage.pods_on("blue-0", "blue-1") == []
    assert "Deployment shop/web did not recover within 1 minutes" in caplog.text
    assert [o.passed_by for o in result.obstacles] == ["unready_patience_minutes"]
    # One went by the rule, the others each after a minute or more.
    assert result.seconds > 120


async def test_before_its_patience_ends_it_says_what_it_waits_for(stage, watcher):
    stage.workload("Deployment", "web", 3)
    stage.settle(60.0)
    with stage.clock.lock:
        for pod in stage.cluster.store.list("pods")[:1]:

            def sicken(stored):
                for condition in stored["status"]["conditions"]:
                    if condition["type"] == "Ready":
                        condition["status"] = "False"

            stage.cluster.store.change("pods", "shop", pod["metadata"]["name"], sicken)
    setting(stage, watcher, new=0)
    with pytest.raises(Stuck) as stuck:
        await drained(stage, seconds=30.0)
    assert "(maxUnavailable 25% of its own strategy; it has no disruption budget)" in str(
        stuck.value
    ) or "finds no node" in str(stuck.value)


async def test_pods_that_are_not_ready_need_not_wait_for_each_other(stage, watcher):
    stage.workload("Deployment", "sick", 5, annotations=NEVER)
    setting(stage, watcher)
    result = await drained(stage, seconds=60.0)
    assert result.moved == 5


async def test_a_single_replica_is_evicted_as_it_must(stage, watcher):
    stage.workload("Deployment", "solo", 1, annotations=SLOW)
    setting(stage, watcher)
    result = await drained(stage)
    assert watcher.lowest["solo"] == 0
    assert rows(result) == {"Deployment shop/solo": (0, 0)}


@pytest.mark.parametrize("budgeted", [False, True], ids=["without-budget", "budget-of-nothing"])
async def test_a_single_replica_that_is_restarted_has_no_gap(stage, watcher, budgeted):
    stage.workload("Deployment", "solo", 1, annotations=SLOW)
    if budgeted:
        stage.budget("solo", "solo", maxUnavailable=0)
    setting(stage, watcher)
    result = await drained(stage, replace(OPTIONS, single_replicas=RESTART))
    assert watcher.lowest["solo"] == 1
    assert [pod["fate"] for pod in result.pods] == ["moved by a restart of its rollout"]
    assert stage.pods_on("blue-0", "blue-1") == []


async def test_a_single_replica_that_cannot_surge_is_evicted_although_a_restart_was_wanted(
    stage, watcher
):
    stage.apply(
        "Deployment",
        "solo",
        {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {"app": "solo"}},
            "template": {
                "metadata": {"labels": {"app": "solo"}},
                "spec": {"containers": [{"name": "c", "image": "pause"}]},
            },
        },
    )
    setting(stage, watcher)
    result = await drained(stage, replace(OPTIONS, single_replicas=RESTART))
    assert [pod["fate"] for pod in result.pods] == ["evicted"]


@pytest.mark.parametrize("processes", [1, 2])
async def test_two_drains_side_by_side_share_what_a_workload_may_miss(stage, watcher, processes):
    stage.nodes("red", "red-0", "red-1")
    stage.workload("Deployment", "web", 8, annotations=SLOW)
    stage.workload("StatefulSet", "db", 4, annotations=SLOW)
    stage.workload("ReplicaSet", "bare", 4, annotations=SLOW)
    setting(stage, watcher, new=4)
    # By another name of the server two drains know nothing of each other, as in two processes.
    names = {"blue": "127.0.0.1", "red": "127.0.0.1" if processes == 1 else "localhost"}
    both = [drained(stage, target=group, server=name) for group, name in names.items()]
    await asyncio.gather(*both)
    assert stage.pods_on("blue-0", "blue-1", "red-0", "red-1") == []
    # How many pods a bare ReplicaSet is to have is told by its pods alone, which another process's
    # evictions make fewer (docs/limits.md).
    assert (watcher.lowest["web"], watcher.lowest["db"]) == (6, 3)
    assert watcher.lowest["bare"] >= (3 if processes == 1 else 2)


async def test_what_a_dead_drain_left_cordoned_holds_another_one_only_for_a_while(stage, watcher):
    stage.nodes("red", "a-red-0")
    stage.workload("Deployment", "web", 6, annotations=SLOW)
    setting(stage, watcher)
    async with stage.client() as client:
        await client.cordon("a-red-0", "a run that died")
    result = await drained(stage, replace(OPTIONS, unready_patience_minutes=0.5))
    assert stage.pods_on("blue-0", "blue-1") == []
    assert result.workloads_below == 0
    assert [o.passed_by for o in result.obstacles] == ["unready_patience_minutes"]


async def test_a_deployment_that_is_scaled_meanwhile_keeps_what_it_now_must(stage, watcher):
    stage.workload("Deployment", "web", 8, annotations=SLOW)
    setting(stage, watcher)

    async def scale():
        await asyncio.sleep(1.5)
        with stage.clock.lock:
            stage.cluster.store.change(
                "deployments", "shop", "web", lambda raw: raw["spec"].update(replicas=4)
            )

    result, _ = await asyncio.gather(drained(stage), scale())
    assert stage.pods_on("blue-0", "blue-1") == []
    assert result.workloads_below == 0
    assert watcher.lowest["web"] >= 3
