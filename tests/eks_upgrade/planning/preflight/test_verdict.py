"""The verdict as data, as a table and as a report: nothing of it is lost on the way."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.planning.preflight.check import Finding, Severity
from include.eks_upgrade.planning.preflight.verdict import CheckVerdict, Verdict
from include.eks_upgrade.planning.preflight.verdict_schema import FILE, schema, schema_text
from include.eks_upgrade.planning.preflight.verdict_table import WIDTH, table
from include.eks_upgrade.planning.preflight.waiver import Waiver
from include.eks_upgrade.report.preflight import render_preflight

PROJECT = Path(__file__).parents[4]
WAIVER = Waiver("budgets", "budget *", "shop | is <stopped>", date(2026, 12, 31))
BLOCKS = Finding(Severity.BLOCKS, "budget shop/web", "it never allows " + "x" * 300, "give it room")
WAIVED = Finding(Severity.BLOCKS, "budget a/b", "it never allows", "give it room", waiver=WAIVER)
WARNS = Finding(Severity.WARNS, "node a", "node a is old", "", whole=True)
INFORMS = Finding(
    Severity.INFORMS, "<script>alert(1)</script>", "k8s-aws-v1.secret", "", passes=True
)


def check(name: str, *found: Finding, unknown: str = "") -> CheckVerdict:
    return CheckVerdict(
        name=name, asks="Is it?", source="seen", findings=tuple(found), unknown=unknown
    )


def verdict(*checks: CheckVerdict) -> Verdict:
    return Verdict(
        cluster="demo",
        region="eu-central-1",
        from_version="1.30",
        to_version="1.31",
        judged_at="2026-11-26T10:00:00+00:00",
        checks=checks,
    )


FULL = verdict(
    check("fine"),
    check("notes", INFORMS),
    check("nodes", WARNS, unknown="the nodes could not be read: the caller may not list nodes"),
    check("budgets", BLOCKS, WAIVED),
    check("hooks", unknown="no answer within 60 s"),
    check("a_check_with_a_name_that_is_long", WARNS),
)


@pytest.mark.parametrize("one", [FULL, verdict(), verdict(check("fine"))])
def test_a_verdict_survives_the_way_through_json_and_is_as_its_schema_says(one: Verdict) -> None:
    plain = json.loads(json.dumps(one.as_json()))
    Draft202012Validator(schema()).validate(plain)
    assert Verdict.from_json(plain) == one


def test_the_published_schema_is_current() -> None:
    Draft202012Validator.check_schema(schema())
    hint = "write it with: python -m include.eks_upgrade.preflight --write-schema"
    assert (PROJECT / FILE).read_text(encoding="utf-8") == schema_text(), hint


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        "x",
        {},
        FULL.as_json() | {"schema": 99},
        FULL.as_json() | {"checks": [{}]},
        FULL.as_json() | {"checks": 7},
        {key: value for key, value in FULL.as_json().items() if key != "cluster"},
    ],
)
def test_what_is_no_verdict_is_refused(plain: Any) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        Verdict.from_json(plain)


@pytest.mark.parametrize(
    ("one", "status"),
    [
        (check("c"), "passed"),
        (check("c", INFORMS), "informs"),
        (check("c", INFORMS, WARNS), "warns"),
        (check("c", WARNS, unknown="x"), "unknown"),
        (check("c", BLOCKS, unknown="x"), "blocks"),
        (check("c", WAIVED), "warns"),
    ],
)
def test_a_check_is_what_its_heaviest_finding_is_and_unknown_is_not_passed(
    one: CheckVerdict, status: str
) -> None:
    assert one.status == status
    assert verdict(one).blocked == (status == "blocks")


def test_the_table_says_what_is_bad_first_in_a_hundred_columns() -> None:
    lines = table(FULL)
    wide = [line for line in lines if len(line) > WIDTH]
    assert [line for line in wide if len(line.split()) > 1] == []  # one word that is longer
    told = [line.split()[0] for line in lines[2:] if line and not line.startswith(" ")]
    assert told == ["BLOCKS", *["UNKNOWN"] * 2, *["warns"] * 3, "informs", "passed", "BLOCKED"]
    assert lines[-1].split() == ["BLOCKED", "by", "budgets"]
    assert not any("BLOCKED" in line for line in table(verdict(check("fine"))))
    assert lines[1] == "6 checks: 1 block, 1 warn, 1 inform, 2 not known, 1 passed"
    assert any("WAIVED until 2026-12-31" in line for line in lines)


def test_what_a_check_says_of_several_objects_in_the_same_words_is_one_row_for_people() -> None:
    full = replace(BLOCKS, what="it is full")
    other, waived = replace(full, subject="b"), replace(full, subject="c", waiver=WAIVER)
    same = verdict(check("budgets", full, BLOCKS, other, waived), check("hooks", full))
    rows = [(one.name, found.subject) for one, found in same.told_once(Severity.BLOCKS)]
    assert rows == [
        ("budgets", "budget shop/web; b"),
        ("budgets", "budget shop/web"),
        ("hooks", "budget shop/web"),
    ]
    assert len(list(same.findings(Severity.BLOCKS))) == 4
    assert "budget shop/web; b" in " ".join(" ".join(table(same)).split())
    assert render_preflight(same.as_json()).summary["outcome"] == "preflight, 3 in the way"


def test_sentences_that_name_their_object_themselves_stay_apart() -> None:
    two = verdict(check("nodes", WARNS, replace(WARNS, subject="node b")))
    assert len(list(two.told_once(Severity.WARNS))) == 2


def test_a_table_of_nothing_says_so() -> None:
    assert table(verdict()) == ["preflight of demo in eu-central-1: 1.30 -> 1.31", "no check"]


def test_the_report_escapes_what_comes_from_outside_and_hides_credentials() -> None:
    rendered = render_preflight(FULL.as_json())
    assert "<script>" not in rendered.html
    assert "&lt;script&gt;" in rendered.markdown
    assert "k8s-aws-v1" not in rendered.html + rendered.markdown
    assert "shop \\| is &lt;stopped&gt;" in rendered.markdown
    assert "until 2026-12-31" in rendered.html


def test_the_report_says_what_blocks_what_is_unknown_and_what_passed() -> None:
    rendered = render_preflight(FULL.as_json())
    assert rendered.summary == {
        "cluster": "demo",
        "versions": "1.30 → 1.31",
        "outcome": "preflight, 1 in the way",
        "kind": "refused",
        "place": "eu-central-1",
    }
    for told in ("What blocks", "What may hurt", "not the same as passed", "fine"):
        assert told in rendered.html
        assert told in rendered.markdown
    assert render_preflight(verdict(check("fine")).as_json()).summary["outcome"] == (
        "preflight passed"
    )
