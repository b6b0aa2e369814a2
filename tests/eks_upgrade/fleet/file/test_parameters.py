"""Overrides are judged by what judges the parameters of a run."""

from typing import Any

import pytest
from eks_upgrade_airflow.ui.params import upgrade_params

from include.eks_upgrade.planning.preflight.kinds import (
    PLACE_PARAMETERS,
    defaults,
    parameter_problems,
)
from tests.eks_upgrade.fleet.file.fleet_text import problems_of, text_with

PARAMS = upgrade_params()


def override(parameters: str) -> dict[str, str]:
    return {"overrides": f"[{{parameters: {parameters}}}]"}


WRONG: list[Any] = [
    pytest.param("{extra_node: 2}", "extra_node", "write extra_nodes", id="misspelt"),
    pytest.param("{when_blocked: {}}", "when_blocked", "when_never_allowed", id="a former one"),
    pytest.param("{extra_nodes: two}", "extra_nodes", "a whole number", id="a word"),
    pytest.param("{extra_nodes: '2'}", "extra_nodes", "a whole number", id="a quoted number"),
    pytest.param("{extra_nodes: true}", "extra_nodes", "a whole number", id="true"),
    pytest.param("{extra_nodes: 1.5}", "extra_nodes", "a whole number", id="half a node"),
    pytest.param("{extra_nodes: -1}", "extra_nodes", "give 0 to 100", id="below"),
    pytest.param("{extra_nodes: 101}", "extra_nodes", "give 0 to 100", id="above"),
    pytest.param("{drain_timeout_minutes: 0}", "drain_timeout_minutes", "above zero", id="zero"),
    pytest.param("{drain_timeout_minutes: .nan}", "drain_timeout_minutes", "the number", id="nan"),
    pytest.param("{drain_timeout_minutes: 20000}", "drain_timeout_minutes", "10080", id="weeks"),
    pytest.param("{ami_owner: 1}", "ami_owner", "a text, in quotes", id="a number for a text"),
    pytest.param("{node_groups: workers}", "node_groups", "a list of texts", id="no list"),
    pytest.param("{node_groups: [1]}", "node_groups", "a list of texts", id="a list of numbers"),
    pytest.param("{node_groups: [a, a]}", "node_groups", "name each group once", id="twice"),
    pytest.param("{may_unprotect: 1}", "may_unprotect", "true or false", id="1 for true"),
    pytest.param("{when_refused: deleet}", "when_refused", "use one of", id="an answer"),
    pytest.param("{running_jobs: kill}", "running_jobs", "wait", id="a choice"),
    pytest.param("{ami_source: image_id}", "overrides[0].parameters", "give ami_id", id="half"),
    pytest.param("{cluster_name: x}", "cluster_name", "take it away", id="the cluster"),
    pytest.param("{target_version: '1.34'}", "target_version", "`target`", id="the version"),
    pytest.param("{region: eu-west-1}", "region", "take it away", id="the region"),
    pytest.param("{aws_conn_id: x}", "aws_conn_id", "at the account", id="the connection"),
    pytest.param("{may_delete_asg: true}", "may_delete_asg", "may_unprotect", id="alone"),
    pytest.param("{}", "parameters", "at least one", id="none"),
]


@pytest.mark.parametrize(("parameters", "place", "remedy"), WRONG)
def test_what_a_run_would_refuse_is_refused_here(parameters: str, place: str, remedy: str) -> None:
    (problem,) = problems_of(text_with(**override(parameters)))
    assert problem.subject.endswith(place)
    assert remedy in problem.remedy


RIGHT = [
    "{extra_nodes: null}",
    "{pod_grace_period_seconds: 30}",
    "{drain_timeout_minutes: 90.5, poll_seconds: 5}",
    "{nodes_at_once: 2}",
    "{nodes_at_once: 20%}",
    "{ami_source: image_id, ami_id: ami-0123456789abcdef0}",
    "{smoke_test_image: 'busybox:1.36', smoke_test_command: [sh, -c, 'true']}",
    "{when_never_allowed: ask}",
]


@pytest.mark.parametrize("parameters", RIGHT)
def test_what_a_run_takes_is_taken(parameters: str) -> None:
    assert problems_of(text_with(**override(parameters))) == ()


def test_what_another_override_may_give_is_not_missed_here() -> None:
    overrides = """
  - parameters: {may_unprotect: true}
  - {clusters: {tags: {a: b}}, parameters: {may_delete_asg: true}}"""
    assert problems_of(text_with(overrides=overrides)) == ()


def test_the_parameters_are_those_of_the_form() -> None:
    assert set(defaults()) == set(PARAMS)


@pytest.mark.parametrize("name", sorted(set(PARAMS) - set(PLACE_PARAMETERS)))
def test_a_value_that_the_form_would_not_take_is_refused(name: str) -> None:
    schema = PARAMS[name].schema
    assert "null" in schema["type"]
    assert parameter_problems({name: None}) == []
    wrong = [[1] if schema["type"][1] == "object" else {}] + [
        schema[bound] + step for bound, step in (("minimum", -1), ("maximum", 1)) if bound in schema
    ]
    kinds = {"string": 1, "boolean": "true", "integer": 1.5, "number": "1", "array": "a"}
    kinds["object"] = {"m5.large": "cheap"}
    wrong += [kinds[schema["type"][1]]] if name != "nodes_at_once" else []
    wrong += ["no such word"] if "enum" in schema else []
    for value in wrong:
        found = parameter_problems({name: value})
        assert name in [problem.subject for problem in found], value
