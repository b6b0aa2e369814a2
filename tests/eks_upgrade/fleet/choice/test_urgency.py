"""What goes first, what waiting costs, and how days are said."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.eks_upgrade.control_plane.prices import PRICES
from include.eks_upgrade.fleet.choice.days import distance
from include.eks_upgrade.fleet.choice.prices import extra_per_hour, waiting_costs
from include.eks_upgrade.fleet.choice.urgency import urgency
from tests.eks_upgrade.fleet.builders import OPENS, cluster

DAY = OPENS.date()


def ends(**days: int) -> dict[str, Any]:
    return {f"{name}_ends": DAY + timedelta(days=each) for name, each in days.items()}


IN_ORDER: list[dict[str, Any]] = [
    {"name": "standard-and-past", "support": "STANDARD", **ends(standard=-40, extended=300)},
    {"name": "extended-and-past", **ends(standard=-400, extended=-2)},
    {"name": "standard-and-near", "support": "STANDARD", **ends(standard=3, extended=368)},
    {"name": "extended-and-near", **ends(standard=-350, extended=15)},
    {"name": "long-in-extended", **ends(standard=-200, extended=165)},
    {"name": "just-in-extended", **ends(standard=0, extended=365)},
    {"name": "soon-in-extended", **ends(standard=20, extended=385)},
    {"name": "standard-and-far", "support": "STANDARD", **ends(standard=90, extended=455)},
    {"name": "nobody-knows", "standard_ends": None, "extended_ends": None},
]


def test_what_eks_would_do_itself_goes_first_then_days_to_extended_support() -> None:
    made = [cluster(**each) for each in IN_ORDER]
    backwards = made[::-1]
    ordered = sorted(backwards, key=lambda each: urgency(each, OPENS).key)
    assert [each.name for each in ordered] == [each.name for each in made]


def test_of_two_that_press_alike_the_dearer_goes_first() -> None:
    dear = cluster("dear", **ends(standard=-3))
    unknown = cluster("china", arn="arn:aws-cn:eks:cn-north-1:1:cluster/china", **ends(standard=-3))
    assert urgency(dear, OPENS).key < urgency(unknown, OPENS).key


SAID: list[Any] = [
    pytest.param(
        {"support": "STANDARD", **ends(standard=-40)},
        "standard support of 1.34 ended 40 days ago; EKS upgrades it by itself at any moment as "
        "its support policy is STANDARD",
        id="forced, past",
    ),
    pytest.param(
        {"support": "STANDARD", **ends(standard=0)},
        "standard support of 1.34 ends today; EKS upgrades it by itself at any moment as its "
        "support policy is STANDARD",
        id="forced, today",
    ),
    pytest.param(
        {"support": "STANDARD", **ends(standard=4)},
        "standard support of 1.34 ends in 4 days; from then on EKS upgrades it by itself as its "
        "support policy is STANDARD",
        id="forced, soon",
    ),
    pytest.param(
        ends(standard=-360, extended=1),
        "extended support of 1.34 ends tomorrow; from then on EKS upgrades it by itself",
        id="extended support ends",
    ),
    pytest.param(
        ends(standard=-122, extended=243),
        "1.34 is in extended support since 29 Jul 2026, 0.50 US dollars an hour more",
        id="in extended support",
    ),
    pytest.param(
        ends(standard=12, extended=377), "standard support of 1.34 ends in 12 days", id="soon"
    ),
    pytest.param(ends(standard=90, extended=455), "", id="nothing presses"),
    pytest.param({"standard_ends": None, "extended_ends": None}, "", id="nothing is known"),
    pytest.param(
        {"support": "", **ends(standard=90, extended=455)}, "", id="no support policy was read"
    ),
]


@pytest.mark.parametrize(("given", "because"), SAID)
def test_what_presses_is_said_in_words(given: Any, because: str) -> None:
    assert urgency(cluster(**given), OPENS).because == because


COSTS: list[Any] = [
    pytest.param(ends(standard=-1), timedelta(days=7), 84.0, id="a week in extended support"),
    pytest.param(ends(standard=30), timedelta(days=7), 0.0, id="in standard support"),
    pytest.param(ends(standard=3), timedelta(days=7), 48.5, id="it ends while it waits"),
    pytest.param(ends(standard=-1), None, 0.0, id="no opening comes"),
    pytest.param(ends(standard=-1), timedelta(), 0.0, id="no time passes"),
    pytest.param({"standard_ends": None}, timedelta(days=7), 0.0, id="the calendar is not known"),
    pytest.param(
        {"support": "STANDARD", **ends(standard=-1)},
        timedelta(days=7),
        84.0,
        id="the policy STANDARD pays as well",
    ),
    pytest.param(
        {"arn": "arn:aws-cn:eks:cn-north-1:111111111111:cluster/shop", **ends(standard=-1)},
        timedelta(days=7),
        0.0,
        id="prices of China are not known",
    ),
]


@pytest.mark.parametrize(("given", "later", "dollars"), COSTS)
def test_waiting_costs_the_hours_in_extended_support(
    given: Any, later: timedelta | None, dollars: float
) -> None:
    until = None if later is None else OPENS + later
    assert waiting_costs(cluster(**given), OPENS, until) == pytest.approx(dollars)


def test_prices_have_a_date_and_a_source() -> None:
    price = PRICES["aws"]
    assert (price.standard, price.extended) == (0.10, 0.60)
    assert date.fromisoformat(price.since) < date.fromisoformat(price.checked)
    assert price.source.startswith("https://aws.amazon.com/")


def test_the_day_on_which_standard_support_ends_is_paid_for_in_utc() -> None:
    one = cluster(standard_ends=date(2026, 7, 29))
    assert extra_per_hour(one, datetime(2026, 7, 28, 23, 59, tzinfo=UTC)) == 0
    assert extra_per_hour(one, datetime(2026, 7, 29, tzinfo=UTC)) == pytest.approx(0.5)


DISTANCES: list[Any] = [
    pytest.param(date(2026, 11, 28), "today", id="the same day"),
    pytest.param(date(2026, 11, 29), "tomorrow", id="one day on"),
    pytest.param(date(2026, 11, 27), "yesterday", id="one day back"),
    pytest.param(date(2026, 12, 10), "in 12 days", id="days"),
    pytest.param(date(2026, 10, 28), "31 days ago", id="a month is still days"),
    pytest.param(date(2027, 3, 27), "in 3 months", id="one day short of four months"),
    pytest.param(date(2027, 3, 28), "in 4 months", id="four months"),
    pytest.param(date(2025, 11, 28), "1 year ago", id="a year"),
    pytest.param(date(2028, 12, 28), "in 2 years and 1 month", id="years and months"),
]


@pytest.mark.parametrize(("other", "said"), DISTANCES)
def test_days_are_said_as_people_do(other: date, said: str) -> None:
    assert distance(DAY, other) == said
