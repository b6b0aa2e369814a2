"""Looks at the workloads of a whole cluster, through the API server's door."""

import asyncio

from include.eks_upgrade.fleet.health.known import Known
from include.eks_upgrade.fleet.health.read import unwell_now, workload_problems
from include.eks_upgrade.verification.baseline import GroupId
from include.eks_upgrade.verification.keeping import first_baseline
from include.eks_upgrade.verification.look import take_baseline


def known(**more):
    return Known(version="1.25", began=0.0, **more)


def look(stage, what):
    async def run():
        async with stage.client() as kube:
            return await workload_problems(kube, what)

    return asyncio.run(run())


def before(stage):
    async def run():
        async with stage.client() as kube:
            return await unwell_now(kube)

    return asyncio.run(run())


def test_a_cluster_whose_controllers_have_what_they_want_is_well(stage):
    stage.workload("Deployment", "web", 3)
    stage.workload("StatefulSet", "db", 1)
    stage.workload("DaemonSet", "agent")
    stage.settle(30)
    assert look(stage, known()) == {}


def test_pods_that_no_node_takes_are_named_with_their_workload(stage):
    stage.workload("Deployment", "web", 2)
    stage.settle(30)
    with stage.clock.lock:
        for name in ("blue-0", "blue-1"):
            stage.cluster.store.change(
                "nodes", None, name, lambda node: node["spec"].update(unschedulable=True)
            )
    stage.workload("Deployment", "late", 1)
    stage.settle(30)
    found = look(stage, known())
    assert list(found) == ["Deployment shop/late"]
    assert found["Deployment shop/late"].startswith(
        "Deployment shop/late has 0 of 1 Ready pods: pod shop/late-"
    )


def test_what_was_so_before_the_upgrade_is_no_fault_of_it(stage):
    with stage.clock.lock:
        for name in ("blue-0", "blue-1"):
            stage.cluster.store.change(
                "nodes", None, name, lambda node: node["spec"].update(unschedulable=True)
            )
    stage.workload("Deployment", "late", 1)
    stage.settle(30)
    seen = before(stage)
    assert seen == {"Deployment shop/late": 0}
    assert look(stage, known(unwell=seen)) == {}


def test_a_baseline_that_is_still_kept_is_held_against_what_is_now(stage):
    stage.workload("Deployment", "web", 2)
    stage.settle(30)

    async def keep():
        async with stage.client() as kube:
            group = GroupId("blue", "arn:nodegroup/demo/blue/1")
            await first_baseline(
                kube, group, lambda: take_baseline(kube, group, {"blue-0", "blue-1"})
            )

    asyncio.run(keep())
    assert look(stage, known()) == {}
