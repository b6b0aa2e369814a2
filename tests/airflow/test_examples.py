"""The DAGs of `dags/examples/`: a stranger's first reading, and each does its work."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException
from airflow.serialization.serialized_objects import DagSerialization
from eks_upgrade_airflow.operators.replacement import EksCheckReplacementOperator
from eks_upgrade_airflow.run.stages import STAGES

from include.local_airflow.demo.run import airflow_environment
from include.local_airflow.launcher import REPO, LocalAirflow
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.real.real_lab import aws_state, remove_reports
from tests.airflow.worker import Run, environment, parameters

FOLDER = REPO / "dags" / "examples"
EXAMPLES = {
    "eks_drain_node_group": "drain_node_group.py",
    "eks_rotate_node_group": "rotate_node_group_image.py",
    "eks_report_cluster": "report_cluster.py",
}
WEB = App("shop", "web", 6, {"maxUnavailable": 2})
LABEL = "eks.amazonaws.com/nodegroup"


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(FOLDER))


def test_each_file_holds_its_dag(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert {dag_id: Path(dag.fileloc).name for dag_id, dag in bag.dags.items()} == EXAMPLES
    assert {file.name for file in FOLDER.glob("*.py")} == set(EXAMPLES.values())


@pytest.fixture(params=EXAMPLES)
def dag(bag: DagBag, request: pytest.FixtureRequest) -> DAG:
    found: DAG = bag.dags[request.param]
    return found


def test_an_example_runs_only_when_somebody_asks_for_it(dag: DAG) -> None:
    assert dag.is_paused_upon_creation
    assert "example" in dag.tags
    assert dag.schedule is None


def test_an_example_survives_what_the_scheduler_stores_of_it(dag: DAG) -> None:
    text = json.dumps(DagSerialization.to_dict(dag))
    read = DagSerialization.from_dict(json.loads(text))
    assert set(read.task_dict) == set(dag.task_dict)
    # Else each parse would make a new version of the DAG.
    assert " object at 0x" not in text


def test_an_example_explains_itself_and_fits_on_a_page(dag: DAG) -> None:
    lines = Path(dag.fileloc).read_text().splitlines()
    assert 25 <= len(lines) <= 50
    assert (dag.doc_md or "").startswith("### ")
    assert all(dag.params.get_param(name).schema.get("title") for name in dag.params)


def test_the_form_of_an_example_loses_nothing_by_default(dag: DAG) -> None:
    defaults = {name: dag.params.get_param(name).value for name in dag.params}
    assert not [name for name, value in defaults.items() if value is True]


def test_a_lock_that_is_taken_is_given_back(dag: DAG) -> None:
    changing = dag.dag_id != "eks_report_cluster"
    assert ("lock" in dag.task_dict) is changing
    if changing:
        assert dag.task_dict["lock"].is_setup
        assert dag.task_dict["unlock"].is_teardown
        behind = dag.task_dict["lock"].get_flat_relative_ids(upstream=False)
        assert set(dag.task_dict) - behind == {"lock"}


def test_whoever_repeats_a_stage_of_a_rotation_is_sent_to_its_own_tasks(bag: DagBag) -> None:
    tasks = set(bag.dags["eks_rotate_node_group"].task_dict)
    assert {name for name in STAGES if name.startswith("node_group.")} <= tasks


def test_every_line_that_the_documentation_shows_is_in_an_example() -> None:
    text = (REPO / "docs/examples.md").read_text()
    lines = {line.strip() for file in FOLDER.glob("*.py") for line in file.read_text().splitlines()}
    shown = re.findall(r"^```python from=examples\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(shown) == 3
    for block in shown:
        assert {line.strip() for line in block.splitlines()} <= lines | {""}
        assert ast.parse(dedent(block)).body


# --- before anything is touched -----------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> Iterator[Rehearsal]:
    with Rehearsal(speed=60.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        options = PlainOptions(groups=("left", "right"), addons={})
        plain(rehearsal.world, "plain", "1.33", 1, options)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield rehearsal
        assert rehearsal.clock.failures == []


def check(rehearsal: Rehearsal, run: Run | None = None, **changes: Any) -> dict[str, Any]:
    asked = parameters(cluster_name="plain", region=rehearsal.world.region)
    given = {"nodegroup_name": "left", "replacement_name": "left-b", **changes}
    done: dict[str, Any] = (run or Run(asked)).do("check", EksCheckReplacementOperator, **given)
    return done


def test_the_check_hands_the_clusters_version_on(world: Rehearsal) -> None:
    asked = parameters(cluster_name="plain", region=world.world.region)
    run = Run(asked)
    result = check(world, run)
    assert run.pushed["to_version"] == result["data"]["to_version"] == "1.33"
    assert check(world, run, version=None)["data"]["to_version"] == "1.33"


WRONG = [
    pytest.param({"replacement_name": "left"}, "the old group has this name", id="own name"),
    pytest.param({"replacement_name": "right"}, "of this name already", id="name taken"),
    pytest.param({"nodegroup_name": "gone"}, "it has: left, right", id="no such group"),
    pytest.param({"version": "1.34"}, "the control plane is at 1.33", id="another version"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_a_rotation_that_cannot_be_is_refused(
    world: Rehearsal, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(AirflowFailException, match=words):
        check(world, **changes)


# --- under real Airflow -------------------------------------------------------------------------


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
    quick = {"poll_seconds": 1, "node_group_minutes": 2, "deletion_minutes": 2}
    drain = {"ignore_daemonsets": True, "drain_timeout_minutes": 2}
    return {
        "rotation": lab.start(
            "eks_rotate_node_group", "rotated", nodegroup_name="workers",
            replacement_name="workers-b", **quick, **drain,
        ),
        "drain": lab.start("eks_drain_node_group", "drained", nodegroup_name="left", **drain),
        "report": lab.start("eks_report_cluster", "reported"),
        "refused report": lab.start("eks_report_cluster", "reported", target_version="1.30"),
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
    assert "Planned: reported can go from 1.25 to 1.26" in Path(written["markdown"]).read_text()
    assert Path(written["html"]).exists()
    assert lab.ended(dag_id, refused) == "failed"
    written = lab.result(dag_id, refused, "report")["data"]
    assert "Refused: the plan does not allow this upgrade" in Path(written["markdown"]).read_text()


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
