"""The DAG `eks_upgrade_release` as a file, and the retries of both DAGs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.serialization.serialized_objects import DagSerialization
from eks_upgrade_airflow.run.retry_policy import RETRIES, ClassifiedRetries
from eks_upgrade_airflow.ui.release_params import release_params

REPO = Path(__file__).resolve().parents[3]
SAFE = {
    "cluster_name": "",
    "region": "",
    "node_groups": [],
    "only_look": False,
    "lock_holder": "",
    "return_to_old_nodes": False,
    "delete_new_groups": False,
    "delete_emptydir_data": False,
    "force_unmanaged_pods": False,
    "ignore_daemonsets": True,
    "drain_timeout_minutes": 120,
    "unbudgeted_workloads": "rolling",
    "single_replicas": "evict",
    "nodes_at_once": "",
    "running_jobs": "wait",
    "when_budget_full": "wait",
    "when_never_allowed": "wait",
    "when_never_healthy": "wait",
    "when_refused": "wait",
    "when_slow_to_stop": "wait",
    "when_nowhere_to_go": "wait",
    "when_workload_unready": "wait",
    "may_delete_blocked_pods": False,
    "delete_blocked_after_minutes": 30,
    "aws_conn_id": "aws_default",
    "role_arn": "",
    "poll_seconds": 30,
}


TASKS = {
    "look",
    "lock",
    "lift",
    "list_ways_back",
    "go_back.await_old_nodes",
    "go_back.fence_new",
    "go_back.drain_new",
    "go_back.verify_workloads",
    "go_back.delete_new",
    "go_back.await_deletion",
    "report",
    "unlock",
    "verdict",
}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(REPO / "dags"))


@pytest.fixture(scope="module")
def dag(bag: DagBag) -> DAG:
    return bag.dags["eks_upgrade_release"]


def test_the_dag_survives_what_the_scheduler_stores_of_it(bag: DagBag, dag: DAG) -> None:
    assert bag.import_errors == {}
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    assert " object at 0x" not in json.dumps(stored)
    read = DagSerialization.from_dict(stored)
    assert set(read.task_dict) == TASKS
    assert {name: read.params[name] for name in read.params} == SAFE


def test_the_lock_is_given_back_and_the_verdict_on_the_lifting_decides_how_the_run_ends(
    dag: DAG,
) -> None:
    assert dag.task_dict["verdict"].goals == ["lift"]
    assert dag.task_dict["verdict"].on_failure_fail_dagrun
    assert dag.task_dict["unlock"].downstream_task_ids == {"verdict"}
    assert dag.task_dict["lock"].is_setup
    assert dag.task_dict["unlock"].is_teardown
    assert dag.task_dict["report"].is_teardown
    assert not dag.task_dict["report"].on_failure_fail_dagrun
    assert dag.task_dict["report"].downstream_task_ids == {"verdict"}
    assert dag.task_dict["lift"].downstream_task_ids == {"report", "unlock", "list_ways_back"}
    # What brings pods back ends before the lock is given back, and before the report.
    assert "go_back.await_deletion" in dag.task_dict["unlock"].upstream_task_ids
    assert "go_back.await_deletion" in dag.task_dict["report"].upstream_task_ids
    assert dag.task_dict["look"].downstream_task_ids == {"lock", "lift", "list_ways_back"}
    assert dag.dagrun_timeout is None


def test_a_task_says_in_a_line_what_it_does(dag: DAG) -> None:
    said = {task.doc_md or "" for task in dag.task_dict.values()}
    assert len(said) == len(TASKS)
    assert all(each.endswith(".") and "\n" not in each for each in said)


def test_the_form_asks_for_a_cluster_and_explains_each_field() -> None:
    with pytest.raises(Exception, match="should be non-empty"):
        release_params()["cluster_name"].resolve()
    for param in release_params().values():
        assert {"title", "type"} <= set(param.schema)
        assert param.schema["description_md"].endswith(").")
        assert "[More](/eks-upgrade-docs/parameters.md#" in param.schema["description_md"]
    schemas = {name: param.schema for name, param in release_params().items()}
    assert [name for name, schema in schemas.items() if "null" not in schema["type"]] == [
        "cluster_name"
    ]


def test_every_parameter_of_the_release_is_described_in_the_order_of_its_form() -> None:
    text = (REPO / "docs/parameters.md").read_text()
    text = text.partition("## The DAG `eks_fleet`")[0]
    assert re.findall(r"^#### `(\w+)`$", text, re.MULTILINE) == list(release_params())


def retries_of(task: Any) -> tuple[int, Any]:
    if isinstance(task, MappedOperator):
        return task.retries, task.partial_kwargs.get("retry_policy")
    return task.retries, task.retry_policy


@pytest.mark.parametrize("dag_id", ["eks_upgrade", "eks_upgrade_release"])
def test_the_retries_of_every_task_follow_the_class_of_its_failure(
    bag: DagBag, dag_id: str
) -> None:
    tasks = bag.dags[dag_id].task_dict.values()
    found = {task.task_id: retries_of(task) for task in tasks if task.task_id != "verdict"}
    assert {task_id: retries for task_id, (retries, _) in found.items() if retries != RETRIES} == {}
    assert [
        task_id
        for task_id, (_, policy) in found.items()
        if not isinstance(policy, ClassifiedRetries)
    ] == []
