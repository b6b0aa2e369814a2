"""The DAGs of `dags/examples/`: a stranger's first reading, and each does its work."""

import ast
import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException
from airflow.serialization.serialized_objects import DagSerialization
from eks_upgrade_airflow.operators.nodes.replacement import EksCheckReplacementOperator
from eks_upgrade_airflow.run.stages import STAGES

from include.local_airflow.launcher import REPO
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment, with_pod_spec
from tests.airflow.worker import Run, environment, parameters

FOLDER = REPO / "dags" / "examples"
EXAMPLES = {
    "eks_drain_node_group": "drain_node_group.py",
    "eks_rotate_node_group": "rotate_node_group_image.py",
    "eks_report_cluster": "report_cluster.py",
}


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
    # By ignoring DaemonSets nothing is lost: each new node gets their pods.
    assert {name for name, value in defaults.items() if value is True} <= {"ignore_daemonsets"}


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
    # One group alone has no turn to wait for.
    wanted = {name for name in STAGES if name.startswith("node_group.")} - {"node_group.await_turn"}
    assert wanted <= tasks


def test_every_line_that_the_documentation_shows_is_in_an_example() -> None:
    text = (REPO / "docs/examples.md").read_text()
    lines = {line.strip() for file in FOLDER.glob("*.py") for line in file.read_text().splitlines()}
    shown = re.findall(r"^```python from=examples\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(shown) == 3
    for block in shown:
        assert {line.strip() for line in block.splitlines()} <= lines | {""}
        assert ast.parse(textwrap.dedent(block))


# --- before anything is touched -----------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> Iterator[Rehearsal]:
    with Rehearsal(speed=60.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        cache = deployment(App("shop", "cache", 1, empty_dir=True))
        there = {"eks.amazonaws.com/nodegroup": "right"}
        manifests = tuple(with_pod_spec(cache, nodeSelector=there))
        options = PlainOptions(groups=("left", "right"), addons={}, manifests=manifests)
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
    pytest.param(
        {"options": {"when_blocked": {"budget_full": "delete"}}},
        "may_delete_blocked_pods",
        id="an answer that is not allowed",
    ),
    pytest.param(
        {"options": {"may_unprotect": False, "may_delete_asg": True}},
        "may_unprotect",
        id="a rung without the one before it",
    ),
    pytest.param(
        {"options": {"ami_source": "image_id", "ami_id": "ami-0123456789abcdef0"}},
        "ami-0123456789abcdef0",
        id="an image that is not there",
    ),
    pytest.param(
        {"nodegroup_name": "right", "replacement_name": "right-b"},
        "(?s)shop/cache-.*delete_emptydir_data.*eks.amazonaws.com/nodegroup=right",
        id="pods that the drain would refuse, or that would run nowhere",
    ),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_a_rotation_that_cannot_be_is_refused(
    world: Rehearsal, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(AirflowFailException, match=words):
        check(world, **changes)
