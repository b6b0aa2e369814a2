"""The fleet file as a person writes it: read, or refused with all that is wrong at once."""

from pathlib import Path
from typing import Any

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.file.read import read_fleet_file
from tests.eks_upgrade.fleet.file.fleet_text import PATH, problems_of, said, text_with

MANY_FAULTS = """\
acounts: []
accounts:
  - name: payments
    id: "111111111111"
    regions: [eu-west-1, eu_west_2]
  - name: payments
    regions: []
target:
  version: 1.30
rings:
  - name: canary
    at_once: 150%
  - name: canary
    bake_minutes: an hour
  - name: late
    unhealthy: 3
windows:
  - name: night
    start: "0 2 * *"
    duration_minutes: 4 hours
    zone: Europe/Berln
  - name: night
    start: "0 2 * * sat"
    duration_minutes: 60
    cutoff_minutes: 60
freezes:
  - {first: 2026-12-18, last: 2026-12-17, reason: too early}
bypasses:
  - clusters: {}
    until: 2026-12-18T00:00:00
    reason: no zone
overrides:
  - rings: [canry]
    parameters: {extra_node: 2}
"""


def test_every_problem_is_named_at_once_with_its_line_in_the_order_of_the_file() -> None:
    assert [problem.subject for problem in problems_of(MANY_FAULTS)] == [
        "include/fleet.yaml, line 1, acounts",
        "include/fleet.yaml, line 5, accounts[0].regions[1]",
        "include/fleet.yaml, line 6, accounts[1].name",
        "include/fleet.yaml, line 7, accounts[1].regions",
        "include/fleet.yaml, line 9, target.version",
        "include/fleet.yaml, line 12, rings[0].at_once",
        "include/fleet.yaml, line 13, rings[1].name",
        "include/fleet.yaml, line 14, rings[1].bake_minutes",
        "include/fleet.yaml, line 16, rings[2].unhealthy",
        "include/fleet.yaml, line 19, windows[0].start",
        "include/fleet.yaml, line 20, windows[0].duration_minutes",
        "include/fleet.yaml, line 21, windows[0].zone",
        "include/fleet.yaml, line 22, windows[1].name",
        "include/fleet.yaml, line 25, windows[1].cutoff_minutes",
        "include/fleet.yaml, line 27, freezes[0].last",
        "include/fleet.yaml, line 30, bypasses[0].until",
        "include/fleet.yaml, line 33, overrides[0].rings[0]",
        "include/fleet.yaml, line 34, overrides[0].parameters.extra_node",
    ]


def test_every_problem_says_what_lifts_it() -> None:
    assert all(problem.what and problem.remedy for problem in problems_of(MANY_FAULTS))


def test_a_right_file_is_read_with_its_defaults() -> None:
    file = read_fleet_file(PATH, text_with())
    assert isinstance(file, FleetFile)
    assert file.accounts[0].aws_conn_id == "aws_default"
    assert (file.rings[0].at_once, file.rings[0].threshold.unhealthy) == (1, 0)
    assert file.windows == ()


