"""The DAG as a file: it imports, serializes, and reads well in the UI."""

import json
import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import kubernetes
import pytest
from airflow import plugins_manager
from airflow.api_fastapi.core_api.services.ui.task_group import task_group_to_dict
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, TriggerRule
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.serialization.serialized_objects import DagSerialization
from eks_upgrade_airflow.base import EksStepSensor
from eks_upgrade_airflow.operators.addons import EksUpdateAddonOperator
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.nodes.keep import EksKeepNodegroupOperator
from eks_upgrade_airflow.operators.nodes.smoke_test import EksSmokeTestOperator
from eks_upgrade_airflow.run.addresses import DOCS_PREFIX
from eks_upgrade_airflow.run.stages import STAGES
from eks_upgrade_airflow.ui.documentation_pages import as_html

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.notices.overdue import EXPECTED
from include.local_airflow.settings import Places, Ports, Secrets, environment
from tests.airflow.dags.safe_defaults import SAFE

REPO = Path(__file__).resolve().parents[3]
TASKS = (
    "plan",
    "lock",
    "list_addons_before",
    "list_addons_after",
    "list_node_groups",
    "update_addons_before",
    "control_plane.start_update",
    "control_plane.await_update",
    "update_addons_after",
    "node_group.await_turn",
    "node_group.look_up_ami",
    "node_group.prepare_launch_template",
    "node_group.create_new_group",
    "node_group.await_ready",
    "node_group.smoke_test",
    "node_group.fence_old",
    "node_group.drain_old",
    "node_group.verify_workloads",
    "node_group.keep_old",
    "node_group.delete_old",
    "node_group.await_deletion",
    "node_group.recovery.diagnose",
    "node_group.recovery.unprotect",
    "node_group.recovery.retry_delete",
    "node_group.recovery.await_retry",
    "node_group.recovery.delete_asg",
    "node_group.recovery.final_delete",
    "node_group.confirm_gone",
    "verify_cluster",
    "bake_hop",
    "report",
    "unlock",
    "next_hop",
    "verdict",
)
WAITERS = (
    EksStepSensor,
    EksUpdateAddonOperator,
    EksFenceNodegroupOperator,
    EksDrainNodesOperator,
    EksSmokeTestOperator,
    EksKeepNodegroupOperator,
)


def class_of(task: Any) -> type[Any]:
    return task.operator_class if isinstance(task, MappedOperator) else type(task)


