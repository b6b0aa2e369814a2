"""The table of daylight saving in docs/fleet.md is what the code does."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from include.eks_upgrade.fleet.file.model import Window
from include.eks_upgrade.fleet.windows.openings import openings

PAGE = Path(__file__).parents[4] / "docs" / "fleet.md"


def rows() -> list[list[str]]:
    """Cells of the table: zone, start, minutes, day and what happens, opens, closes."""
    chapter = PAGE.read_text().split("### When clocks are moved")[1].split("###")[0]
    found = re.findall(r"(?m)^\| `(.+) \|$", chapter)
    return [
        [cell.strip(" `") for cell in row.split(" | ")]
        for row in found
        if "/" in row or "UTC" in row
    ]


ROWS = rows()


def test_the_table_speaks_of_all_kinds_of_zones() -> None:
    assert len({row[0] for row in ROWS}) == 7


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} {row[1]} {row[3]}" for row in ROWS])
def test_a_row_of_the_table_is_true(row: list[str]) -> None:
    zone, start, minutes, clock, opens, closes = row
    place = ZoneInfo(zone)
    window = Window(name="w", start=start, zone=zone, duration_minutes=int(minutes))
    day = datetime.fromisoformat(clock[:10]).replace(tzinfo=place)
    around = openings([window], day - timedelta(hours=3), day + timedelta(hours=12))
    shown = [
        tuple(f"{each.astimezone(place):%H:%M %z}" for each in (opening.start, opening.end))
        for opening in around
    ]
    assert shown == [(opens, closes)]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} {row[1]} {row[3]}" for row in ROWS])
def test_the_clock_is_moved_as_the_table_says(row: list[str]) -> None:
    zone, clock = ZoneInfo(row[0]), row[3]
    if clock.endswith("not moved"):
        assert (
            f"{datetime(2027, 1, 1, tzinfo=zone):%z}" == f"{datetime(2027, 7, 1, tzinfo=zone):%z}"
        )
        return
    day, before, after = re.fullmatch(r"(\S+), (\S+) is (\S+)", clock).groups()
    # The offset of the second before decides when the clock would have shown `before`.
    moment = (datetime.fromisoformat(f"{day} {before}") - timedelta(seconds=1)).replace(tzinfo=zone)
    jump = datetime.fromtimestamp(moment.timestamp() + 1, zone)
    assert f"{jump:%Y-%m-%d %H:%M}" == f"{day} {after}"
