"""What docs/fleet.md says of rings, order, time and money is what the code does."""

import re
from datetime import date
from pathlib import Path

from include.eks_upgrade.control_plane.prices import PRICES
from include.eks_upgrade.fleet import duration
from include.eks_upgrade.fleet.choice.urgency import NEAR_DAYS
from include.eks_upgrade.fleet.judge_ring import Standing

PAGE = (Path(__file__).parents[3] / "docs" / "fleet.md").read_text()


def chapter(title: str) -> str:
    """A chapter in one line."""
    return " ".join(PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0].split())


def test_the_minutes_of_a_cluster_without_earlier_upgrades_are_those_of_the_code() -> None:
    section = PAGE.split("### Whether the time is enough")[1].split("###")[0]
    assert [int(minutes) for minutes in re.findall(r"\| (\d+) \|\n", section)] == [
        duration.CONTROL_PLANE_MINUTES,
        duration.ADDON_MINUTES,
        duration.GROUP_MINUTES,
        duration.NODE_MINUTES,
    ]
    assert duration.MARGIN == 1.25
    assert "the middle of them and a quarter more" in chapter("Order, time and money")


def test_the_prices_are_those_of_the_code_with_their_date_and_source() -> None:
    money, price = chapter("Order, time and money"), PRICES["aws"]
    assert f"{price.standard:.2f} US dollars an hour" in money
    assert f"{price.extended:.2f} in extended support" in money
    assert price.source in money
    for iso in (price.since, price.checked):
        day = date.fromisoformat(iso)
        assert f"{day.day} {day:%B %Y}" in money


def test_it_says_how_soon_an_end_presses() -> None:
    assert f"within {NEAR_DAYS} days" in chapter("Order, time and money")


def test_every_standing_of_a_ring_is_explained() -> None:
    rings = chapter("Rings and thresholds")
    assert all(f"**{standing.value.capitalize()}**" in rings for standing in Standing)