def test_every_dag_file_is_imported_without_an_error(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert "eks_upgrade" in bag.dags


def test_the_dag_survives_what_the_scheduler_stores_of_it(dag: DAG) -> None:
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    read = DagSerialization.from_dict(stored)
    assert set(read.task_dict) == set(dag.task_dict)
    for task_id, task in dag.task_dict.items():
        again = read.task_dict[task_id]
        assert again.downstream_task_ids == task.downstream_task_ids
        assert again.trigger_rule == task.trigger_rule
        assert list(again.template_fields) == list(task.template_fields)
        assert again.doc_md == task.doc_md
    assert {name: read.params[name] for name in read.params} == SAFE


def test_the_task_ids_are_those_of_the_documentation(dag: DAG) -> None:
    assert set(dag.task_dict) == set(TASKS)


@pytest.mark.parametrize("task_id", TASKS)
def test_a_task_says_in_a_line_what_it_does(dag: DAG, task_id: str) -> None:
    said = dag.task_dict[task_id].doc_md or ""
    assert said.endswith(".")
    assert "\n" not in said


SUBJECTS = (
    "What it needs.",
    "The smallest set of parameters.",
    "What cannot be undone.",
    "To stop it",
    "o go on",
    "lift",
    "run an id",
)


@pytest.mark.parametrize("dag_id", ["eks_upgrade", "eks_upgrade_release"])
def test_the_words_of_a_dag_say_what_somebody_new_needs_to_know(bag: DagBag, dag_id: str) -> None:
    said = bag.dags[dag_id].doc_md or ""
    assert said.startswith("### ")
    assert [subject for subject in SUBJECTS if subject not in said] == []
    known = deepcopy(bag.dags[dag_id].params)
    for example in re.findall(r"^    (\{.*\})$", said, re.MULTILINE):
        for name, value in json.loads(example).items():
            known.get_param(name).resolve(value)
    everything = {*STAGES, *SAFE, *known, *bag.dags}
    named = set(re.findall(r"`(\w+(?:\.\w+)*)`", said))
    assert named - everything == set()


@pytest.mark.parametrize("dag_id", ["eks_upgrade", "eks_upgrade_release"])
def test_every_link_of_a_dag_and_its_form_leads_to_a_heading(bag: DagBag, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    texts = [dag.params.get_param(name).schema["description_md"] for name in dag.params]
    links = re.findall(r"\]\(([^)]+)\)", "\n".join([*texts, dag.doc_md or ""]))
    assert len(links) > 7
    for address in set(links):
        page, _, heading = address.removeprefix(f"{DOCS_PREFIX}/").partition("#")
        text = (REPO / "docs" / page).read_text()
        assert not heading or f'id="{heading}"' in as_html(page, text), address


def test_whatever_waits_in_the_triggerer_has_retries_left_for_airflows_own_races(dag: DAG) -> None:
    waiting = [task for task in dag.task_dict.values() if issubclass(class_of(task), WAITERS)]
    assert len(waiting) == 15
    assert {task.task_id: task.retries for task in waiting if task.retries < 2} == {}


def test_the_lock_is_a_setup_whose_teardown_gives_it_back(dag: DAG) -> None:
    lock, unlock = dag.task_dict["lock"], dag.task_dict["unlock"]
    assert lock.is_setup
    assert unlock.is_teardown
    assert "unlock" in lock.downstream_task_ids
    # Also where a person ended the task that takes it, half-way or between two tries.
    assert unlock.trigger_rule == TriggerRule.ALL_DONE
    # A dagrun_timeout would skip the teardown, and the lock would stay.
    assert dag.dagrun_timeout is None


def test_nothing_is_asked_of_the_cluster_before_the_lock_but_the_plan(dag: DAG) -> None:
    behind = dag.task_dict["lock"].get_flat_relative_ids(upstream=False)
    assert set(dag.task_dict) - behind == {"plan", "lock"}


def test_the_tasks_of_node_groups_are_made_when_the_control_plane_is_done(dag: DAG) -> None:
    # The scheduler asks its database about each of them in every turn of the run.
    assert dag.task_dict["list_node_groups"].upstream_task_ids == {
        "plan",
        "control_plane.await_update",
    }


def test_the_verdict_and_nothing_else_decides_how_the_run_ends(dag: DAG) -> None:
    last = {task.task_id for task in dag.task_dict.values() if not task.downstream_task_ids}
    assert last == {"verdict"}
    verdict = dag.task_dict["verdict"]
    # Airflow skips whatever is no teardown when a person ends a run, and a skipped task is green.
    assert verdict.is_teardown
    assert verdict.on_failure_fail_dagrun
    assert verdict.upstream_task_ids == {"report", "unlock", "next_hop"}
    assert not [t for t in verdict.upstream_task_ids if dag.task_dict[t].is_setup]
    assert verdict.goals == dag.task_dict["report"].goals == ["verify_cluster"]


def test_the_report_is_written_whatever_happened_even_when_the_lock_was_never_taken(
    dag: DAG,
) -> None:
    report = dag.task_dict["report"]
    # A teardown without a setup of its own runs when all before it has ended.
    assert report.is_teardown
    assert not [name for name in report.upstream_task_ids if dag.task_dict[name].is_setup]
    parts = {
        "update_addons_before",
        "update_addons_after",
        "verify_cluster",
        "control_plane.await_update",
    }
    assert parts <= report.upstream_task_ids
    assert parts <= dag.task_dict["unlock"].upstream_task_ids


def test_the_recovery_is_a_group_of_its_own_which_the_last_look_does_not_need(dag: DAG) -> None:
    recovery = dag.task_group_dict["node_group.recovery"]
    assert list(recovery.children) == [
        f"node_group.recovery.{name}"
        for name in (
            "diagnose", "unprotect", "retry_delete", "await_retry", "delete_asg", "final_delete",
        )
    ]  # fmt: skip
    # Skipped by its first task, all of it is: no rung has a rule of its own.
    rules = {dag.task_dict[name].trigger_rule for name in recovery.children}
    assert rules == {TriggerRule.ALL_SUCCESS}
    last = dag.task_dict["node_group.confirm_gone"]
    assert last.trigger_rule == TriggerRule.NONE_FAILED
    assert last.upstream_task_ids >= {
        "node_group.await_deletion",
        "node_group.recovery.final_delete",
    }


def test_a_recovery_that_is_not_needed_keeps_nobody_waiting_for_each_of_its_rungs(dag: DAG) -> None:
    # A task is skipped in the pass after the one before it; the last look waits for the last rung.
    last = dag.task_dict["node_group.recovery.final_delete"]
    assert last.upstream_task_ids >= {
        "node_group.recovery.diagnose",
        "node_group.recovery.delete_asg",
    }
    assert last.trigger_rule == TriggerRule.ALL_SUCCESS


def test_every_task_has_a_stage_and_every_stage_a_task(dag: DAG) -> None:
    assert set(STAGES) == set(dag.task_dict)
    assert set(STAGES.values()) == set(Stage)


def test_the_stages_follow_one_another_as_the_tasks_do(dag: DAG) -> None:
    journey = [STAGES[task.task_id] for task in dag.topological_sort()]
    places = {stage: number for number, stage in enumerate(Stage)}
    for task in dag.task_dict.values():
        # The plan's lists are made once the lock is taken, yet they belong to the plan.
        for after in {name for name in task.downstream_task_ids if "list_" not in name}:
            assert places[STAGES[task.task_id]] <= places[STAGES[after]], (task.task_id, after)
    assert journey[0] is Stage.PLAN


def test_the_library_knows_no_task_id(dag: DAG) -> None:
    # One plain word, such as `plan` or `report`, is no id when the library says it.
    ids = {name for task in dag.task_dict for name in (task, task.rpartition(".")[2])}
    told = {name for name in ids if re.search(r"[_.]", name)} | {"eks_upgrade_release"}
    pattern = re.compile(rf"(?<![\w.])({'|'.join(sorted(told))})\b")
    found = {
        (path.name, match)
        for path in (REPO / "include/eks_upgrade").rglob("*")
        if path.suffix in {".py", ".jinja"}
        for match in pattern.findall(path.read_text())
    }
    assert found == set()


def test_no_operator_reads_the_parameters_of_a_run() -> None:
    package = REPO / "plugins/eks_upgrade_airflow"
    readers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"context\[[\"']params[\"']\]", path.read_text())
    }
    # The record shows them, and the lock's time is a value that the DAG file hands in.
    assert readers == {"run/record.py", "ui/dag_values.py"}


