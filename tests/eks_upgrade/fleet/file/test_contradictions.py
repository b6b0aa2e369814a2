"""What two places of the fleet file have to agree on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from include.eks_upgrade.fleet.file.contradictions import warnings
from include.eks_upgrade.fleet.file.read import read_fleet_file
from tests.eks_upgrade.fleet.file.fleet_text import PATH, problems_of, text_with

NIGHT = "name: night, start: '0 2 * * sat'"
TWO_ACCOUNTS = """
  - {name: payments, id: '111111111111', aws_conn_id: a, regions: [eu-west-1]}
  - {name: search, id: '222222222222', aws_conn_id: b, regions: [eu-central-1]}"""

WRONG: list[Any] = [
    pytest.param({"target": "{}"}, "target", "does not say where", id="no target"),
    pytest.param(
        {"target": "{version: '1.34', newest_minus: 0}"},
        "target",
        "version and newest_minus are given",
        id="two targets",
    ),
    pytest.param(
        {"target": "{version: ''}"}, "target", "does not say where", id="an empty version"
    ),
    pytest.param(
        {"rings": "[{name: a, clusters: {regions: [eu-*]}}, {name: a}]"},
        "rings[1].name",
        "another ring is called 'a'",
        id="rings' names twice",
    ),
    pytest.param(
        {"rings": "[{name: a}, {name: b}]"}, "rings[1]", "ring 'a' before it", id="after all"
    ),
    pytest.param(
        {"rings": "[{name: a, clusters: {}}, {name: b}]"}, "rings[1]", "takes every", id="empty"
    ),
    pytest.param(
        {"rings": "[{name: a, clusters: {names: ['**']}}, {name: b}]"},
        "rings[1]",
        "takes every",
        id="stars",
    ),
    pytest.param(
        {"rings": "[{name: a, percent: 100}, {name: b}]"}, "rings[1]", "takes every", id="100 %"
    ),
    pytest.param(
        {"rings": "[{name: a, clusters: {tags: {x: y}}}, {name: b, clusters: {tags: {x: y}}}]"},
        "rings[1]",
        "takes every",
        id="the same clusters",
    ),
    pytest.param(
        {"overrides": "[{rings: [canry], parameters: {extra_nodes: 1}}]"},
        "overrides[0].rings[0]",
        "no ring 'canry'",
        id="a ring that is none",
    ),
    pytest.param(
        {"windows": f"[{{{NIGHT}, duration_minutes: 60, cutoff_minutes: 60}}]"},
        "windows[0].cutoff_minutes",
        "nothing ever begins",
        id="the cutoff is the whole window",
    ),
    pytest.param(
        {"windows": f"[{{{NIGHT}, duration_minutes: 60, zone: Europe/Berln}}]"},
        "windows[0].zone",
        "`Europe/Berln`",
        id="a zone that is none",
    ),
    pytest.param(
        {"windows": f"[{{{NIGHT}, duration_minutes: 60}}, {{{NIGHT}, duration_minutes: 90}}]"},
        "windows[1].name",
        "another window",
        id="windows' names twice",
    ),
    pytest.param(
        {"windows": "[{name: a, start: every night, duration_minutes: 60}]"},
        "windows[0].start",
        "fields",
        id="no cron",
    ),
    pytest.param(
        {"freezes": "[{first: 2027-01-06, last: 2026-12-18, reason: x}]"},
        "freezes[0].last",
        "before it begins",
        id="last before first",
    ),
    pytest.param(
        {"freezes": "[{first: christmas, last: 2026-12-18, reason: x}]"},
        "freezes[0].first",
        "neither a day nor",
        id="a day that is none",
    ),
    pytest.param(
        {"freezes": "[{first: 2026-12-18, last: 2026-12-32, reason: x}]"},
        "freezes[0].last",
        "neither a day nor",
        id="the 32nd",
    ),
    pytest.param(
        {
            "bypasses": "[{clusters: {}, until: 2027-01-08T06:00:00Z, reason: x, windows: false,"
            " freezes: false}]"
        },
        "bypasses[0]",
        "does nothing",
        id="a bypass of nothing",
    ),
    pytest.param({"accounts": ""}, "accounts", "neither accounts nor", id="nothing to look at"),
    pytest.param({"clusters": "{include: []}"}, "clusters.include", "no cluster", id="no cluster"),
    pytest.param(
        {
            "accounts": "[{name: a, aws_conn_id: x, id: '111111111111', regions: [eu-west-1]},"
            " {name: b, aws_conn_id: y, id: '111111111111', regions: [eu-west-1]}]"
        },
        "accounts[1].id",
        "same account twice",
        id="an id twice",
    ),
    pytest.param(
        {"accounts": "[{name: a, regions: [eu-west-1]}, {name: b, regions: [eu-west-1]}]"},
        "accounts[1].aws_conn_id",
        "same account twice",
        id="a connection twice",
    ),
    pytest.param(
        {"accounts": "[{name: a, regions: [eu-west-1, eu-west-1]}]"},
        "accounts[0].regions[1]",
        "named twice",
        id="a region twice",
    ),
    pytest.param(
        {
            "accounts": "[{name: a, id: '111111111111', regions: [eu-west-1],"
            " role_arn: 'arn:aws:iam::222222222222:role/x'}]"
        },
        "accounts[0].role_arn",
        "in the account 222222222222",
        id="a role of another account",
    ),
    pytest.param(
        {
            "accounts": TWO_ACCOUNTS,
            "freezes": "[{first: 2026-12-18, last: 2026-12-19, reason: x,"
            " clusters: {accounts: [serch]}}]",
        },
        "freezes[0].clusters.accounts[0]",
        "'serch' fits no account",
        id="a freeze of an account that is none",
    ),
    pytest.param(
        {"rings": "[{name: a, clusters: {regions: [us-*]}}]"},
        "rings[0].clusters.regions[0]",
        "'us-*' fits no region",
        id="a ring of a region that is none",
    ),
    pytest.param(
        {
            "freezes": "[{first: 2026-12-18, last: 2026-12-19, reason: x,"
            " clusters: {names: [shop, 'pay-.*']}}]"
        },
        "freezes[0].clusters.names[1]",
        "'pay-.*' fits no name",
        id="a freeze by a regular expression",
    ),
    pytest.param(
        {"clusters": "{exclude: [{names: [a.b]}]}"},
        "clusters.exclude[0].names[0]",
        "'a.b' fits no name",
        id="a name that no cluster has",
    ),
    pytest.param(
        {"clusters": "{exclude: [{accounts: ['222222222222']}]}"},
        "clusters.exclude[0].accounts[0]",
        "fits no account",
        id="an id that no account has",
    ),
]


@pytest.mark.parametrize(("keys", "place", "what"), WRONG)
def test_a_contradiction_is_told_where_it_stands(
    keys: dict[str, str], place: str, what: str
) -> None:
    (problem,) = problems_of(text_with(**keys))
    assert problem.subject.split(", ")[-1] == place
    assert what in problem.what


RIGHT: list[Any] = [
    pytest.param({"rings": "[{name: a, percent: 50}, {name: b}]"}, id="a part, then the rest"),
    pytest.param(
        {"rings": "[{name: a, clusters: {names: ['p*']}}, {name: b, clusters: {names: ['*']}}]"},
        id="some, then all by a star",
    ),
    pytest.param(
        {
            "rings": "[{name: a, percent: 20, clusters: {tags: {x: y}}},"
            " {name: b, clusters: {tags: {x: y}}}]"
        },
        id="a part of some, then these",
    ),
    pytest.param({"rings": "[{name: a, clusters: {tags: {x: '*'}}}, {name: b}]"}, id="any tag"),
    pytest.param(
        {"accounts": "", "organization": "{role_name: eks, regions: [eu-west-1]}"},
        id="an organisation alone",
    ),
    pytest.param(
        {
            "organization": "{role_name: eks, regions: [us-east-1], leave_out: ['111111111111']}",
            "rings": "[{name: a, clusters: {accounts: [anybody], regions: [us-east-1]}}]",
        },
        id="an account of the organisation",
    ),
    pytest.param(
        {
            "accounts": "[{name: a, regions: [eu-west-1], role_arn: 'arn:aws:iam::111111111111:"
            "role/x'}, {name: b, regions: [eu-west-1], role_arn: 'arn:aws:iam::222222222222:"
            "role/x'}]"
        },
        id="two roles by one connection",
    ),
    pytest.param(
        {
            "accounts": "[{name: a, regions: [eu-west-1]}]",
            "clusters": "{exclude: [{accounts: ['222222222222']}]}",
        },
        id="an id where the file has none",
    ),
    pytest.param(
        {"freezes": "[{first: 2026-12-18, last: 2026-12-18, reason: x, zone: Asia/Kolkata}]"},
        id="one day",
    ),
    pytest.param({"windows": f"[{{{NIGHT}, duration_minutes: 60, cutoff_minutes: 59}}]"}, id="1"),
    pytest.param(
        {"health": "{probes: [{url: 'https://{cluster}.{region}.{account}.example.com/x'}]}"},
        id="all placeholders",
    ),
    pytest.param(
        {
            "health": "{pod: {image: a, command: [sh, -c, 'echo ${HOME} $(date) {a,b} {} { x }', "
            "'{cluster}', '{\"a\": 1}']}}"
        },
        id="brackets that mean something else in a command",
    ),
    pytest.param({"health": "{pod: {image: a, command: []}}"}, id="the image's own command"),
]


@pytest.mark.parametrize("keys", RIGHT)
def test_what_looks_odd_and_is_right_is_taken(keys: dict[str, str]) -> None:
    assert problems_of(text_with(**keys)) == ()


def test_contradictions_are_seen_among_the_entries_that_can_be_read() -> None:
    text = text_with(
        windows=f"[{{name: x}}, {{{NIGHT}, duration_minutes: 60, cutoff_minutes: 90}}]",
        accounts="",
    )
    subjects = [problem.subject.split(", ")[-1] for problem in problems_of(text)]
    assert subjects == [
        "accounts",
        "windows[0].start",
        "windows[0].duration_minutes",
        "windows[1].cutoff_minutes",
    ]


def test_nothing_is_said_that_only_follows_from_another_fault() -> None:
    text = text_with(
        accounts="[{name: payments}]",
        target="{version: 1.30}",
        clusters="{exclude: [{accounts: [payments]}]}",
    )
    subjects = [problem.subject.split(", ")[-1] for problem in problems_of(text)]
    assert subjects == ["accounts[0].regions", "target.version"]


def test_what_is_over_is_a_warning_and_no_reason_to_refuse() -> None:
    text = text_with(
        bypasses="[{clusters: {}, until: 2026-11-01T00:00:00Z, reason: x}]",
        freezes="[{first: 2025-12-18, last: 2026-01-06, reason: x}]",
    )
    file = read_fleet_file(PATH, text)
    found = warnings(file, datetime(2026, 11, 26, tzinfo=UTC))
    assert [finding.place for finding in found] == [("bypasses", 0), ("freezes", 0)]
    assert warnings(file, datetime(2025, 12, 20, tzinfo=UTC)) == []
