"""Real Airflow beside a rehearsal that runs fast, and what the tests ask of the two."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from eks_upgrade_airflow.run.report_store import safe_name

from include.local_airflow.api import ApiProblem
from include.local_airflow.demo.run import DAG, airflow_environment
from include.local_airflow.demo.scenarios import RUNBOOK, SCENARIOS
from include.local_airflow.engine import EMBEDDED
from include.local_airflow.engine.model import Engine
from include.local_airflow.launcher import REPO, LocalAirflow
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain, runbook
from include.rehearsal.seeding import Seeder
from include.rehearsal.workloads import App, deployment, with_pod_spec
from include.rehearsal.world import World

SPEED = 120.0
CLUSTER = SCENARIOS[RUNBOOK].cluster
CAREFUL = "careful"
"""A second cluster: two node groups, and once a run is planned a pod with emptyDir on `right`."""

Task = tuple[str, int]
"""A task id and its map index, -1 for tasks that are not mapped."""


@dataclass
class RealLab:
    """Airflow, the rehearsal, and the requests made before Airflow ran."""

    airflow: LocalAirflow
    rehearsal: Rehearsal
    scenario: str = RUNBOOK
    runs: list[str] = field(default_factory=list)

    def parameters(self, **changes: Any) -> dict[str, Any]:
        return SCENARIOS[self.scenario].parameters(self.rehearsal.world.region) | changes

    def trigger(self, **changes: Any) -> str:
        self.runs.append(self.airflow.trigger(DAG, self.parameters(**changes)))
        return self.runs[-1]

    def ended(self, run_id: str, seconds: float = 600.0) -> str:
        return str(self.airflow.await_run(DAG, run_id, seconds)["state"])

    def await_task(self, run_id: str, task: Task, seconds: float = 120.0) -> None:
        """Wait until a task has succeeded."""
        until = time.monotonic() + seconds
        while self.states(run_id).get(task) != "success":
            assert time.monotonic() < until, self.states(run_id)
            time.sleep(0.2)

    def bring_cache(self, cluster: str) -> None:
        """A pod with an emptyDir volume comes to the group `right`; no plan has seen it."""
        empty_dir = deployment(App("shop", "cache", 1, empty_dir=True))
        there = with_pod_spec(empty_dir, nodeSelector={"eks.amazonaws.com/nodegroup": "right"})
        Seeder(self.rehearsal.world).apply(cluster, there)

    def instances(self, run_id: str) -> dict[Task, dict[str, Any]]:
        found = self.airflow.client.pages(f"{_path(run_id)}/taskInstances", "task_instances")
        return {(each["task_id"], each["map_index"]): each for each in found}

    def states(self, run_id: str) -> dict[Task, str]:
        return {task: str(each["state"]) for task, each in self.instances(run_id).items()}

    def xcom(self, run_id: str, task: Task, key: str = "return_value") -> Any:
        """What a task left under a key; None when it left nothing."""
        name, index = task
        path = f"{_path(run_id)}/taskInstances/{name}/xcomEntries/{key}?map_index={index}"
        try:
            value = self.airflow.api("GET", path)["value"]
        except ApiProblem as problem:
            if problem.status == 404:
                return None
            raise
        return json.loads(value) if isinstance(value, str) and value[:1] in "{[" else value

    def results(self, run_id: str) -> dict[Task, dict[str, Any]]:
        found = {task: self.xcom(run_id, task) for task in self.instances(run_id)}
        return {task: it for task, it in found.items() if isinstance(it, dict) and "text" in it}

    def report_path(self, run_id: str) -> str:
        """Where the report of a run is, as Markdown."""
        return str(self.xcom(run_id, ("report", -1))["data"]["markdown"])

    def report(self, run_id: str) -> str:
        """What it says."""
        return Path(self.report_path(run_id)).read_text("utf-8")

    def clear(self, run_id: str, tasks: Sequence[Task], *, downstream: bool = False) -> None:
        """Clear tasks as the UI does; the run goes on at once."""
        named = [name if index < 0 else [name, index] for name, index in tasks]
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": named,
            "include_downstream": downstream,
            "only_failed": False,
            "reset_dag_runs": True,
        }
        self.airflow.api("POST", f"/api/v2/dags/{DAG}/clearTaskInstances", body)

    def clients(self) -> tuple[Any, ...]:
        given = self.rehearsal.environment
        names = ("eks", "ec2", "autoscaling")
        session: Any = self.rehearsal.session()
        return tuple(session.client(n, endpoint_url=given["AWS_ENDPOINT_URL"]) for n in names)

    def kube(self, plural: str, cluster: str = CLUSTER) -> list[dict[str, Any]]:
        with self.rehearsal.clock.lock:
            return deepcopy(self.rehearsal.world.clusters[cluster].store.list(plural))

    def world(self, cluster: str = CLUSTER) -> dict[str, Any]:
        """Everything an upgrade could change: not counts but names and identities."""
        eks, ec2, autoscaling = self.clients()
        try:
            return {
                **aws_state(eks, cluster),
                "templates": {
                    each["LaunchTemplateName"]: each["LatestVersionNumber"]
                    for each in ec2.describe_launch_templates()["LaunchTemplates"]
                },
                "asgs": sorted(
                    each["AutoScalingGroupName"]
                    for each in autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
                ),
                "nodes": sorted(map(node_state, self.kube("nodes", cluster))),
                "pods": sorted(map(pod_state, self.kube("pods", cluster))),
            }
        finally:
            for client in (eks, ec2, autoscaling):
                client.close()

    def workloads(self, cluster: str = CLUSTER) -> Counter[str]:
        """How many pods each workload has."""
        return Counter(workload(pod) for pod in self.kube("pods", cluster))

    def locks(self, cluster: str = CLUSTER) -> list[str]:
        leases = self.kube("leases", cluster)
        return [x["metadata"]["name"] for x in leases if x["metadata"]["name"] == "eks-upgrade"]


def aws_state(eks: Any, cluster: str) -> dict[str, Any]:
    """Versions, states and sizes as EKS tells them."""
    groups = {
        name: eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        for name in eks.list_nodegroups(clusterName=cluster)["nodegroups"]
    }
    addons = {
        name: eks.describe_addon(clusterName=cluster, addonName=name)["addon"]
        for name in eks.list_addons(clusterName=cluster)["addons"]
    }
    raw = eks.describe_cluster(name=cluster)["cluster"]
    return {
        "cluster": (raw["version"], raw["status"]),
        "addons": {name: (it["addonVersion"], it["status"]) for name, it in addons.items()},
        "node_groups": {
            name: (it["status"], it["scalingConfig"], it.get("taints", []))
            for name, it in groups.items()
        },
    }


def node_state(node: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Name, kubelet version, cordoned."""
    told = node["status"]["nodeInfo"]["kubeletVersion"]
    return node["metadata"]["name"], told, bool(node["spec"].get("unschedulable"))


