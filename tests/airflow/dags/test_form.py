"""The form that starts an upgrade: what it asks, in which order, and that its defaults are safe."""

import json
import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Param
from airflow.sdk.definitions.param import process_params
from airflow.serialization.serialized_objects import DagSerialization
from eks_upgrade_airflow.ui.dag_values import param
from eks_upgrade_airflow.ui.fields import without_code
from eks_upgrade_airflow.ui.fleet_params import fleet_params
from eks_upgrade_airflow.ui.params import upgrade_params
from eks_upgrade_airflow.ui.release_params import release_params
from eks_upgrade_airflow.ui.rollback_params import rollback_params

from tests.airflow.dags.safe_defaults import SAFE

REPO = Path(__file__).resolve().parents[3]


def test_the_defaults_of_the_form_are_the_safe_ones(dag: DAG) -> None:
    # A run must name its cluster; dump() would show the invalid empty name as None.
    assert {name: dag.params.get_param(name).value for name in dag.params} == SAFE


@pytest.mark.parametrize("name", SAFE)
def test_a_field_of_the_form_explains_itself(name: str) -> None:
    field = upgrade_params()[name]
    assert {"title", "type"} <= set(field.schema)
    # The UI shows Markdown only where there is no plain description.
    assert field.description is None
    about = field.schema["description_md"]
    assert about.endswith(f" [More](/eks-upgrade-docs/parameters.md#{name}).")
    assert about.split(" [More]")[0].endswith((".", ".**"))


FORMS = [upgrade_params, fleet_params, release_params, rollback_params]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_no_description_has_code_whose_box_would_cover_the_lines_around_it(
    form: Callable[[], dict[str, Param]],
) -> None:
    with_code = {
        name: about
        for name, field in form().items()
        if "`" in (about := field.schema["description_md"])
    }
    assert with_code == {}


def test_what_stood_as_code_is_shown_letter_by_letter() -> None:
    assert without_code("`a_b-{c}-v*`, *not* `[x]<y>`") == r"a\_b-{c}-v\*, *not* \[x\]\<y>"


def test_the_first_section_is_open_and_has_what_most_runs_need() -> None:
    sections = [field.schema.get("section") for field in upgrade_params().values()]
    # Airflow 3.3 opens the section of those fields that name none, and no other.
    first = [name for name in SAFE if "section" not in upgrade_params()[name].schema]
    assert first == [
        "cluster_name",
        "region",
        "target_version",
        "delete_emptydir_data",
        "force_unmanaged_pods",
        "ignore_daemonsets",
    ]
    assert [section for section, _ in groupby(sections)] == [
        None,
        "Several minors",
        "Connection and node groups",
        "Drain",
        "Pods that will not go",
        "New nodes",
        "Add-ons and upgrade insights",
        "Smoke test",
        "Approval",
        "Way back",
        "Old groups that will not go",
        "Waits and limits",
        "Prediction",
    ]


def test_only_what_must_be_given_has_an_asterisk() -> None:
    # Airflow 3.3 gives one to each field whose type does not allow null.
    schemas = {name: field.schema for name, field in upgrade_params().items()}
    marked = [name for name, schema in schemas.items() if "null" not in schema["type"]]
    assert marked == ["cluster_name"]


@pytest.mark.parametrize("name", [name for name in SAFE if name != "cluster_name"])
def test_a_field_that_is_emptied_is_taken_and_has_its_default(dag: DAG, name: str) -> None:
    assert upgrade_params()[name].resolve(None) is None
    context: Any = {"dag_run": SimpleNamespace(conf={name: None}), "params": {}}
    assert param(dag, name).resolve(context) == SAFE[name]


@pytest.mark.parametrize("name", SAFE)
def test_what_is_wrong_with_a_value_is_said_by_the_plan_and_not_by_a_schema(name: str) -> None:
    rules = {"pattern", "format", "maxLength", "exclusiveMinimum", "additionalProperties"}
    assert not rules & set(upgrade_params()[name].schema)


def test_the_sections_of_the_form_are_those_of_the_page_on_parameters() -> None:
    text = (REPO / "docs/parameters.md").read_text()
    headings = re.findall(r"^## (?!The DAG)(.+)$", text, re.MULTILINE)
    named = [field.schema.get("section") for field in upgrade_params().values()]
    assert headings == ["What most runs need", *dict.fromkeys(filter(None, named))]


def test_the_form_asks_for_a_cluster() -> None:
    with pytest.raises(Exception, match="should be non-empty"):
        upgrade_params()["cluster_name"].resolve()


def test_no_task_of_any_dag_carries_a_copy_of_its_form(bag: DagBag) -> None:
    carry = {
        dag_id: sum(map(bool, (t.params for t in dag.tasks))) for dag_id, dag in bag.dags.items()
    }
    assert carry == dict.fromkeys(bag.dags, 0)
    assert all(len(dag.params) > 0 for dag in bag.dags.values())


def test_a_dag_as_airflow_keeps_it_is_small(dag: DAG) -> None:
    assert len(json.dumps(DagSerialization.to_dict(dag))) < 150_000


def test_a_task_reads_what_a_run_was_given_all_the_same(dag: DAG) -> None:
    read = process_params(dag, dag.get_task("plan"), {"cluster_name": "a"}, suppress_exception=True)
    assert (read["cluster_name"], read["poll_seconds"]) == ("a", 30)
