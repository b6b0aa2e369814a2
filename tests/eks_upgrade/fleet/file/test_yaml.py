"""What YAML reads otherwise than people write it, and texts that are no YAML."""

from typing import Any

import pytest

from include.eks_upgrade.fleet.file.document import MOST_VALUES
from include.eks_upgrade.fleet.file.read import read_fleet_file
from tests.eks_upgrade.fleet.file.fleet_text import PATH, problems_of, said, text_with

TRAPS: list[Any] = [
    pytest.param({"target": "{version: 1.30}"}, "reads 1.30 as a number", '"1.30"', id="1.30"),
    pytest.param({"target": "{version: 1.34}"}, "reads 1.34 as a number", '"1.34"', id="1.34"),
    pytest.param(
        {"accounts": "- {name: a, id: 111111111111, regions: [eu-west-1]}"},
        "reads 111111111111 as a number",
        '"111111111111"',
        id="an id without quotes",
    ),
    pytest.param(
        {"accounts": "- {name: a, id: 012345678901, regions: [eu-west-1]}"},
        "loses its leading zeros",
        '"012345678901"',
        id="an id with a leading zero",
    ),
    pytest.param(
        {"accounts": "- {name: a, id: 01234567, regions: [eu-west-1]}"},
        "loses its leading zeros",
        '"01234567"',
        id="an octal number",
    ),
    pytest.param(
        {"rings": "- {name: a, clusters: {tags: {canary: yes}}}"},
        "yes is true in some readers",
        '"yes"',
        id="yes as a text",
    ),
    pytest.param({"rings": "- {name: a, approval: on}"}, "on is true", "write true", id="on"),
    pytest.param({"rings": "- {name: a, approval: No}"}, "No is false", "write false", id="No"),
    pytest.param(
        {"rings": "- {name: a, clusters: {tags: {no: x}}}"}, "the key no", '"no"', id="no as a key"
    ),
    pytest.param(
        {"rings": "- {name: a, clusters: {tags: {12: x}}}"}, "the key 12", '"12"', id="12 as a key"
    ),
    pytest.param(
        {"rings": "- {name: a, clusters: {tags: {cost: 12}}}"},
        "reads 12 as a number",
        '"12"',
        id="a number as a tag's value",
    ),
    pytest.param(
        {"windows": "- {name: a, start: '0 2 * * sat', duration_minutes: 4:00}"},
        "4:00 is a number",
        "decimal digits",
        id="base sixty",
    ),
    pytest.param({"rings": "- {name: a, bake_minutes: 1_0}"}, "1_0 is", "decimal", id="1_0"),
    pytest.param({"rings": "- {name: a, at_once: 0x3}"}, "0x3 is", "decimal", id="0x3"),
    pytest.param({"rings": "- {name: !prod a}"}, "!prod is a tag", '"!prod"', id="a tag"),
    pytest.param({"rings": "!prod [{name: a}]"}, "!prod is a tag", "quotes", id="a tag of a list"),
]


@pytest.mark.parametrize(("keys", "what", "remedy"), TRAPS)
def test_a_trap_of_yaml_is_told_once_with_what_to_write(
    keys: dict[str, str], what: str, remedy: str
) -> None:
    first, *_ = problems_of(text_with(**keys))
    assert what in first.what
    assert remedy in first.remedy
    assert len({problem.subject for problem in problems_of(text_with(**keys))}) <= 2


NO_YAML: list[Any] = [
    pytest.param("rings:\n\t- name: a\n", 2, "blanks, not with tabs", id="a tab"),
    pytest.param("rings:\n- name: [*-prod]\n", 2, '"*-prod"', id="a star without quotes"),
    pytest.param("rings:\n- name: *\n", 2, '"*-prod"', id="a star alone"),
    pytest.param("rings:\n- name: *all\n", 2, '"*-prod"', id="an alias of nothing"),
    pytest.param("rings:\n- name: a: b\n", 2, "quote", id="two colons"),
    pytest.param("rings:\n- name:a\n  at_once: 1\n", 3, "colon", id="no blank after a colon"),
    pytest.param("rings: [a, b\ntarget: {}\n", 2, "close the bracket", id="an open bracket"),
    pytest.param('rings: "a\n', 2, "close the quotes", id="open quotes"),
    pytest.param("a: 1\n---\nb: 2\n", 2, "take away the line ---", id="two documents"),
    pytest.param("rings:\n - a\n- b\n", 3, "indent", id="odd indentation"),
    pytest.param("rings: %a\n", 1, "in quotes", id="a percent sign"),
    pytest.param("rings: @a\n", 1, "in quotes", id="an at sign"),
    pytest.param("? [a]\n: b\n", 1, "a word before the colon", id="a list as a key"),
    pytest.param("a: &x [*x]\n", 1, "write it out", id="an alias of what it stands in"),
    pytest.param("a: {<<: 3}\n", 1, "an alias of a mapping", id="a merge of a number"),
]


@pytest.mark.parametrize(("text", "line", "remedy"), NO_YAML)
def test_a_text_that_is_no_yaml_is_told_with_line_and_remedy(
    text: str, line: int, remedy: str
) -> None:
    (problem,) = problems_of(text)
    assert problem.subject == f"include/fleet.yaml, line {line}"
    assert remedy in problem.remedy


def test_a_character_that_nobody_sees_is_told() -> None:
    assert "nobody can see" in said("rings: a\x07\n")


def test_a_text_that_is_nested_without_end_is_told() -> None:
    assert "nested too deep" in said("a: " + "[" * 600 + "]" * 600)


def test_aliases_that_multiply_one_another_are_told_before_they_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert f"more than {MOST_VALUES} values" in said("\n".join(lines))


def test_a_key_that_is_there_twice_is_told_with_both_lines() -> None:
    text = text_with() + "freezes: []\nwindows: []\nfreezes: []\n"
    (problem,) = problems_of(text)
    assert problem.what == "it is given twice, in lines 7 and 9"


def test_dates_need_no_quotes() -> None:
    freezes = "- {first: 2026-12-18, last: 2026-12-18 18:00:00, reason: x}"
    bypasses = "- {clusters: {}, until: 2027-01-08T06:00:00+01:00, reason: x}"
    file = read_fleet_file(PATH, text_with(freezes=freezes, bypasses=bypasses))
    assert (file.freezes[0].first, file.freezes[0].last) == ("2026-12-18", "2026-12-18 18:00:00")
    assert file.bypasses[0].until.isoformat() == "2027-01-08T06:00:00+01:00"


def test_anchors_and_merges_are_fine_and_what_is_written_out_wins() -> None:
    text = text_with(
        rings="""
  - &usual
    name: canary
    clusters: {tags: {ring: canary}}
    bake_minutes: 30
  - <<: *usual
    name: early
    clusters: {tags: {ring: early}}
  - <<: [{bake_minutes: 5}, *usual]
    name: late
    clusters: {}"""
    )
    canary, early, late = read_fleet_file(PATH, text).rings
    assert (canary.bake_minutes, early.bake_minutes, late.bake_minutes) == (30, 30, 5)
    assert [ring.name for ring in (canary, early, late)] == ["canary", "early", "late"]


def test_a_fault_that_comes_by_an_alias_has_the_line_where_it_is_written() -> None:
    text = text_with(
        rings="\n  - {name: a, clusters: &all {names: [7]}}\n  - {name: b, clusters: *all}"
    )
    assert {problem.subject.split(", ")[1] for problem in problems_of(text)} == {"line 7"}
