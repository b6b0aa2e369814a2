"""A cluster whose pods have gone to new nodes, while the old ones are still there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.nodes.keep import EksKeepNodegroupOperator

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.real.outside import World
from tests.airflow.upgrade import QUICK, WORSE_MINUTES
from tests.airflow.worker import Run, environment, parameters

CLUSTER, OLD, NEW, VERSION = "shop", "workers", "workers-new", "1.33"
UPGRADE = "manual__upgrade"
LABEL = "eks.amazonaws.com/nodegroup"
APPS = (
    App("shop", "web", 4, {"minAvailable": 3}, ready=5, stop=2),
    App("shop", "api", 3, {"maxUnavailable": 1}, ready=5, stop=2),
)
PAIR = {"nodegroup_name": OLD, "replacement_name": NEW}


def new_run(world: World, run_id: str = UPGRADE, **given: Any) -> Run:
    asked = parameters(cluster_name=CLUSTER, region=world.scene.region, **given)
    return Run(asked, run_id=run_id)


def begin(world: World) -> Run:
    """An upgrade that has come to the fence."""
    run = new_run(world)
    run.do("lock", EksLockClusterOperator)
    run.do("fence_old", EksFenceNodegroupOperator, **PAIR, to_version=VERSION, **QUICK)
    return run


def move_away(run: Run) -> None:
    """The drain of the old nodes."""
    run.do(
        "drain_old",
        EksDrainNodesOperator,
        **PAIR,
        to_version=VERSION,
        timeout_minutes=1.0,
        load_balancer_drain_seconds=0,
    )


def keep(run: Run, minutes: float, at: str = "size", **given: Any) -> dict[str, Any]:
    arguments = {"worse_minutes": WORSE_MINUTES, "waiter_delay": 0.1, **given}
    arguments = {"load_balancer_drain_seconds": 0.2, **arguments}
    done: dict[str, Any] = run.do(
        "keep_old", EksKeepNodegroupOperator, **PAIR, keep_minutes=minutes, keep_at=at, **arguments
    )
    return done


def sizes(world: World, group: str) -> tuple[int, int, int]:
    found = world.group(group)["scalingConfig"]
    return found["minSize"], found["desiredSize"], found["maxSize"]


def nodes(world: World, group: str) -> list[str]:
    found = [node["metadata"] for node in world.objects("nodes")]
    return sorted(meta["name"] for meta in found if meta["labels"].get(LABEL) == group)


def pods(world: World, group: str) -> list[str]:
    """Pods of the apps on a group."""
    there = set(nodes(world, group))
    return sorted(
        pod["metadata"]["name"]
        for pod in world.objects("pods")
        if pod["spec"].get("nodeName") in there and pod["metadata"]["namespace"] == "shop"
    )


def cordon(world: World, *names: str, on: bool = True) -> None:
    """As a person does."""

    def change(raw: dict[str, Any]) -> None:
        raw["spec"]["unschedulable"] = on

    with world.rehearsal.clock.lock:
        store = world.rehearsal.world.clusters[CLUSTER].store
        for name in names:
            store.change("nodes", None, name, change)


def kill(world: World, app: str) -> None:
    """One pod of an app is gone at once."""
    (name, *_) = [
        pod["metadata"]["name"]
        for pod in world.objects("pods")
        if pod["metadata"]["name"].startswith(f"{app}-")
    ]
    with world.rehearsal.clock.lock:
        kube = world.rehearsal.world.clusters[CLUSTER]
        kube.delete("pods", "shop", name, {"gracePeriodSeconds": 0})


@contextmanager
def way_back_world(speed: float = 600.0) -> Iterator[World]:
    """Two groups of three nodes; the new one was made to replace the old one."""
    with Rehearsal(speed=speed) as rehearsal, pytest.MonkeyPatch.context() as patch:
        manifests = tuple(one for app in APPS for one in deployment(app))
        options = PlainOptions(groups=(OLD, NEW), addons={}, manifests=manifests)
        scene = plain(rehearsal.world, CLUSTER, VERSION, 3, options)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        world = World(rehearsal, scene)
        arn = world.group(NEW)["nodegroupArn"]
        world.eks.tag_resource(resourceArn=arn, tags={"eks-upgrade/replaces": OLD})
        yield world
        assert rehearsal.clock.failures == []
