"""Looks at a whole cluster: before its drain, and after, through the API server's door."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from include.eks_upgrade.common.errors import Refused, Unreachable
from include.eks_upgrade.common.outcome import Done, NotYet
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.verification import watch as watch_module
from include.eks_upgrade.verification.asking import ONE_BY_ONE, Asking
from include.eks_upgrade.verification.baseline import GroupId
from include.eks_upgrade.verification.look import look_again, take_baseline
from include.eks_upgrade.verification.patience import Patience
from include.eks_upgrade.verification.wanted import GONE, UNKNOWN
from include.eks_upgrade.verification.watch import shared_pods
from include.rehearsal.workloads import cron_tick
from tests.eks_upgrade.drain.conftest import template

BLUE = GroupId("blue", "arn:nodegroup/demo/blue/1")
OLD = ("blue-0", "blue-1")
POD = template({})["spec"]


async def before(stage):
    async with stage.client() as kube:
        return await take_baseline(kube, BLUE, set(OLD))


def drain(stage):
    """New nodes come, the old ones are cordoned and emptied, as by the fence and the drain."""
    stage.nodes("green", "green-0", "green-1")
    with stage.clock.lock:
        for name in OLD:
            stage.cluster.store.change(
                "nodes", None, name, lambda node: node["spec"].update(unschedulable=True)
            )
            for pod in stage.cluster.pods_on(name):
                stage.cluster.delete("pods", "shop", pod["metadata"]["name"], {})
    stage.settle(30)


@asynccontextmanager
async def watching(stage):
    async def opener() -> ClusterAccess:
        return stage.access()

    async with shared_pods("demo", opener) as pods:
        yield pods


async def look(stage, baseline, seconds=0.0, patience=None):
    async with watching(stage) as pods:
        return await look_again(pods, "blue", baseline, patience or Patience(seconds))


def owned(stage, name, kind, own, *, version="acme.io/v1", **more):
    reference = {"apiVersion": version, "kind": kind, "name": own, "uid": own, "controller": True}
    spec = {**POD, **more.pop("spec", {})}
    stage.apply("Pod", name, spec, ownerReferences=[reference], **more)


def tick(stage, minute, **selector):
    """A Job that the CronJob report has made."""
    with stage.clock.lock:
        stage.cluster.apply(cron_tick("shop", "report", minute, selector))


NOWHERE = {"disk": "none"}


async def test_a_drained_cluster_is_as_before(stage):
    stage.workload("Deployment", "web", 3)
    stage.workload("StatefulSet", "cache", 2)
    stage.workload("DaemonSet", "agent")
    stage.settle()
    baseline = await before(stage)
    assert set(baseline.workloads) == {"Deployment shop/web", "StatefulSet shop/cache"}
    drain(stage)
    outcome = await look(stage, baseline)
    assert isinstance(outcome, Done), outcome
    assert "the 2 workloads that had pods there are as well as before" in outcome.detail


async def test_minutes_are_waited_for_even_when_all_is_well(stage):
    stage.workload("Deployment", "web", 3)
    stage.settle()
    baseline = await before(stage)
    drain(stage)
    outcome = await look(stage, baseline, seconds=180.0)
    assert outcome == NotYet(
        "all is as before at this moment; 1 workload has not been well for 3 minutes in all"
        " yet (worse_minutes)"
    )


async def test_a_database_that_crashes_on_its_new_node_keeps_the_old_group(stage):
    notes = {
        "rehearsal/operator": "true",
        "rehearsal/crash-loop": "eks.amazonaws.com/nodegroup=green",
    }
    owned(stage, "db-1", "Cluster", "db", annotations=notes)
    stage.settle()
    baseline = await before(stage)
    drain(stage)
    outcome = await look(stage, baseline)
    assert isinstance(outcome, NotYet)
    assert "Cluster.acme.io shop/db has 0 of 1 Ready pods: pod shop/db-1 (CrashLoopBackOff" in (
        outcome.detail
    )


async def test_a_cron_job_that_has_found_no_node_for_weeks_keeps_nothing(stage):
    tick(stage, 28571233)
    tick(stage, 28571234, **NOWHERE)
    stage.settle()
    baseline = await before(stage)
    assert list(baseline.workloads) == ["CronJob shop/report"]
    drain(stage)
    tick(stage, 28571235, **NOWHERE)
    stage.settle()
    assert isinstance(await look(stage, baseline), Done)


async def test_a_cron_job_that_finds_no_node_any_more_keeps_the_old_group(stage):
    tick(stage, 28571233)
    stage.settle()
    baseline = await before(stage)
    drain(stage)
    tick(stage, 28571234, **NOWHERE)
    stage.settle()
    outcome = await look(stage, baseline)
    assert "CronJob shop/report has a pod that cannot start" in outcome.detail


async def test_what_began_this_second_keeps_nothing(stage):
    stage.workload("Deployment", "web", 3)
    stage.settle()
    baseline = await before(stage)
    drain(stage)
    tick(stage, 28571236, **NOWHERE)
    stage.apply("Pod", "runner-1", {**POD, "nodeSelector": NOWHERE})
    stage.workload("Deployment", "brand-new", 3, annotations={"rehearsal/start-after": "900"})
    stage.settle()
    assert isinstance(await look(stage, baseline), Done)


async def test_gated_pods_keep_nothing(stage):
    owned(stage, "train-0", "Train", "train")
    stage.settle()
    baseline = await before(stage)
    drain(stage)
    owned(stage, "train-0", "Train", "train", spec={"schedulingGates": [{"name": "kueue"}]})
    stage.settle()
    outcome = await look(stage, baseline)
    assert isinstance(outcome, Done), outcome
    assert "1 of its pods are kept back by scheduling gates" in outcome.detail


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "ReplicaSet"])
async def test_scaled_down_or_deleted_meanwhile_keeps_nothing(stage, kind):
    stage.workload(kind, "web", 3)
    stage.workload(kind, "gone", 2)
    stage.settle()
    baseline = await before(stage)
    drain(stage)
    plural = f"{kind.lower()}s"
    with stage.clock.lock:
        stage.cluster.store.change(
            plural, "shop", "web", lambda raw: raw["spec"].update(replicas=1)
        )
        stage.cluster.delete(plural, "shop", "gone", {})
    stage.settle()
    outcome = await look(stage, baseline)
    assert isinstance(outcome, Done), outcome
    assert f"{kind} shop/web: 1 of 3 Ready pods, for it was scaled to 1" in outcome.detail
    assert f"{kind} shop/gone: 0 of 2 Ready pods, for it has been deleted" in outcome.detail


async def test_a_pod_that_is_left_on_an_old_node_is_named(stage):
    stage.workload("Deployment", "web", 1)
    stage.settle()
    outcome = await look(stage, await before(stage))
    assert "is still on old node blue-" in outcome.detail


async def test_without_a_baseline_only_the_old_nodes_count(stage):
    stage.workload("Deployment", "web", 2, annotations={"rehearsal/crash-loop": "true"})
    stage.settle()
    drain(stage)
    outcome = await look(stage, None)
    assert isinstance(outcome, Done)
    assert "were not compared" in outcome.detail


async def test_all_verifications_of_a_cluster_share_one_watch(stage):
    stage.workload("Deployment", "web", 3)
    stage.settle()
    async with watching(stage) as one, watching(stage) as other:
        assert one is other
        await asyncio.gather(*(look_again(one, "blue", None, Patience(0)) for _ in range(5)))
        assert sum(one.tally.ready.values()) == 3
        stage.workload("Deployment", "more", 2)
        stage.settle()
        await until(lambda: one.tally.ready["Deployment shop/more"] == 2)
    assert one.ended
    async with watching(stage) as later:
        assert later is not one


async def until(true, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_watch_that_has_fallen_silent_is_not_believed(stage, monkeypatch):
    async with watching(stage) as one:
        monkeypatch.setattr(watch_module, "SILENT_SECONDS", 0.0)
        with pytest.raises(Unreachable, match="fallen silent"):
            one.check()
        await until(lambda: one.ended)
        with pytest.raises(Unreachable, match="fallen silent"):
            one.check()
        monkeypatch.undo()
        async with watching(stage) as another:
            another.check()


async def test_who_may_not_read_pods_is_told_so_each_time(stage):
    stage.server.grant([])
    for _ in range(2):
        with pytest.raises(Refused, match="list pods"):
            async with watching(stage):
                pass


async def test_without_the_right_to_read_jobs_their_names_tell(stage):
    name = "Job shop/report-28571233-again"
    made = cron_tick("shop", "report", 28571233)
    made["metadata"]["name"] += "-again"
    with stage.clock.lock:
        stage.cluster.apply(made)
    async with stage.client() as kube:
        assert await Asking(kube).tops([name]) == {name: "CronJob shop/report"}
        stage.server.grant([])
        asking = Asking(kube)
        assert await asking.tops(["Job shop/report-28571233"]) == {
            "Job shop/report-28571233": "CronJob shop/report"
        }


async def test_many_workloads_are_asked_with_one_list_and_an_answer_serves_for_a_while(stage):
    for number in range(ONE_BY_ONE + 5):
        stage.workload("Deployment", f"app-{number}", 1)
    names = [f"Deployment shop/app-{number}" for number in range(ONE_BY_ONE + 5)]
    now = [100.0]
    async with stage.client() as kube:
        asking = Asking(kube, now=lambda: now[0])
        found = await asking.wanted([*names, "Deployment shop/none", "Web.acme.io shop/web"])
        asked = kube.requests
        await asking.wanted(names)
        assert kube.requests == asked == 1
        now[0] += 31
        await asking.wanted(names[:2])
        assert kube.requests == asked + 2
    assert {found[name].replicas for name in names} == {1}
    assert found["Deployment shop/none"] == GONE
    assert found["Web.acme.io shop/web"] == UNKNOWN
