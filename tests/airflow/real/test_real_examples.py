"""Each DAG of `dags/examples/` does its work under a real scheduler and triggerer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from include.local_airflow.demo.run import airflow_environment
from include.local_airflow.launcher import REPO, LocalAirflow
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.dags.test_examples import EXAMPLES
from tests.airflow.real.real_lab import aws_state, remove_reports

WEB = App("shop", "web", 6, {"maxUnavailable": 2})
LABEL = "eks.amazonaws.com/nodegroup"


def under_airflow(test: Any) -> Any:
    return pytest.mark.airflow(pytest.mark.timeout(240)(test))


class Lab:
    """Airflow with the project's own DAG folder, and a cluster for each example."""

    def __init__(self, airflow: LocalAirflow, rehearsal: Rehearsal) -> None:
        self.airflow, self.rehearsal = airflow, rehearsal
        self.runs: list[str] = []
        self.before = self.aws("reported")

    def start(self, dag_id: str, cluster: str, **changes: Any) -> str:
        conf = {"cluster_name": cluster, "region": self.rehearsal.world.region, **changes}
        self.runs.append(self.airflow.trigger(dag_id, conf))
        return self.runs[-1]

    def ended(self, dag_id: str, run_id: str) -> str:
        return str(self.airflow.await_run(dag_id, run_id, 110)["state"])

    def states(self, dag_id: str, run_id: str) -> dict[str, str]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found = self.airflow.client.pages(path, "task_instances")
        return {each["task_id"]: str(each["state"]) for each in found}

    def result(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        value = self.airflow.api("GET", f"{path}/xcomEntries/return_value")["value"]
        return dict(json.loads(value) if isinstance(value, str) else value)

    def kube(self, plural: str, cluster: str) -> list[dict[str, Any]]:
        with self.rehearsal.clock.lock:
            return list(self.rehearsal.world.clusters[cluster].store.list(plural))

    def groups_of_pods(self, cluster: str) -> set[str]:
        """Node groups on which pods of Deployments are."""
        nodes = {
            n["metadata"]["name"]: n["metadata"]["labels"] for n in self.kube("nodes", cluster)
        }
        return {
            nodes[pod["spec"]["nodeName"]][LABEL]
            for pod in self.kube("pods", cluster)
            if pod["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
            and pod["spec"].get("nodeName")
        }

    def locks(self, cluster: str) -> list[str]:
        names = [lease["metadata"]["name"] for lease in self.kube("leases", cluster)]
        return [name for name in names if name == "eks-upgrade"]

    def aws(self, cluster: str) -> dict[str, Any]:
        session: Any = self.rehearsal.session()
        url = self.rehearsal.environment["AWS_ENDPOINT_URL"]
        client = session.client("eks", endpoint_url=url)
        try:
            return aws_state(client, cluster)
        finally:
            client.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Rehearsal(120.0) as rehearsal:
        manifests = tuple(deployment(WEB))
        two = PlainOptions(groups=("left", "right"), addons={}, manifests=manifests)
        one = PlainOptions(groups=("workers",), addons={}, manifests=manifests)
        plain(rehearsal.world, "drained", "1.33", 2, two)
        plain(rehearsal.world, "rotated", "1.33", 2, one)
        plain(rehearsal.world, "reported", "1.25", 1, two)
        given = airflow_environment(rehearsal.environment)
        home = tmp_path_factory.mktemp("airflow")
        with LocalAirflow(home, REPO / "dags", extra_env=given) as airflow:
            made = Lab(airflow, rehearsal)
            for dag_id in EXAMPLES:
                airflow.await_dag(dag_id)
                assert airflow.api("GET", f"/api/v2/dags/{dag_id}")["is_paused"]
                airflow.api("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
            yield made
            for run_id in made.runs:
                remove_reports(run_id)


@pytest.fixture(scope="module")
def runs(lab: Lab) -> dict[str, str]:
    """All runs at once, side by side: their ids by what they are."""
    quick = {"poll_seconds": 1, "node_group_minutes": 2, "worse_minutes": 0.05}
    quick |= {"deletion_minutes": 2, "deletion_stall_minutes": 1}
    drain = {"ignore_daemonsets": True, "drain_timeout_minutes": 2}
    drain |= {"load_balancer_drain_seconds": 1}
    return {
        "rotation": lab.start(
            "eks_rotate_node_group", "rotated", nodegroup_name="workers",
            replacement_name="workers-b", **quick, **drain,
        ),
        "drain": lab.start("eks_drain_node_group", "drained", nodegroup_name="left", **drain),
        "report": lab.start("eks_report_cluster", "reported"),
        "refused report": lab.start("eks_report_cluster", "reported", target_version="1.99"),
        "refused rotation": lab.start(
            "eks_rotate_node_group", "reported", nodegroup_name="left", replacement_name="right",
        ),
    }  # fmt: skip


@under_airflow
def test_one_node_group_is_drained_and_nothing_is_deleted(lab: Lab, runs: dict[str, str]) -> None:
    dag_id, run_id = "eks_drain_node_group", runs["drain"]
    assert lab.ended(dag_id, run_id) == "success"
    assert lab.result(dag_id, run_id, "drain")["data"]["moved"] > 0
    assert lab.groups_of_pods("drained") == {"right"}
    assert set(lab.aws("drained")["node_groups"]) == {"left", "right"}
    assert lab.locks("drained") == []


@under_airflow
def test_a_plan_is_reported_and_so_is_a_refusal(lab: Lab, runs: dict[str, str]) -> None:
    dag_id, run_id, refused = "eks_report_cluster", runs["report"], runs["refused report"]
    assert lab.ended(dag_id, run_id) == "success"
    written = lab.result(dag_id, run_id, "report")["data"]
    assert "reported from 1.25 to 1.26: planned" in Path(written["markdown"]).read_text()
    assert Path(written["html"]).exists()
    assert lab.ended(dag_id, refused) == "failed"
    written = lab.result(dag_id, refused, "report")["data"]
    assert "refused, the plan does not allow this upgrade" in Path(written["markdown"]).read_text()


@under_airflow
def test_the_link_of_the_task_leads_to_the_report_and_nobody_else_than_readers_sees_it(
    lab: Lab, runs: dict[str, str]
) -> None:
    dag_id, run_id = "eks_report_cluster", runs["report"]
    assert lab.ended(dag_id, run_id) == "success"
    path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/report/links"
    link = lab.airflow.api("GET", path)["extra_links"]["Upgrade report"]
    login = {"username": "admin", "password": lab.airflow.password}
    with httpx.Client(base_url=lab.airflow.url, trust_env=False) as client:
        assert client.get(link).status_code == 401
        token = client.post("/auth/token", json=login).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        page = client.get(link)
        assert page.status_code == 200
        assert "reported from 1.25 to 1.26: planned" in page.text
        assert client.get(f"{link}?form=md").text.startswith("# reported from 1.25 to 1.26")
        missing = client.get(link.replace("eks_report_cluster", "eks_upgrade"))
        assert missing.status_code == 404


@under_airflow
def test_a_rotation_onto_a_name_that_is_taken_touches_nothing(
    lab: Lab, runs: dict[str, str]
) -> None:
    dag_id, run_id = "eks_rotate_node_group", runs["refused rotation"]
    assert lab.ended(dag_id, run_id) == "failed"
    states = lab.states(dag_id, run_id)
    assert states["check"] == "failed"
    assert states["node_group.create_new_group"] == "upstream_failed"
    assert states["unlock"] == "success"
    # Nor has a report changed anything: it looked at the same cluster.
    assert lab.aws("reported") == lab.before
    assert lab.locks("reported") == []


@under_airflow
def test_a_node_group_is_replaced_in_its_own_version(lab: Lab, runs: dict[str, str]) -> None:
    dag_id, run_id = "eks_rotate_node_group", runs["rotation"]
    assert lab.ended(dag_id, run_id) == "success"
    states = lab.states(dag_id, run_id)
    assert states["node_group.drain_old"] == states["node_group.confirm_gone"] == "success"
    assert states["node_group.recovery.diagnose"] == "skipped"
    assert lab.groups_of_pods("rotated") == {"workers-b"}
    after = lab.aws("rotated")
    assert set(after["node_groups"]) == {"workers-b"}
    assert after["cluster"] == ("1.33", "ACTIVE")
    assert lab.locks("rotated") == []
