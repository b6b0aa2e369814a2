"""Many pods in one drain, and many drains in one event loop."""

import asyncio
import time
from dataclasses import replace

from include.eks_upgrade.common.errors import Refused, Stuck
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.rehearsal.kube.cluster import KubeCluster
from tests.eks_upgrade.drain.conftest import Stage, token_for

BLUE = Target.node_group("blue")
SEED = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)
CLUSTERS = 100


async def test_moves_a_thousand_pods_with_few_requests_and_refusals(stage):
    stage.nodes("blue", *(f"blue-{n}" for n in range(2, 40)))
    for number in range(20):
        stage.workload("Deployment", f"app-{number}", 25)
        stage.budget(f"app-{number}", f"app-{number}", maxUnavailable="20%")
    for number in range(5):
        stage.workload("Deployment", f"free-{number}", 100)
    stage.settle(30)
    stage.nodes("green", *(f"green-{n}" for n in range(40)))
    options = replace(SEED, requests_per_second=500.0)
    access = stage.client()._transport.access
    async with KubeClient(access, requests_per_second=500.0) as client:
        result = await drain(DrainSetup(client, BLUE, options, deadline=time.time() + 120))
    assert stage.pods_on(*(f"blue-{n}" for n in range(40))) == []
    assert result.moved == 1000
    assert len(result.pods) == 1000
    assert result.refusals < 10
    assert result.requests <= 4 * 1000


class Fleet(Stage):
    """Many small clusters behind one door."""

    def __init__(self):
        super().__init__()
        self.clusters = {}
        for number in range(CLUSTERS):
            name = f"c{number}"
            cluster = self.clusters[name] = KubeCluster(name, "1.25", self.clock)
            self.server._clusters[name] = cluster
            self.cluster = cluster
            self.nodes("blue", "blue-0")
            self.workload("Deployment", "web", 2)
            if number % 10 == 0:
                self.budget("never", "web", maxUnavailable=0)
        self.settle()
        for cluster in self.clusters.values():
            self.cluster = cluster
            self.nodes("green", "green-0")


async def drained(fleet, name):
    access = replace(
        fleet.client()._transport.access,
        endpoint=fleet.server.url(name),
        token=lambda: token_for(name),
    )
    options = replace(SEED, when_blocked={"never_allowed": "fail"})
    if name == "c7":
        options = DrainOptions(pod_selector="app in (")
    async with KubeClient(access) as client:
        return await drain(DrainSetup(client, BLUE, options, deadline=time.time() + 200))


async def test_more_than_a_hundred_drains_in_one_loop_do_not_disturb_each_other():
    fleet = Fleet()
    fleet.server.start()
    try:
        ends = await asyncio.gather(
            *(drained(fleet, name) for name in fleet.clusters), return_exceptions=True
        )
    finally:
        fleet.server.stop()
    by_name = dict(zip(fleet.clusters, ends, strict=True))
    blocked = {f"c{n}" for n in range(0, CLUSTERS, 10)}
    assert {name for name, end in by_name.items() if isinstance(end, Stuck)} == blocked
    assert isinstance(by_name["c7"], Refused)
    moved = [end.moved for name, end in by_name.items() if name not in blocked | {"c7"}]
    assert moved == [2] * (CLUSTERS - 11)
    assert fleet.server.failures == fleet.clock.failures == []
