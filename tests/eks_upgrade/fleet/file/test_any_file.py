"""Whatever is wrong with the shape of a file, reader and published schema see alike."""

import copy
import functools
import json
import operator
from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from include.eks_upgrade.fleet.file.document import Document, read_document
from include.eks_upgrade.fleet.file.judge import judged
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.file.schema import schema

CHECKER = Draft202012Validator(schema())
RIGHT: Any = read_document("""
accounts:
  - {name: pay, id: "111111111111", aws_conn_id: pay, regions: [eu-west-1]}
organization: {aws_conn_id: hub, role_name: eks, regions: [us-east-1], leave_out: ["444444444444"]}
clusters: {include: [{}], exclude: [{tags: {upgrades: by-hand}}]}
target: {newest_minus: 1}
rings:
  - name: canary
    clusters: {names: ["a*"], tags: {x: y}, accounts: [pay], regions: [eu-*]}
    percent: 33.3
    at_once: 25%
    bake_minutes: 0.5
    threshold: {unhealthy: 10%, successes: 2}
    approval: true
windows:
  - {name: w, start: 0 1 * * sat, duration_minutes: 60, zone: UTC, offset_days: 1}
freezes: [{first: 2026-12-18, last: 2027-01-06, zone: UTC, reason: x, clusters: {}}]
bypasses: [{clusters: {}, until: 2027-01-08T06:00:00Z, reason: CVE, windows: true, freezes: false}]
overrides: [{clusters: {}, rings: [canary], parameters: {extra_nodes: 1}}]
health:
  probes: [{url: "https://{cluster}.example.com", status: 204, seconds: 2.5}]
  pod: {image: "a/b:1", command: [run, "{cluster}"], namespace: e2e, minutes: 2}
""").plain
VALUES: list[Any] = [
    None, True, 0, 3, -1, 0.5, "", "x", "yes", "1.34", "33.3%", "0%", "100%", "101%",
    "2027-01-08", "1798700000", "x" * 300, [], {}, [1], ["x"], [""], [None], {"x": "y"}, {"x": 1},
    [[]], [{}], {"names": []},
]  # fmt: skip
KEYS = ["name", "zone", "clusters", "regions", "Name", "x"]


NOT_BY_SHAPE = {"value_error", "too_short"}
"""Of our own validators, which know zones, cron and more than the schema; and of a list of which
no entry is right, which pydantic calls empty besides."""


def value_at(place: tuple[Any, ...], whole: Any = RIGHT) -> Any:
    return functools.reduce(operator.getitem, place, whole)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """All but the top."""
    below: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        below = value.items()
    elif isinstance(value, list):
        below = enumerate(value)
    for key, one in below:
        yield (*place, key)
        yield from places(one, (*place, key))


MAPPINGS = [(), *(place for place in places(RIGHT) if isinstance(value_at(place), dict))]
PLACES = [
    *(place for place in places(RIGHT) if "parameters" not in place[:-1]),
    *((*place, key) for place in MAPPINGS if "parameters" not in place for key in KEYS),
]


def with_value(place: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(RIGHT)
    value_at(place[:-1], changed)[place[-1]] = value
    return changed


def errors_of(plain: Any) -> set[str]:
    """Kinds of what pydantic finds."""
    try:
        FleetFile.model_validate_json(json.dumps(plain), strict=True)
    except ValidationError as error:
        return {each["type"] for each in error.errors()}
    return set()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(VALUES))
@example(("bypasses", 0, "until"), "1798700000")
def test_what_the_schema_refuses_the_reader_refuses(place: Any, value: Any) -> None:
    document = Document(plain=with_value(place, value))
    _, found = judged(document)
    assert found or CHECKER.is_valid(document.plain)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(VALUES))
@example(("windows", 0, "start"), None)
def test_what_the_reader_refuses_by_its_shape_the_schema_refuses(place: Any, value: Any) -> None:
    plain = with_value(place, value)
    by_shape = errors_of(plain) - NOT_BY_SHAPE
    assert not by_shape or not CHECKER.is_valid(plain)
