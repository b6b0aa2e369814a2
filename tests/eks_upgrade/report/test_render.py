import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from include.eks_upgrade.common.time.durations import duration_text
from include.eks_upgrade.report import build_report, render_report
from include.eks_upgrade.report.durations import covered
from include.eks_upgrade.report.redaction import hide, without_secrets

Record = dict[str, Any]


def write(record: Record) -> tuple[str, str]:
    rendered = render_report(record)
    return rendered.markdown, rendered.html


def parsed(html: str) -> ET.Element:
    return ET.fromstring(html.removeprefix("<!DOCTYPE html>"))


@pytest.mark.parametrize("case", ["upgraded", "failed_drain", "refused", "unchanged"])
def test_every_kind_of_record_gives_well_formed_html_and_markdown(
    case: str, request: pytest.FixtureRequest
) -> None:
    markdown, html = write(request.getfixturevalue(case))
    assert parsed(html).tag == "html"
    assert markdown.startswith("# ")
    assert "None" not in markdown


def test_the_page_asks_nobody_for_anything(failed_drain: Record) -> None:
    _, html = write(failed_drain)
    tags = {element.tag for element in parsed(html).iter()}
    assert not tags & {"script", "link", "img", "iframe", "object"}
    assert "url(" not in html
    assert " src=" not in html
    assert "@import" not in html


def test_the_page_has_colours_for_the_dark_and_a_form_for_paper(upgraded: Record) -> None:
    _, html = write(upgraded)
    assert "prefers-color-scheme:dark" in html
    assert "@media print" in html


def test_words_from_outside_cannot_become_markup(upgraded: Record) -> None:
    evil = "<script>alert(1)</script>|`\"'&"
    upgraded["tasks"][0] |= {"state": "failed", "failure": evil, "label": evil}
    upgraded["tasks"][1]["result"]["text"] = evil
    upgraded["tasks"][4]["result"]["obstacles"][0]["what"] = evil
    upgraded["request"]["cluster_name"] = evil
    upgraded["world"]["version"] = evil
    markdown, html = write(upgraded)
    assert "script" not in {element.tag for element in parsed(html).iter()}
    assert "<script>" not in html
    outside_fences = re.sub(r"(?s)(`{3,})text\n.*?\n\1", "", markdown)
    assert "<script>" not in outside_fences
    rows = [line for line in outside_fences.splitlines() if line.startswith("| Control plane")]
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 4


ARN = "arn:aws:eks:eu-central-1:111122223333:cluster/shop"
NODE = "ip-10-0-0-1.eu-central-1.compute.internal"


def test_long_names_are_short_where_they_are_read_and_whole_behind_it(upgraded: Record) -> None:
    upgraded["tasks"][1]["result"]["text"] = f"asked {ARN}"
    upgraded["tasks"][4]["result"]["data"]["by_node"] = {NODE: 3}
    upgraded["tasks"][4]["result"]["obstacles"][0]["what"] = f"it holds {NODE}"
    markdown, html = write(upgraded)
    page = parsed(html)
    abbreviated = {(each.text, each.get("title")) for each in page.iter("abbr")}
    assert abbreviated == {("cluster/shop", ARN), ("ip-10-0-0-1", NODE)}
    rows = [[cell.text for cell in row] for row in page.iter("tr")]
    assert ["cluster/shop", ARN] in rows
    body, names = markdown.split("## Names in full")
    assert "asked cluster/shop" in body
    assert "it holds ip-10-0-0-1 " in body
    assert (ARN in body, NODE in body) == (False, False)
    assert f"| cluster/shop | {ARN} |" in names
    assert f"| ip-10-0-0-1 | {NODE} |" in names


def test_the_report_itself_has_whole_names(upgraded: Record) -> None:
    upgraded["tasks"][1]["result"]["text"] = f"asked {ARN}"
    assert f"asked {ARN}" in build_report(upgraded).changes


