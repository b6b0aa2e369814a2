"""The report as a page: what it links to, how it prints, and a bar that everybody can read."""

import re
from itertools import combinations
from typing import Any

import pytest

from include.eks_upgrade.report import render_report
from include.eks_upgrade.report.html import address
from tests.eks_upgrade.report.conftest import REQUEST
from tests.eks_upgrade.report.test_render import parsed

Record = dict[str, Any]
Colour = tuple[float, float, float]

RUN_PAGE = "https://airflow.example/dags/eks_upgrade/runs/x"
DOCS = "https://git.example/eks/docs"


@pytest.fixture
def linked(failed_drain: Record) -> Record:
    """A run that was stopped in its drain, of which all addresses are known."""
    failed_drain["run"] = failed_drain["run"] | {"url": RUN_PAGE, "docs": DOCS}
    for each in failed_drain["tasks"]:
        each["url"] = f"{RUN_PAGE}/tasks/{each['name']}"
    return failed_drain


def links(html: str) -> dict[str, str]:
    """Address by text."""
    return {"".join(each.itertext()): each.get("href", "") for each in parsed(html).iter("a")}


def test_the_page_links_to_the_run_its_tasks_and_the_documentation(linked: Record) -> None:
    found = links(render_report(linked).html)
    assert found["The run in Airflow"] == RUN_PAGE
    assert found["do-drain [workers]"] == f"{RUN_PAGE}/tasks/do-drain"
    assert found["do-deletion [workers]"] == f"{RUN_PAGE}/tasks/do-deletion"
    assert found["Runbook"] == f"{DOCS}/runbook.md"
    assert found["docs/parameters.md"] == f"{DOCS}/parameters.md"


def test_a_page_of_the_documentation_that_a_sentence_names_is_linked(linked: Record) -> None:
    linked["request"] = REQUEST | {"delete_emptydir_data": True}
    html = render_report(linked).html
    left = html.partition("Left in the cluster")[2].partition("</section>")[0]
    assert f'by hand as <a href="{DOCS}/runbook.md">docs/runbook.md</a> says' in left


def test_without_addresses_there_are_no_links(failed_drain: Record) -> None:
    failed_drain["run"] = failed_drain["run"] | {"url": None}
    assert links(render_report(failed_drain).html) == {}


@pytest.mark.parametrize(
    ("given", "linkable"),
    [
        pytest.param("https://x/y", True, id="https"),
        pytest.param("http://x/y", True, id="http"),
        pytest.param("/eks-upgrade/reports/a/b", True, id="a path of this server"),
        pytest.param("javascript:alert(1)", False, id="a script"),
        pytest.param("//evil.example/x", False, id="another host"),
        pytest.param("/\\evil.example/x", False, id="another host, for a browser"),
        pytest.param("data:text/html,x", False, id="data"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_only_addresses_of_pages_are_linked(given: str, linkable: bool) -> None:
    assert address(given) == (given if linkable else "")


def test_an_address_that_is_a_script_is_plain_text(linked: Record) -> None:
    evil = "javascript:alert(1)"
    linked["run"] |= {"url": evil, "docs": evil}
    for each in linked["tasks"]:
        each["url"] = evil
    assert links(render_report(linked).html) == {}


def test_paper_gets_the_parameters_and_no_closed_parts(upgraded: Record) -> None:
    page = parsed(render_report(upgraded).html)
    parts = {each.findtext("summary"): each for each in page.iter("details")}
    assert {each.get("open") for each in parts.values()} == {"open"}
    shown = [cell.text for cell in parts["Parameters of the run"].iter("code")]
    assert shown == list(REQUEST)


def test_parameters_are_printed_without_secrets(upgraded: Record) -> None:
    upgraded["request"] = {"db_password": "hunter2", "note": "Bearer abcdefgh12345"}
    html = render_report(upgraded).html
    assert "hunter2" not in html
    assert "abcdefgh12345" not in html


def print_rules(html: str) -> str:
    return html.partition("@media print{")[2].partition("</style>")[0]


def test_paper_has_no_holes_and_cuts_no_table_off(upgraded: Record) -> None:
    rules = print_rules(render_report(upgraded).html)
    # A section as a whole would be moved to the next page; a row of a table is not torn apart.
    assert "break-inside:avoid" not in re.findall(r"section[^}]*\{[^}]*\}", rules)[0]
    assert re.search(r"tr,li[^}]*break-inside:avoid", rules)
    assert "details::details-content{content-visibility:visible" in rules
    assert "overflow:visible" in rules
    assert "thead{display:table-header-group}" in rules


def test_paper_is_light_also_for_who_reads_in_the_dark(upgraded: Record) -> None:
    html = render_report(upgraded).html
    dark = re.findall(r"@media [^{]*prefers-color-scheme:dark[^{]*", html)
    assert dark
    assert all("screen and" in each for each in dark)


SEGMENTS = ("aws", "drain", "rest", "person")
"""In the order of the bar."""

NEVER_BESIDE = {("aws", "person")}
"""Neighbours only in a run that did nothing else, not even look."""

# Linear RGB as seen without one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1).
SIGHT: dict[str, tuple[Colour, Colour, Colour]] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "without red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "without green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "without blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def rule(html: str, name: str) -> str:
    found = re.search(rf"^\.{name}\{{([^}}]*)\}}", html, re.MULTILINE)
    assert found
    return found[1]


def luminance(colour: str, sight: tuple[Colour, Colour, Colour]) -> float:
    """Relative luminance as WCAG 2 defines it, of `#rrggbb` as such eyes see it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    seen = [
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in sight
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), seen, strict=True))


@pytest.mark.parametrize("eyes", SIGHT)
@pytest.mark.parametrize(
    ("one", "other"),
    [pair for pair in combinations(SEGMENTS, 2) if pair not in NEVER_BESIDE],
)
def test_neighbours_in_the_bar_are_told_apart_by_any_eyes_and_in_grey(
    upgraded: Record, one: str, other: str, eyes: str
) -> None:
    html = render_report(upgraded).html
    shades = []
    for name in (one, other):
        colour = re.search(r"background-color:(#[0-9a-f]{6})", rule(html, name))
        assert colour
        shades.append(luminance(colour[1], SIGHT[eyes]) + 0.05)
    # What WCAG 2.1 asks of graphics (1.4.11).
    assert max(shades) / min(shades) >= 3.0


def test_segments_have_patterns_and_a_gap_between_them_as_well(upgraded: Record) -> None:
    html = render_report(upgraded).html
    patterns = [re.findall(r"(\w+(?:-\w+)*-gradient)", rule(html, name)) for name in SEGMENTS]
    assert patterns[1] != patterns[3]
    assert patterns[1] and patterns[3]  # noqa: PT018 - beside two without one, dark and pale
    assert "gap:2px" in rule(html, "bar")
    assert "print-color-adjust:exact" in html


def test_the_bar_is_told_to_who_does_not_see_it(upgraded: Record) -> None:
    (bar,) = [each for each in parsed(render_report(upgraded).html).iter("div") if each.get("role")]
    assert "Draining: 1 min." in (bar.get("aria-label") or "")
