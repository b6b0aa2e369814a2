"""Records of runs that ended in different ways, as the Airflow layer hands them in."""

from copy import deepcopy
from typing import Any

import pytest

PLAN: dict[str, Any] = {
    "schema": 1,
    "cluster": "shop",
    "region": "eu-central-1",
    "from_version": "1.25",
    "to_version": "1.26",
    "control_plane": {"needed": True},
    "addons_before": [
        {"name": "coredns", "current": "v1.9.3-eksbuild.2", "versions": ["v1.9.3-eksbuild.7"]}
    ],
    "addons_after": [
        {"name": "kube-proxy", "current": "v1.25.6-eksbuild.1", "versions": ["v1.26.2-eksbuild.1"]}
    ],
    "node_groups": [
        {"blue": "workers", "green": "workers-k126", "from_version": "1.25", "to_version": "1.26"}
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


def task(task_id: str, state: str | None = "success", **more: Any) -> dict[str, Any]:
    mapped = task_id.startswith(("node_group.", "update_addons"))
    times = (
        (None, None)
        if state in (None, "upstream_failed", "skipped")
        else (RUN["started"], RUN["ended"])
    )
    return {
        "task_id": task_id,
        "map_index": 0 if mapped else -1,
        "label": None,
        "state": state,
        "started": times[0],
        "ended": times[1],
        "result": None,
        "failure": None,
    } | more


UPGRADED: dict[str, Any] = {
    "plan": PLAN,
    "run": RUN,
    "request": REQUEST,
    "tasks": [
        task("plan", result=result("Planned 1.25 to 1.26.")),
        task("update_addons_before", result=result("Updated coredns.", changed=True)),
        task("control_plane.start", result=result("Asked EKS for 1.26.", changed=True)),
        task(
            "control_plane.wait",
            result=result("EKS reports success.", waits=[["aws", 100.0, 340.0]]),
        ),
        task(
            "node_group.drain_blue",
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
            "node_group.wait_for_deletion",
            result=result(
                "The deletion came to a stand.",
                obstacles=[{"what": "2 instances are protected from scale-in", "passed_by": ""}],
            ),
        ),
        task("node_group.delete_asg", "skipped"),
        task("verify_cluster", result=result("All at 1.26.")),
        task("report", "running"),
        task("unlock", None),
        task("verdict", None),
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
        task("plan", result=result("Planned 1.25 to 1.26.")),
        task("node_group.create_green", result=result("Created workers-k126.", changed=True)),
        task("node_group.fence_blue", result=result("Cordoned 2 nodes.", changed=True)),
        task(
            "node_group.drain_blue",
            "failed",
            failure="Pod default/cache: it holds emptyDir data.\nRemedy: set delete_emptydir_data.",
        ),
        task("node_group.delete_blue", "upstream_failed"),
        task("verify_cluster", "upstream_failed"),
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
    "tasks": [
        task(
            "plan",
            "failed",
            failure="Cannot upgrade shop (1 problem(s)):\n  1. shop: two minors ahead.",
        ),
        task("lock", "upstream_failed"),
        task("control_plane.start", "upstream_failed"),
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
        task("plan", result=result("Nothing to do.")),
        task("control_plane.start", result=result("At 1.26 already.")),
        task("node_group.create_green", "skipped"),
        task("verify_cluster", result=result("All at 1.26.")),
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
