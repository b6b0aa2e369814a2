"""The DAG `eks_preflight` as a file."""

import json
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from eks_upgrade_airflow.ui.params import upgrade_params

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def dag() -> DAG:
    bag = DagBag(str(REPO / "dags" / "eks_preflight.py"))
    assert bag.import_errors == {}
    return bag.dags["eks_preflight"]


def test_it_survives_what_the_scheduler_stores_of_it(dag: DAG) -> None:
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    assert " object at 0x" not in json.dumps(stored)


def test_nothing_of_it_takes_the_lock_or_changes_anything(dag: DAG) -> None:
    assert set(dag.task_dict) == {"preflight", "report"}
    assert not any(getattr(task, "holds_lock", False) for task in dag.tasks)


def test_its_state_is_that_of_the_preflight_and_the_report_is_written_all_the_same(
    dag: DAG,
) -> None:
    assert dag.task_dict["report"].is_teardown
    assert not dag.task_dict["report"].on_failure_fail_dagrun
    assert dag.task_dict["report"].upstream_task_ids == {"preflight"}


def test_it_takes_the_parameters_of_an_upgrade(dag: DAG) -> None:
    assert list(dag.params) == list(upgrade_params())
    assert dag.task_dict["preflight"].parameters == list(upgrade_params())