WRONG: list[Any] = [
    pytest.param({"target": ""}, "target: it is not given", "the version to go to", id="missing"),
    pytest.param({"frezes": "[]"}, "no key 'frezes' here", "write freezes", id="misspelt"),
    pytest.param({"Rings": "[]"}, "no key 'Rings' here", "write rings", id="another case"),
    pytest.param({"bake_minutes": "3"}, "no key", "belongs to rings[]", id="at the wrong place"),
    pytest.param({"zzz": "3"}, "no key 'zzz'", "here may be accounts", id="like none"),
    pytest.param({"rings": "[]"}, "rings: it is empty", "at least one", id="no ring"),
    pytest.param({"windows": "~"}, "nothing stands behind it", "take the key away", id="null"),
    pytest.param({"rings": "{name: a}"}, "a list is wanted, and a mapping", "`- `", id="no list"),
    pytest.param(
        {"rings": "- canary"}, "a mapping is wanted, and 'canary'", "key: value", id="word"
    ),
    pytest.param({"rings": "- {name: canary, approval: 1}"}, "true or false", "true", id="1"),
    pytest.param({"rings": "- {name: a, bake_minutes: '60'}"}, "a number", "quotes", id="quoted"),
    pytest.param({"rings": "- {name: a, bake_minutes: .inf}"}, "a number", "digits", id="inf"),
    pytest.param({"rings": "- {name: a, bake_minutes: -1}"}, "below 0", "0 or more", id="minus"),
    pytest.param({"rings": "- {name: a, percent: 0}"}, "not above 0", "more than 0", id="0 %"),
    pytest.param({"rings": "- {name: a, percent: 101}"}, "above 100", "100 or less", id="101 %"),
    pytest.param({"rings": "- {name: a, at_once: 0}"}, "0 is below 1", "20%", id="none at once"),
    pytest.param({"rings": "- {name: a, at_once: 1.5}"}, "1.5 is neither", "20%", id="1.5"),
    pytest.param({"rings": "- {name: a, at_once: 0%}"}, "nothing would", "20%", id="0% at once"),
    pytest.param({"rings": "- {name: a, at_once: [1]}"}, "neither a number", "20%", id="list"),
    pytest.param({"rings": "- {name: '1a'}"}, "'1a' cannot be", "letter", id="ring's name"),
    pytest.param({"rings": "- {name: ''}"}, "'' cannot be", "letter", id="empty ring's name"),
    pytest.param({"rings": "- {name: a b}"}, "'a b' cannot be", "letters", id="blank in a name"),
    pytest.param({"target": "{version: latest}"}, "'latest' is not a minor", "1.34", id="latest"),
    pytest.param({"target": "{version: '1.34.2'}"}, "not a minor", '"1.34"', id="a patch"),
    pytest.param({"target": "{newest_minus: 1.5}"}, "whole number", "digits", id="half a minor"),
    pytest.param({"target": "{newest_minus: -1}"}, "below 0", "0 or more", id="beyond the newest"),
    pytest.param({"accounts": "- {name: a, regions: ['']}"}, "it is empty", "eu-", id="no region"),
    pytest.param(
        {"accounts": "- {name: a, id: '1234', regions: [eu-west-1]}"},
        "'1234' is not the id",
        "twelve digits",
        id="a short id",
    ),
    pytest.param(
        {"accounts": "- {name: a, role_arn: eks-upgrade, regions: [eu-west-1]}"},
        "'eks-upgrade' is not the ARN",
        "arn:aws:iam::111111111111:role/eks-upgrade",
        id="a role's name for its ARN",
    ),
    pytest.param(
        {"organization": "{role_name: 'arn:aws:iam::1:role/x/eks', regions: [eu-west-1]}"},
        "differs from account to account",
        "write the name alone: eks",
        id="an ARN for a role's name",
    ),
    pytest.param(
        {"health": "{probes: [{url: 'https://{clster}.example.com'}]}"},
        "nothing is filled in for {clster}",
        "write {cluster}",
        id="a placeholder that is none",
    ),
    pytest.param(
        {"bypasses": "[{clusters: {}, until: '1798700000', reason: x}]"},
        "a moment is wanted, and '1798700000'",
        "2027-01-08T06:00:00+01:00",
        id="seconds since 1970",
    ),
    pytest.param(
        {"bypasses": "[{clusters: {}, until: 9999-12-31T23:59:59-12:00, reason: x}]"},
        "no moment at which a bypass could end",
        "2027-01-08T06:00:00+01:00",
        id="a bypass without an end",
    ),
    pytest.param({"health": "{probes: [{url: shop}]}"}, "no address", "https://", id="no address"),
    pytest.param(
        {"health": "{probes: [{url: 'https://{cluster}.example.com:port/'}]}"},
        "'https://a.example.com:port/' is no address",
        "https://shop.example.com:8443/health",
        id="no port",
    ),
    pytest.param(
        {"health": "{probes: [{url: 'https://example.com:99999/'}]}"},
        "is no address",
        "8443",
        id="a port that is none",
    ),
    pytest.param(
        {"health": "{probes: [{url: 'http://[::1/health'}]}"}, "is no address", "8443", id="half IP"
    ),
    pytest.param(
        {"health": "{probes: [{url: 'https://exa mple.com'}]}"}, "is no address", "8443", id="blank"
    ),
    pytest.param({"health": "{probes: [{url: 'https://{'}]}"}, "bracket", "both", id="a bracket"),
    pytest.param({"health": "{pod: {}}"}, "pod.image: it is not given", "give it", id="no image"),
    pytest.param({"health": "{pod: }"}, "nothing stands", "take the key away", id="an empty pod"),
    pytest.param({"health": "{pod: busybox}"}, "a mapping", "key: value", id="a pod's image alone"),
    pytest.param({"health": "{pod: {imag: a, image: a}}"}, "'imag'", "write image", id="pod's key"),
    pytest.param(
        {"health": '{pod: {image: "busybox\\nreboot"}}'},
        "no name of an image",
        "busybox:1.36",
        id="an image in two lines",
    ),
    pytest.param(
        {"health": "{pod: {image: a, namespace: Default}}"},
        "'Default' is no name of a namespace",
        "write it like default",
        id="a namespace in upper case",
    ),
    pytest.param(
        {"health": "{pod: {image: a, namespace: ''}}"}, "namespace", "default", id="no namespace"
    ),
    pytest.param(
        {"health": "{pod: {image: a, service_account_name: a/b}}"},
        "'a/b' is no name of a service account",
        "leave it empty",
        id="two service accounts",
    ),
    pytest.param(
        {"health": "{pod: {image: a, minutes: 0}}"}, "not above 0", "more than 0", id="no time"
    ),
    pytest.param(
        {"health": "{pod: {image: a, minutes: 10081}}"}, "above 10080", "or less", id="over a week"
    ),
    pytest.param(
        {"health": "{pod: {image: a, command: run-e2e --quick}}"},
        "a list is wanted",
        "all in [ ]",
        id="a command in one text",
    ),
    pytest.param(
        {"health": "{pod: {image: a, command: [run-e2e, ' ']}}"},
        "command[1]: it is an empty word",
        "take it away",
        id="an empty word",
    ),
    pytest.param(
        {"health": "{pod: {image: a, command: [sleep, 5]}}"},
        "command[1]: a text is wanted",
        '"5" in quotes',
        id="a number in a command",
    ),
    pytest.param(
        {"health": "{pod: {image: a, command: ['--at={clster}']}}"},
        "nothing is filled in for {clster}",
        "write {cluster}; brackets that stay as they are take blanks inside",
        id="a placeholder of a command that is none",
    ),
    pytest.param(
        {"health": "{pod: {image: a, command: ['{print}']}}"},
        "nothing is filled in for {print}",
        "there are {cluster}, {region}, {account}; brackets that stay",
        id="brackets for another program",
    ),
]


