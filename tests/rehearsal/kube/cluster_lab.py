"""A rehearsal cluster stepped by hand, and manifests short enough to read in a test."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.cluster import KubeCluster
from include.rehearsal.kube.controllers.timings import Timings
from include.rehearsal.kube.objects.errors import ApiError

RECORDINGS = Path(__file__).parents[2] / "recordings"
START = 1_795_417_200.0  # 2026-11-23T07:00:00Z


def recorded(scenario: str) -> list[dict[str, Any]]:
    """The exchanges and watches of a recording."""
    found = json.loads((RECORDINGS / f"{scenario}.json").read_text())["exchanges"]
    assert isinstance(found, list)
    return found


class ClusterLab:
    """A cluster on a clock that stands still until it is told to go on."""

    def __init__(self, *, timings: Timings | None = None) -> None:
        self.clock = SimClock(start=START)
        self.cluster = KubeCluster("demo", "1.25", self.clock, timings=timings or Timings())
        self.store = self.cluster.store

    def node(
        self,
        name: str,
        *,
        group: str = "blue",
        zone: str = "eu-central-1a",
        taints: list[dict[str, str]] | None = None,
        instance_type: str = "m5.xlarge",
        ready_after: float = 0.0,
    ) -> None:
        self.cluster.add_node(
            name,
            labels={"eks.amazonaws.com/nodegroup": group},
            taints=taints or [],
            kubelet_version="v1.25.16-eks-1",
            instance_type=instance_type,
            zone=zone,
            instance_id=f"i-{name}",
            image_id="ami-1",
            ready_after=ready_after,
        )

    def settle(self) -> None:
        self.clock.run_until_idle(limit=300)
        assert self.clock.failures == []

    def now(self) -> None:
        """Let the controllers do what is due in this instant."""
        self.clock.run_due()
        assert self.clock.failures == []

    def pods(self, app: str, *, going: bool = False) -> list[dict[str, Any]]:
        return [
            pod
            for pod in self.store.list("pods")
            if pod["metadata"].get("labels", {}).get("app") == app
            and (going or "deletionTimestamp" not in pod["metadata"])
        ]

    def names(self, app: str) -> list[str]:
        return [pod["metadata"]["name"] for pod in self.pods(app)]

    def places(self, app: str) -> list[str]:
        return sorted(pod["spec"].get("nodeName", "") for pod in self.pods(app))

    def cordon(self, name: str, *, on: bool = True) -> None:
        def edit(node: dict[str, Any]) -> None:
            node["spec"]["unschedulable"] = on

        self.store.change("nodes", None, name, edit)
        self.now()

    def taint(self, name: str, *taints: dict[str, str]) -> None:
        def edit(node: dict[str, Any]) -> None:
            node["spec"]["taints"] = list(taints)

        self.store.change("nodes", None, name, edit)
        self.now()

    def evict(self, name: str, namespace: str = "default", **options: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"metadata": {"name": name, "namespace": namespace}}
        if options:
            body["deleteOptions"] = options
        return self.cluster.evict(namespace, name, body)

    def refusal(self, name: str, namespace: str = "default", **options: Any) -> ApiError:
        with pytest.raises(ApiError) as caught:
            self.evict(name, namespace, **options)
        return caught.value

    def budget(self, name: str, namespace: str = "default") -> dict[str, Any]:
        status = self.store.get("poddisruptionbudgets", namespace, name)["status"]
        assert isinstance(status, dict)
        return status


def lab() -> Iterator[ClusterLab]:
    """For a fixture: the clock's failures are looked at when the test is over."""
    made = ClusterLab()
    yield made
    assert made.clock.failures == []


def pod_spec(**more: Any) -> dict[str, Any]:
    return {"containers": [{"name": "c", "image": "pause"}], **more}


def requests(cpu: str) -> list[dict[str, Any]]:
    return [{"name": "c", "image": "pause", "resources": {"requests": {"cpu": cpu}}}]


def pod(name: str, *, notes: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name, "labels": {"app": name}}
    if notes:
        meta["annotations"] = notes
    return {"kind": "Pod", "metadata": meta, "spec": pod_spec(**spec)}


def workload(
    kind: str,
    name: str,
    *,
    notes: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
    namespace: str = "default",
    **fields: Any,
) -> dict[str, Any]:
    template: dict[str, Any] = {"metadata": {"labels": {"app": name}}, "spec": pod_spec()}
    template["spec"] |= spec or {}
    if notes:
        template["metadata"]["annotations"] = notes
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **fields},
    }


def deployment(name: str, replicas: int, **fields: Any) -> dict[str, Any]:
    return workload("Deployment", name, replicas=replicas, **fields)


def budget(name: str, app: str, namespace: str = "default", **spec: Any) -> dict[str, Any]:
    return {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }
