"""A cluster on which an upgrade died, and what the tests of the release ask of it."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator, EksUnlockClusterOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)

from include.eks_upgrade.kube.objects import EXCLUDED
from tests.airflow.real.outside import World
from tests.airflow.upgrade import QUICK
from tests.airflow.worker import Run, parameters

OLD, NEW = "workers", "workers-new"
DEAD = "manual__dead"
REGION = "eu-west-1"


def cordon(world: World, node: str) -> None:
    """As `kubectl cordon` does: no mark."""

    def change(raw: dict[str, Any]) -> None:
        raw["spec"]["unschedulable"] = True

    with world.rehearsal.clock.lock:
        store = world.rehearsal.world.clusters[world.scene.cluster].store
        store.change("nodes", None, node, change)


def members(world: World, group: str) -> list[str]:
    label = "eks.amazonaws.com/nodegroup"
    found = [n["metadata"] for n in world.objects("nodes")]
    return sorted(meta["name"] for meta in found if meta["labels"].get(label) == group)


def cordoned(world: World) -> set[str]:
    nodes = world.objects("nodes")
    return {n["metadata"]["name"] for n in nodes if n["spec"].get("unschedulable")}


def marks(world: World) -> dict[str, str]:
    """Node name -> our annotation."""
    found = {
        n["metadata"]["name"]: (n["metadata"].get("annotations") or {}).get(
            "eks-upgrade/cordoned-by"
        )
        for n in world.objects("nodes")
    }
    return {name: mark for name, mark in found.items() if mark}


def lease(world: World) -> dict[str, Any] | None:
    """The cluster's lock."""
    return next((each for each in world.objects("leases") if name_of(each) == "eks-upgrade"), None)


def baselines(world: World) -> list[str]:
    """What is kept of how workloads were: annotations of Leases."""
    return [
        key
        for each in world.objects("leases")
        for key in each["metadata"].get("annotations") or ()
        if key.startswith("eks-upgrade/baseline-")
    ]


def name_of(raw: dict[str, Any]) -> str:
    return str(raw["metadata"]["name"])


def open_up(world: World, group: str, size: int) -> None:
    """Give a group room to grow, so that the fence has something to cap."""
    world.eks.update_nodegroup_config(
        clusterName="shop", nodegroupName=group, scalingConfig={"maxSize": size}
    )
    world.rehearsal.clock.advance(600)


def new_run(run_id: str, **given: Any) -> Run:
    run = Run(parameters(cluster_name="shop", region=REGION, **given))
    run.run_id = run_id
    return run


def die_fenced(world: World) -> Run:
    """A run that took the lock, fenced the old group, and is then killed."""
    run = new_run(DEAD)
    run.do("lock", EksLockClusterOperator)
    pair = {"nodegroup_name": OLD, "replacement_name": NEW, "to_version": "1.33"}
    run.do("fence_old", EksFenceNodegroupOperator, **pair, **QUICK)
    return run


def release_run(state: str = "failed") -> Run:
    run = new_run("manual__release")
    run.states[DEAD] = state
    return run


def release(run: Run, **given: Any) -> dict[str, Any]:
    """The tasks of the DAG, one after another."""
    run.do("look", EksReleaseLookOperator, **given)
    run.do("lock", EksReleaseLockOperator, **given)
    told: dict[str, Any] = run.do("lift", EksReleaseLiftOperator, **given, **QUICK)
    run.do("unlock", EksUnlockClusterOperator)
    return told


def refusal(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(AirflowFailException) as raised:
        call(*arguments, **named)
    return str(raised.value)


def excluded(world: World) -> set[str]:
    nodes = world.objects("nodes")
    return {n["metadata"]["name"] for n in nodes if EXCLUDED in n["metadata"]["labels"]}