def test_every_parse_serializes_to_the_same_dag(dag: DAG) -> None:
    # Else each parse, also one in the middle of a run, makes a new version of the DAG.
    text = json.dumps(DagSerialization.to_dict(dag))
    assert "DagParam('cluster_name')" in text
    assert " object at 0x" not in text


@pytest.mark.parametrize("dag_id", ["eks_upgrade", "eks_fleet"])
def test_a_run_that_is_overdue_is_told(bag: DagBag, dag_id: str) -> None:
    deadline: Any = bag.dags[dag_id].deadline
    (alert,) = deadline if isinstance(deadline, list) else [deadline]
    assert alert.callback.path == "eks_upgrade_airflow.notices.overdue.tell_overdue"
    plugins_manager.ensure_plugins_loaded()
    known = plugins_manager.get_deadline_references_plugins()
    assert f"{type(alert.reference).__module__}.{type(alert.reference).__name__}" in known


def test_the_plan_takes_what_the_fleet_expects_of_the_run(dag: DAG) -> None:
    plan: Any = dag.get_task("plan")
    assert EXPECTED in plan.parameters


def test_the_plugin_is_registered_and_shadows_no_package() -> None:
    assert conf.get("core", "plugins_folder") == str(REPO / "plugins")
    plugins_manager.ensure_plugins_loaded()
    assert plugins_manager.get_import_errors() == {}
    found = {plugin["name"]: plugin for plugin in plugins_manager.get_plugin_info()}
    assert "eks_upgrade" in found
    assert sys.modules["kubernetes"] is kubernetes
    assert "site-packages" in str(kubernetes.__file__)
    # Airflow puts what it executes into sys.modules under the bare name of its file.
    package = REPO / "plugins" / "eks_upgrade_airflow"
    shadowed = [
        file.stem
        for file in package.rglob("*.py")
        if str(getattr(sys.modules.get(file.stem), "__file__", "")).startswith(str(package))
    ]
    assert shadowed == []


def test_a_fresh_process_with_the_launchers_environment_imports_everything(tmp_path: Path) -> None:
    places = Places(REPO, tmp_path / "home", REPO / "dags", REPO / "plugins")
    settings = environment(places, Ports(1, 2, 3), Secrets("p", "j", "a", "f" * 43 + "="))
    code = (
        "import include.eks_upgrade.planning.plan, eks_upgrade_airflow.triggers.drain, airflow;"
        "print(include.eks_upgrade.planning.plan.__file__)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == str(REPO / "include/eks_upgrade/planning/plan.py")


# --- the graph ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(dag: DAG) -> dict[str, Any]:
    """An opened node group as the UI's graph gets it: its boxes by their titles."""
    stored = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
    graph = task_group_to_dict(stored.task_group)
    (group,) = [each for each in graph["children"] if each["id"] == "node_group"]
    boxes = [each for each in group["children"] if each.get("type") != "join"]
    return {each["label"]: each for each in boxes}


def test_an_opened_node_group_is_a_few_steps(opened: dict[str, Any]) -> None:
    assert set(opened) == {
        "await_turn",
        "new nodes",
        "move the pods",
        "remove the old group",
        "recovery",
    }


def test_each_step_says_what_it_is_for_and_its_tasks_have_their_short_names(
    opened: dict[str, Any],
) -> None:
    steps = {title: box for title, box in opened.items() if "children" in box}
    assert all(str(box["tooltip"]).endswith(".") for box in steps.values())
    names = {
        title: {each["label"] for each in box["children"]} - {""} for title, box in steps.items()
    }
    assert names["new nodes"] == {
        "look_up_ami",
        "prepare_launch_template",
        "create_new_group",
        "await_ready",
        "smoke_test",
    }
    assert names["move the pods"] == {"fence_old", "drain_old", "verify_workloads"}
    assert names["remove the old group"] == {
        "keep_old",
        "delete_old",
        "await_deletion",
        "confirm_gone",
    }
    ids = {each["id"] for box in steps.values() for each in box["children"]}
    assert {name for name in TASKS if name.startswith("node_group.")} - ids == {
        "node_group.await_turn"
    }
