"""The published JSON Schema says what pydantic says, as far as JSON Schema can."""

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from include.eks_upgrade.fleet.file.document import read_document
from include.eks_upgrade.fleet.file.path import PROJECT
from include.eks_upgrade.fleet.file.read import read_fleet_file
from include.eks_upgrade.fleet.file.schema import FILE, schema, schema_text
from tests.eks_upgrade.fleet.file.fleet_text import PATH, problems_of, text_with

CHECKER = Draft202012Validator(schema())


def test_the_published_schema_is_current() -> None:
    hint = "write it with: python -m include.eks_upgrade.fleet schema"
    assert (PROJECT / FILE).read_text(encoding="utf-8") == schema_text(), hint


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_example_is_right_for_both() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert read_fleet_file(PATH).rings
    assert list(CHECKER.iter_errors(read_document(text).plain)) == []


def test_an_editor_finds_the_schema_of_the_example() -> None:
    first = PATH.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=fleet.schema.json"
    assert PATH.parent / "fleet.schema.json" == PROJECT / FILE


def test_every_key_is_described() -> None:
    parts = [schema(), *schema()["$defs"].values()]
    bare = [
        key
        for part in parts
        for key, field in part["properties"].items()
        if len(field["description"]) < 10
    ]
    assert bare == []


WRONG: list[Any] = [
    pytest.param({"target": ""}, id="no target"),
    pytest.param({"target": "{}"}, id="an empty target"),
    pytest.param({"target": "{version: '1.34', newest_minus: 0}"}, id="two targets"),
    pytest.param({"target": "{version: 1.34}"}, id="a version without quotes"),
    pytest.param({"target": "{version: latest}"}, id="no version"),
    pytest.param({"accounts": ""}, id="neither accounts nor an organisation"),
    pytest.param({"accounts": "[{name: a, id: 111111111111, regions: [eu-west-1]}]"}, id="an id"),
    pytest.param({"accounts": "[{name: a, regions: []}]"}, id="no region"),
    pytest.param({"accounts": "[{name: a, regions: [eu_west_1]}]"}, id="an odd region"),
    pytest.param({"rings": "[]"}, id="no ring"),
    pytest.param({"rings": "[{name: 1a}]"}, id="an odd name"),
    pytest.param({"rings": "[{name: a, at_once: 0}]"}, id="none at once"),
    pytest.param({"rings": "[{name: a, at_once: half}]"}, id="no share"),
    pytest.param({"rings": "[{name: a, at_once: -1}]"}, id="a negative share"),
    pytest.param({"rings": "[{name: a, threshold: {unhealthy: -1}}]"}, id="negative threshold"),
    pytest.param({"rings": "[{name: a, clusters: null}]"}, id="null"),
    pytest.param({"rings": "[{name: a, approval: 'yes'}]"}, id="yes"),
    pytest.param({"rings": "[{name: a, bake_minutes: '60'}]"}, id="a quoted number"),
    pytest.param({"rings": "[{name: a, bake_minutes: -1}]"}, id="a negative bake"),
    pytest.param({"rings": "[{name: a, percent: 0}]"}, id="no percent"),
    pytest.param({"rings": "[{name: a, clusters: {tags: {x: 1}}}]"}, id="a number as a tag"),
    pytest.param({"frezes": "[]"}, id="a misspelt key"),
    pytest.param({"freezes": "[{first: 2026-12-18, last: 2026-12-19}]"}, id="no reason"),
    pytest.param({"windows": "[{name: a, start: 0 2 * *, duration_minutes: 60}]"}, id="4 fields"),
    pytest.param({"windows": "[{name: a, start: 0 2 * * 6, duration_minutes: 5}]"}, id="5 min"),
    pytest.param(
        {"bypasses": "[{clusters: {}, until: 2026-12-18T00:00:00, reason: x}]"}, id="no offset"
    ),
    pytest.param({"overrides": "[{parameters: {}}]"}, id="no parameter"),
    pytest.param({"overrides": "[{parameters: {extra_node: 1}}]"}, id="a misspelt parameter"),
    pytest.param({"overrides": "[{parameters: {cluster_name: x}}]"}, id="the cluster"),
    pytest.param({"health": "{probes: [{url: shop}]}"}, id="no address"),
    pytest.param({"health": "{probes: [{}]}"}, id="no url"),
    pytest.param({"health": "{pod: {}}"}, id="a pod without an image"),
    pytest.param({"health": "{pod: null}"}, id="a pod that is null"),
    pytest.param({"health": "{pod: {image: busy box}}"}, id="an odd image"),
    pytest.param({"health": "{pod: {image: a, command: ['']}}"}, id="an empty word"),
    pytest.param({"health": "{pod: {image: a, namespace: A}}"}, id="an odd namespace"),
    pytest.param({"health": "{pod: {image: a, service_account_name: A}}"}, id="an odd account"),
    pytest.param({"health": "{pod: {image: a, minutes: 0}}"}, id="no minutes"),
]


@pytest.mark.parametrize("keys", WRONG)
def test_what_the_reader_refuses_the_schema_refuses(keys: dict[str, str]) -> None:
    text = text_with(**keys)
    assert problems_of(text)
    assert list(CHECKER.iter_errors(read_document(text).plain))


RIGHT: list[Any] = [
    pytest.param({}, id="the smallest"),
    pytest.param({"rings": "[{name: a, at_once: 33.3%, percent: 0.5}]"}, id="odd shares"),
    pytest.param({"overrides": "[{parameters: {extra_nodes: null}}]"}, id="null in parameters"),
    pytest.param({"bypasses": "[{clusters: {}, until: 2026-12-18T00:00:00Z, reason: x}]"}, id="Z"),
    pytest.param(
        {"accounts": "", "organization": "{role_name: x, regions: [us-gov-east-1]}"},
        id="an organisation",
    ),
    pytest.param(
        {
            "health": "{pod: {image: 'ghcr.io/acme/e2e:1.4', command: [run-e2e, --quick],"
            " namespace: default, service_account_name: '', minutes: 0.5}}"
        },
        id="a pod with all its keys",
    ),
]


def test_no_default_that_an_editor_might_write_is_refused() -> None:
    health = schema()["properties"]["health"]["default"]
    text = text_with(health=json.dumps(health))
    assert problems_of(text) == ()


@pytest.mark.parametrize("keys", RIGHT)
def test_what_the_reader_takes_the_schema_takes(keys: dict[str, str]) -> None:
    text = text_with(**keys)
    assert problems_of(text) == ()
    assert list(CHECKER.iter_errors(read_document(text).plain)) == []


def test_the_file_is_json_that_other_tools_read() -> None:
    text = (PROJECT / FILE).read_text(encoding="utf-8")
    assert json.loads(text) == yaml.safe_load(text)
