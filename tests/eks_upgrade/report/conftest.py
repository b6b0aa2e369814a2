"""Records of runs that ended in different ways, as the Airflow layer hands them in."""

from copy import deepcopy
from typing import Any

import pytest

from include.eks_upgrade.common.stages import REPLACEMENT, Stage
from include.eks_upgrade.planning.plan import SCHEMA

PLAN: dict[str, Any] = {
    "schema": SCHEMA,
    "cluster": "shop",
    "region": "eu-central-1",
    "from_version": "1.25",
    "to_version": "1.26",
    "control_plane_needed": True,
    "addons_before": [
        {
            "name": "coredns",
            "current": "v1.9.3-eksbuild.2",
            "versions": ["v1.9.3-eksbuild.7"],
            "resolve_conflicts": "PRESERVE",
        }
    ],
    "addons_after": [
        {
            "name": "kube-proxy",
            "current": "v1.25.6-eksbuild.1",
            "versions": ["v1.26.2-eksbuild.1"],
            "resolve_conflicts": "PRESERVE",
        }
    ],
    "node_groups": [
        {
            "kind": "managed",
            "name": "workers",
            "replacement": "workers-k126",
            "from_version": "1.25",
            "to_version": "1.26",
            "image": None,
        }
    ],
    "warnings": ["Subnet subnet-1 has 9 free addresses."],
    "summary": [],
}
RUN = {
    "dag_id": "eks_upgrade",
    "run_id": "manual__2026-11-23T10:00:00+00:00",
    "url": "http://127.0.0.1:8080/dags/eks_upgrade/runs/x",
    "started": "2026-11-23T10:00:00+00:00",
    "ended": "2026-11-23T10:10:00+00:00",
}
REQUEST = {
    "cluster_name": "shop",
    "node_groups": [],
    "ignore_daemonsets": True,
    "delete_emptydir_data": False,
    "may_delete_asg": False,
    "pod_grace_period_seconds": None,
}


def result(text: str, *, changed: bool = False, **more: Any) -> dict[str, Any]:
    return {"text": text, "changed": changed, "data": {}, "obstacles": [], "waits": [], **more}


def task(stage: Stage, state: str | None = "success", **more: Any) -> dict[str, Any]:
    """A task as a runner with names of its own hands it in."""
    mapped = stage in {*REPLACEMENT, Stage.ADDONS_BEFORE, Stage.ADDONS_AFTER}
    times = (
        (None, None)
        if state in (None, "upstream_failed", "skipped")
        else (RUN["started"], RUN["ended"])
    )
    return {
        "stage": stage.value,
        "name": f"do-{stage.value}",
        "map_index": 0 if mapped else -1,
        "label": None,
        "state": state,
        "started": times[0],
        "ended": times[1],
        "result": None,
        "failure": None,
    } | more


HOW = {
    "repeat": {stage.value: f"clear `do-{stage.value}`{{about}}" for stage in Stage},
    "release": "trigger `let-go`",
}

UPGRADED: dict[str, Any] = {
    "plan": PLAN,
    "run": RUN,
    "request": REQUEST,
    **HOW,
    "tasks": [
        task(Stage.PLAN, result=result("Planned 1.25 to 1.26.")),
        task(Stage.ADDONS_BEFORE, result=result("Updated coredns.", changed=True)),
        task(Stage.CONTROL_PLANE, result=result("Asked EKS for 1.26.", changed=True)),
        task(
            Stage.CONTROL_PLANE_WAIT,
            result=result("EKS reports success.", waits=[["aws", 100.0, 340.0]]),
        ),
        task(
            Stage.DRAIN,
            result=result(
                "Moved 5 pods.",
                changed=True,
                data={
                    "moved": 5,
                    "by_node": {"ip-10-0-0-2": 3, "ip-10-0-0-1": 2},
                    "skipped_daemonset": 4,
                    "seconds": 61.2,
                    "refusals": 7,
                },
                obstacles=[
                    {
                        "what": "Pod default/cache holds emptyDir data",
                        "passed_by": "delete_emptydir_data",
                    }
                ],
                waits=[["drain", 400.0, 460.0], ["aws", 320.0, 410.0]],
            ),
        ),
        task(
            Stage.DELETION_WAIT,
            result=result(
                "The deletion came to a stand.",
                obstacles=[{"what": "2 instances are protected from scale-in", "passed_by": ""}],
            ),
        ),
        task(Stage.ASG_DELETION, "skipped"),
        task(Stage.CLUSTER, result=result("All at 1.26.")),
        task(Stage.REPORT, "running"),
        task(Stage.UNLOCK, None),
        task(Stage.VERDICT, None),
    ],
    "world": {
        "version": "1.26",
        "node_groups": [
            {"name": "workers-k126", "status": "ACTIVE", "nodes": 2, "version": "1.26"}
        ],
        "addons": [
            {"name": "coredns", "version": "v1.9.3-eksbuild.7", "status": "ACTIVE"},
            {"name": "kube-proxy", "version": "v1.26.2-eksbuild.1", "status": "DEGRADED"},
        ],
    },
}

FAILED_DRAIN: dict[str, Any] = UPGRADED | {
    "tasks": [
        task(Stage.PLAN, result=result("Planned 1.25 to 1.26.")),
        task(Stage.NEW_GROUP, result=result("Created workers-k126.", changed=True)),
        task(Stage.FENCE, result=result("Cordoned 2 nodes.", changed=True)),
        task(
            Stage.DRAIN,
            "failed",
            failure="Pod default/cache: it holds emptyDir data.\nRemedy: set delete_emptydir_data.",
        ),
        task(Stage.DELETION, "upstream_failed"),
        task(Stage.CLUSTER, "upstream_failed"),
    ],
    "world": {
        "version": "1.26",
        "node_groups": [
            {"name": "workers", "status": "ACTIVE", "nodes": 2, "version": "1.25"},
            {"name": "workers-k126", "status": "ACTIVE", "nodes": 2, "version": "1.26"},
        ],
        "addons": [],
    },
}

REFUSED: dict[str, Any] = {
    "plan": None,
    "run": RUN,
    "request": REQUEST | {"cluster_name": "shop"},
    **HOW,
    "tasks": [
        task(
            Stage.PLAN,
            "failed",
            failure="Cannot upgrade shop: 1 problem\n  1. shop: two minors ahead.",
        ),
        task(Stage.LOCK, "upstream_failed"),
        task(Stage.CONTROL_PLANE, "upstream_failed"),
    ],
    "world": None,
}

UNCHANGED: dict[str, Any] = UPGRADED | {
    "plan": PLAN
    | {
        "from_version": "1.26",
        "addons_before": [],
        "addons_after": [],
        "node_groups": [],
        "warnings": [],
    },
    "tasks": [
        task(Stage.PLAN, result=result("Nothing to do.")),
        task(Stage.CONTROL_PLANE, result=result("At 1.26 already.")),
        task(Stage.NEW_GROUP, "skipped"),
        task(Stage.CLUSTER, result=result("All at 1.26.")),
    ],
}


@pytest.fixture
def upgraded() -> dict[str, Any]:
    return deepcopy(UPGRADED)


@pytest.fixture
def failed_drain() -> dict[str, Any]:
    return deepcopy(FAILED_DRAIN)


@pytest.fixture
def refused() -> dict[str, Any]:
    return deepcopy(REFUSED)


@pytest.fixture
def unchanged() -> dict[str, Any]:
    return deepcopy(UNCHANGED)