def pod_state(pod: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Name, uid, node, phase: a pod that was moved and replaced is another one."""
    meta = pod["metadata"]
    name, node = f"{meta['namespace']}/{meta['name']}", pod["spec"].get("nodeName", "")
    return name, meta["uid"], node, pod["status"]["phase"]


def workload(pod: Mapping[str, Any]) -> str:
    """What a pod belongs to, as `namespace/name`; a pod without a controller is its own."""
    meta = pod["metadata"]
    owner = next(iter(meta.get("ownerReferences", [])), None)
    if owner is None:
        return f"{meta['namespace']}/{meta['name']}"
    name = owner["name"].rpartition("-")[0] if owner["kind"] == "ReplicaSet" else owner["name"]
    return f"{meta['namespace']}/{name}"


def two_clusters(world: World) -> None:
    """The runbook's cluster and a small one of its own."""
    runbook(world)
    options = PlainOptions(groups=("left", "right"), addons={})
    plain(world, CAREFUL, "1.25", 1, options)


@contextmanager
def real_lab(
    home: Path,
    build: Callable[[World], object] = two_clusters,
    scenario: str = RUNBOOK,
    environment: Mapping[str, str] | None = None,
    engine: Engine = EMBEDDED,
) -> Iterator[RealLab]:
    """Both, ready, with the clusters that `build` makes; runs have the scenario's parameters."""
    with Rehearsal(SPEED) as rehearsal:
        build(rehearsal.world)
        given = {**airflow_environment(rehearsal.environment), **(environment or {})}
        # An error of the database is told in the answer; its log only says that there was one.
        given["AIRFLOW__API__EXPOSE_STACKTRACE"] = "True"
        with LocalAirflow(home, REPO / "dags", extra_env=given, engine=engine) as airflow:
            airflow.await_dag(DAG)
            lab = RealLab(airflow, rehearsal, scenario)
            try:
                yield lab
            finally:
                for run_id in lab.runs:
                    remove_reports(run_id)


def remove_reports(run_id: str) -> None:
    """The reports folder belongs to people; tests leave nothing in it."""
    for path in (REPO / "reports").glob(f"*/{safe_name(run_id)}.*"):
        path.unlink()


def _path(run_id: str) -> str:
    return f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id, safe='')}"
