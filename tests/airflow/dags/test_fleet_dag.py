"""The DAG of the fleet as a file: shaped by the fleet file; a wrong file breaks nothing."""

import json
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, TriggerRule
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.serialization.serialized_objects import DagSerialization

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE

REPO = Path(__file__).resolve().parents[3]
FILE = """\
accounts: [{name: payments, regions: [eu-west-1]}]
target: {version: "1.34"}
rings:
  - {name: canary, clusters: {names: ["canary-*"]}}
  - {name: main, approval: true, at_once: 20%}
windows: [{name: saturday, start: "0 2 * * sat", duration_minutes: 240, zone: Europe/Berlin}]
"""


def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> DagBag:
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    return DagBag(str(REPO / "dags" / "eks_fleet.py"))


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DAG:
    bag = read(tmp_path, monkeypatch, FILE)
    assert bag.import_errors == {}
    return bag.dags["eks_fleet"]


def test_it_has_a_group_of_tasks_for_each_ring_of_the_file(fleet: DAG) -> None:
    assert set(fleet.task_dict) == {
        "open_window", "list_places", "discover", "plan_window",
        *(
            f"ring_canary.{name}"
            for name in ("list_clusters", "upgrade", "bake", "health", "judge")
        ),
        *(
            f"ring_main.{name}"
            for name in ("list_clusters", "approve", "upgrade", "bake", "health", "judge")
        ),
        "report", "verdict",
    }  # fmt: skip
    assert all((task.doc_md or "").endswith(".") for task in fleet.task_dict.values())


def test_its_schedule_is_the_files_and_one_run_goes_at_a_time(fleet: DAG) -> None:
    assert "saturday" in fleet.timetable.summary
    assert fleet.max_active_runs == 1
    assert not fleet.catchup


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("rings: [", id="no YAML"),
        pytest.param("target: {version: 1.34}", id="wrong in many places"),
        pytest.param("", id="empty"),
    ],
)
def test_a_file_that_is_wrong_leaves_the_task_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    bag = read(tmp_path, monkeypatch, text)
    assert bag.import_errors == {}
    dag = bag.dags["eks_fleet"]
    assert "open_window" in dag.task_dict
    assert not [name for name in dag.task_dict if name.startswith("ring_")]


def test_it_survives_what_the_scheduler_stores_of_it(fleet: DAG) -> None:
    text = json.dumps(DagSerialization.to_dict(fleet))
    assert " object at 0x" not in text
    again = DagSerialization.from_dict(json.loads(text))
    assert set(again.task_dict) == set(fleet.task_dict)


def test_the_verdict_alone_decides_and_runs_also_where_a_person_ends_the_run(fleet: DAG) -> None:
    last = {task.task_id for task in fleet.task_dict.values() if not task.downstream_task_ids}
    assert last == {"verdict"}
    verdict, report = fleet.task_dict["verdict"], fleet.task_dict["report"]
    assert verdict.is_teardown
    assert verdict.on_failure_fail_dagrun
    assert report.is_teardown


def test_a_ring_decides_by_itself_whether_it_begins_whatever_became_of_the_one_before(
    fleet: DAG,
) -> None:
    first = fleet.task_dict["ring_main.list_clusters"]
    assert first.trigger_rule == TriggerRule.ALL_DONE
    assert first.upstream_task_ids == {"ring_canary.judge"}
    assert fleet.task_dict["ring_main.upgrade"].upstream_task_ids == {
        "ring_main.list_clusters", "ring_main.approve",
    }  # fmt: skip
    assert fleet.task_dict["ring_canary.bake"].trigger_rule == TriggerRule.ALL_DONE
    assert fleet.task_dict["ring_canary.judge"].trigger_rule == TriggerRule.ALL_DONE


def test_mapped_tasks_are_named_by_what_they_are_about(fleet: DAG) -> None:
    mapped = [task for task in fleet.task_dict.values() if isinstance(task, MappedOperator)]
    assert len(mapped) == 5
    assert {task.map_index_template for task in mapped} == {"{{ task.title }}"}


def test_nothing_of_it_takes_a_place_of_a_pool_while_it_waits(fleet: DAG) -> None:
    waiting = [name for name in fleet.task_dict if name.endswith((".upgrade", ".bake"))]
    assert {fleet.task_dict[name].pool for name in waiting} == {"default_pool"}
    assert fleet.dagrun_timeout is None