def test_a_failures_own_words_and_commands_stay_whole(failed_drain: Record) -> None:
    command = f"kubectl drain {NODE}"
    failed_drain["tasks"][3]["failure"] = f"{NODE} is stuck.\nRemedy: {command}."
    failed_drain["plan"]["warnings"] = [f"On {NODE}: run `{command}`."]
    markdown, html = write(failed_drain)
    assert f"Remedy: {command}." in markdown
    assert f"On ip-10-0-0-1: run `{command}`." in markdown
    (why,) = [each.text for each in parsed(html).iter("pre")]
    assert why == f"{NODE} is stuck.\nRemedy: {command}."


@pytest.mark.parametrize(
    "evil",
    [
        pytest.param(f'{ARN}"><script>alert(1)</script>', id="after an ARN"),
        pytest.param('arn:aws:eks:x:1:cluster/"onmouseover="alert(1)', id="in an ARN"),
        pytest.param(f"{'x' * 70}<script>", id="after a long word"),
        pytest.param(f"{'&' * 70}lt;script", id="a long word of marks"),
        pytest.param(f"`{NODE}` ` {ARN} `<b>`", id="between marks of code"),
        pytest.param(f"https://x/`{ARN}`{'y' * 70}`", id="in an address"),
    ],
)
def test_a_short_name_lets_no_markup_in(upgraded: Record, evil: str) -> None:
    upgraded["tasks"][1]["result"]["text"] = evil
    upgraded["plan"]["warnings"] = [evil]
    _, html = write(upgraded)
    page = parsed(html)
    assert not {each.tag for each in page.iter()} & {"script", "b"}
    assert {name for each in page.iter("abbr") for name in each.attrib} <= {"title"}
    assert evil in {"".join(cell.itertext()) for cell in page.iter("td")} | {
        "".join(_whole(item)) for item in page.iter("li")
    }


def _whole(element: ET.Element) -> list[str]:
    """The text of an element with each short name in full."""
    if element.tag == "abbr":
        return [element.get("title") or ""]
    inner = [part for child in element for part in (*_whole(child), child.tail or "")]
    return [element.text or "", *inner]


def test_a_failure_cannot_close_its_own_fence(refused: Record) -> None:
    refused["tasks"][0]["failure"] = "before\n```\n# not a heading\n````\nafter"
    markdown, _ = write(refused)
    assert "\n`````text\nbefore" in markdown
    assert "after\n`````\n" in markdown


def test_no_token_reaches_either_form(upgraded: Record) -> None:
    token = "k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8_WC1BbXo"
    upgraded["tasks"][0]["result"]["text"] = f"asked with Bearer {token} now"
    upgraded["tasks"][1] |= {"state": "failed", "failure": f"401 for {token}"}
    upgraded["request"]["api_token"] = "abc"
    upgraded["plan"]["warnings"] = ["https://sts/?X-Amz-Signature=deadbeef&X-Amz-Expires=60"]
    for form in write(upgraded):
        assert "aHR0cHM6" not in form
        assert "deadbeef" not in form
        assert "abc" not in form
        assert "[hidden]" in form.replace("\\", "")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        pytest.param(None, "-", id="unknown"),
        pytest.param(0.0, "0 s", id="nothing"),
        pytest.param(0.84, "under 1 s", id="under a second"),
        pytest.param(44.7, "45 s", id="seconds"),
        pytest.param(59.7, "1 min", id="nearly a minute"),
        pytest.param(245.2, "4 min 5 s", id="minutes"),
        pytest.param(3599.9, "1 h", id="nearly an hour"),
        pytest.param(3900.0, "1 h 5 min", id="hours"),
        pytest.param(3929.0, "1 h 5 min", id="hours and seconds"),
        pytest.param(86399.0, "1 d", id="nearly a day"),
        pytest.param(2 * 86400 + 3 * 3600 + 59.0, "2 d 3 h", id="days"),
    ],
)
def test_durations_are_said_in_words(seconds: float | None, said: str) -> None:
    assert duration_text(seconds) == said


def test_overlapping_and_enclosed_intervals_count_once() -> None:
    assert covered([(5.0, 6.0), (0.0, 10.0), (8.0, 12.0), (20.0, 21.0)]) == 13.0


def test_plain_words_are_left_as_they_are() -> None:
    assert hide("bearer of bad news: k8s 1.26") == "bearer of bad news: k8s 1.26"
    assert without_secrets({"a": [1, None, True, "x"]}) == {"a": [1, None, True, "x"]}
