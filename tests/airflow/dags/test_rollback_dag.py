"""The DAG `eks_rollback` as a file."""

import json
import re
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from eks_upgrade_airflow.run.record import goes_back
from eks_upgrade_airflow.run.stages import STAGES
from eks_upgrade_airflow.ui.rollback_params import rollback_params

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def dag() -> DAG:
    bag = DagBag(str(REPO / "dags"))
    assert bag.import_errors == {}
    return bag.dags["eks_rollback"]


def test_it_survives_what_the_scheduler_stores_of_it(dag: DAG) -> None:
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    assert " object at 0x" not in json.dumps(stored)
    assert set(DagSerialization.from_dict(stored).task_dict) <= set(STAGES)


def test_its_tasks_are_those_of_an_upgrade_without_nodes(dag: DAG) -> None:
    assert set(dag.task_dict) == {
        "plan",
        "lock",
        "list_addons_before",
        "update_addons_before",
        "control_plane.start_update",
        "control_plane.await_update",
        "verify_cluster",
        "report",
        "unlock",
        "verdict",
    }


def test_add_ons_go_back_before_the_control_plane(dag: DAG) -> None:
    assert dag.task_dict["update_addons_before"].downstream_task_ids >= {
        "control_plane.start_update"
    }
    assert dag.task_dict["update_addons_before"].partial_kwargs["back"] is True


def test_the_lock_is_a_setup_whose_teardown_gives_it_back(dag: DAG) -> None:
    assert dag.task_dict["lock"].is_setup
    assert dag.task_dict["unlock"].is_teardown


def test_its_report_and_its_notices_speak_of_a_way_back(dag: DAG) -> None:
    assert goes_back({"dag": dag})


def test_only_what_was_seen_makes_the_run_a_success(dag: DAG) -> None:
    assert dag.task_dict["verdict"].goals == ["verify_cluster"]
    assert dag.task_dict["verdict"].on_failure_fail_dagrun


def test_every_parameter_is_described_in_the_order_of_its_form() -> None:
    text = (REPO / "docs/parameters.md").read_text().partition("## The DAG `eks_rollback`")[2]
    text = text.partition("\n## ")[0]
    assert re.findall(r"^#### `(\w+)`$", text, re.MULTILINE) == list(rollback_params())


def test_every_field_is_explained() -> None:
    for name, param in rollback_params().items():
        assert {"title", "type"} <= set(param.schema), name
        assert "](/eks-upgrade-docs/parameters.md#" in param.schema["description_md"]