@pytest.mark.parametrize(("keys", "what", "remedy"), WRONG)
def test_what_cannot_be_is_told_with_a_remedy(keys: dict[str, str], what: str, remedy: str) -> None:
    (problem,) = problems_of(text_with(**keys))
    assert what in f"{problem.subject}: {problem.what}"
    assert remedy in problem.remedy


def test_all_that_is_wrong_with_a_pod_is_told_at_once() -> None:
    pod = "{image: 'busy box', command: [''], namespace: A, service_account_name: B, minutes: -1}"
    found = problems_of(text_with(health=f"{{pod: {pod}}}"))
    assert [problem.subject.rpartition(".")[2] for problem in found] == [
        "image", "command[0]", "namespace", "service_account_name", "minutes",
    ]  # fmt: skip


def test_a_file_that_is_not_there_says_how_to_have_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no such file") as raised:
        read_fleet_file(tmp_path / "fleet.yaml")
    assert "EKS_FLEET_FILE" in str(raised.value)


def test_a_folder_is_no_fleet_file(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read: Is a directory"):
        read_fleet_file(tmp_path)


def test_a_file_in_another_encoding_is_told_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_bytes(b"# Stra\xc3\x9fe\naccounts: M\xfcnchen\n")
    with pytest.raises(Refused, match=r"line 2: the byte 0xfc is no UTF-8"):
        read_fleet_file(tmp_path / "fleet.yaml")


def test_a_file_with_windows_line_ends_and_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    text = "\ufeff" + text_with().replace("\n", "\r\n")
    (tmp_path / "fleet.yaml").write_bytes(text.encode())
    assert read_fleet_file(tmp_path / "fleet.yaml").rings[0].name == "canary"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "it is empty", id="empty"),
        pytest.param("# only this\n---\n", "it is empty", id="a comment"),
        pytest.param("- name: canary", "it is a list", id="a list"),
        pytest.param("canary", "it is a text", id="a word"),
    ],
)
def test_what_is_no_mapping_at_all_is_told(text: str, words: str) -> None:
    assert words in said(text)


def test_the_same_is_told_once() -> None:
    text = text_with(rings="- {name: a, at_once: [2]}")
    assert len(problems_of(text)) == 1
