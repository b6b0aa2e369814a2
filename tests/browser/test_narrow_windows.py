"""The pages of reports in a window as narrow as a phone's, and in a wide one, without Airflow."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from include.eks_upgrade.fleet.judge_ring import Outcome
from include.eks_upgrade.fleet.report.render import render_fleet_report
from include.eks_upgrade.report.html import page
from tests.browser.person import CHROMIUM, Person, person_at
from tests.eks_upgrade.fleet.report.test_fleet_report import CANARY, record, result, ring

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium")

NARROW, WIDE = {"width": 420, "height": 860}, {"width": 1280, "height": 900}
WHY = "The drain of node group workers ran out of time after 117 seconds with 1 pod left. " * 3
TITLE = "payments/eu-central-1/refunds"

FLEET = render_fleet_report(
    record(
        ring(
            "canary",
            replace(
                result(CANARY, Outcome.FAILED, WHY, url="/run", report_url="/report"), title=TITLE
            ),
        )
    )
).html
LIST = page(
    "list.html.jinja",
    rows=[
        {
            "at": "2026-11-27T11:02:00+00:00",
            "cluster": "ranking",
            "place": "222222222222 eu-central-1",
            "outcome": "stopped at the drain of ranking/workers",
            "kind": "stopped",
            "versions": "from 1.34 to 1.35",
            "dag_id": "eks_upgrade",
            "url": "/report",
        }
    ],
    more=False,
    airflow="/",
)
PAGES = [pytest.param(FLEET, id="the fleet's report"), pytest.param(LIST, id="the list")]
# How far a table is wider than what shows it, in pixels.
HIDDEN = (
    "Math.max(...[...document.querySelectorAll('.scroll')].map(e => e.scrollWidth-e.clientWidth))"
)
LINES = (
    "name => [...document.querySelectorAll('a')].find(a => a.text === name).getClientRects().length"
)


@pytest.fixture(scope="module")
def person() -> Iterator[Person]:
    with person_at("") as somebody:
        yield somebody


@pytest.mark.parametrize("html", PAGES)
@pytest.mark.parametrize("window", [NARROW, WIDE], ids=["narrow", "wide"])
def test_no_table_is_cut_off(person: Person, html: str, window: dict[str, int]) -> None:
    person.page.set_viewport_size(window)  # type: ignore[arg-type]
    person.page.set_content(html)
    assert person.page.evaluate(HIDDEN) == 0


@pytest.mark.parametrize("window", [NARROW, WIDE], ids=["narrow", "wide"])
def test_a_clusters_name_stands_in_one_line(person: Person, window: dict[str, int]) -> None:
    person.page.set_viewport_size(window)  # type: ignore[arg-type]
    person.page.set_content(FLEET)
    assert person.page.evaluate(LINES, TITLE) == 1
