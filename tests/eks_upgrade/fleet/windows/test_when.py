"""Whether a cluster may begin: its windows, freezes and bypasses together."""

from datetime import datetime

import pytest

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.windows.when import When, when, windows_of

SATURDAY = {"name": "Saturday", "start": "0 2 * * sat", "duration_minutes": 240}
SUNDAY = {"name": "Sunday", "start": "0 3 * * sun", "duration_minutes": 120}
MONDAY = {"name": "Monday", "start": "0 4 * * mon", "duration_minutes": 60}
YEAR_END = {"first": "2026-12-20", "last": "2027-01-06", "reason": "year's end"}
SHOPS = {"names": ["shop-*"]}
SHOP = FleetCluster(
    arn="arn:aws:eks:eu-west-1:111122223333:cluster/shop-1",
    name="shop-1",
    account="111122223333",
    account_name="payments",
    region="eu-west-1",
    version="1.33",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def file(**parts: object) -> FleetFile:
    return FleetFile.model_validate(
        {"target": {"version": "1.34"}, "rings": [{"name": "all"}], **parts}
    )


def said(moment: str, **parts: object) -> When:
    return when(file(**parts), SHOP, at(moment))


@pytest.mark.parametrize(
    ("windows", "its_own"),
    [
        pytest.param([SATURDAY, SUNDAY], ["Saturday", "Sunday"], id="those-for-all"),
        pytest.param([SATURDAY, SUNDAY | {"clusters": SHOPS}], ["Sunday"], id="its-own-alone"),
        pytest.param(
            [SATURDAY, SUNDAY | {"clusters": SHOPS}, MONDAY | {"clusters": {}}],
            ["Sunday", "Monday"],
            id="all-of-its-own",
        ),
        pytest.param(
            [SATURDAY, SUNDAY | {"clusters": {"names": ["other"]}}], ["Saturday"], id="of-another"
        ),
        pytest.param([SUNDAY | {"clusters": {"names": ["other"]}}], [], id="only-of-another"),
        pytest.param([], [], id="none"),
    ],
)
def test_a_cluster_has_windows_of_its_own_or_those_for_all(
    windows: list[dict], its_own: list[str]
) -> None:
    found = windows_of(file(windows=windows).windows, SHOP)
    assert [each.name for each in found] == its_own


def test_in_its_window_a_run_may_begin_until_the_cutoff() -> None:
    found = said("2026-11-28T03:00Z", windows=[SATURDAY | {"cutoff_minutes": 60}])
    assert found.why_not == ""
    assert found.opening
    assert found.must_end_by == found.opening.cutoff == at("2026-11-28T05:00Z")
    assert found.next_opening == at("2026-12-05T02:00Z")
    assert found.bypass is None


def test_from_the_cutoff_on_nothing_begins() -> None:
    found = said("2026-11-28T05:00Z", windows=[SATURDAY | {"cutoff_minutes": 60}])
    assert found.must_end_by is None
    assert found.why_not == (
        "'Saturday' (Sat 28 Nov 2026 02:00 to 06:00 UTC) is past its cutoff,"
        " Sat 28 Nov 2026 05:00 UTC; the next opening is Sat 5 Dec 2026 02:00 UTC (Saturday)"
    )


def test_outside_its_windows_it_is_said_when_the_next_opens() -> None:
    berlin = SUNDAY | {"clusters": SHOPS, "zone": "Europe/Berlin"}
    found = said("2026-11-28T03:00Z", windows=[SATURDAY, berlin])
    assert found.opening is None
    assert found.next_opening == at("2026-11-29T02:00Z")
    assert found.why_not == (
        "its windows are shut; the next opening is Sun 29 Nov 2026 03:00 Europe/Berlin (Sunday)"
    )


def test_without_any_window_it_is_said_what_to_do() -> None:
    found = said("2026-11-28T03:00Z", windows=[])
    assert found.why_not == "no window of the fleet file is for it: give it one, or a bypass"
    assert found.next_opening is None


def test_in_a_freeze_its_reason_its_last_day_and_the_opening_after_it_are_said() -> None:
    found = said("2026-12-26T03:00Z", windows=[SATURDAY], freezes=[YEAR_END])
    assert found.frozen
    assert found.frozen.reason == "year's end"
    assert found.opening is None
    assert found.next_opening == at("2027-01-09T02:00Z")
    assert found.why_not == (
        "frozen until 2027-01-06 (UTC), this included: year's end;"
        " the next opening is Sat 9 Jan 2027 02:00 UTC (Saturday)"
    )


@pytest.mark.parametrize(
    ("freezes", "next_opening"),
    [
        pytest.param([YEAR_END], "2027-01-09T02:00Z", id="one"),
        pytest.param(
            [YEAR_END, {"first": "2027-01-07", "last": "2027-01-09", "reason": "b"}],
            "2027-01-16T02:00Z",
            id="one-after-the-other",
        ),
        pytest.param(
            [YEAR_END, {"first": "2027-01-09", "last": "2027-01-09", "reason": "b"}],
            "2027-01-16T02:00Z",
            id="with-days-between",
        ),
        pytest.param(
            [YEAR_END | {"last": "2027-01-09 02:00"}], "2027-01-09T02:00Z", id="ends-at-the-start"
        ),
        pytest.param(
            [YEAR_END | {"last": "2027-01-09 02:01"}], "2027-01-16T02:00Z", id="ends-after-it"
        ),
        pytest.param(
            [YEAR_END, {"first": "2027-01-08", "last": "2027-01-20", "reason": "b",
                        "clusters": {"names": ["other"]}}],
            "2027-01-09T02:00Z",
            id="of-another-cluster",
        ),
        pytest.param([YEAR_END | {"last": "9999-12-31"}], None, id="without-an-end"),
    ],
)  # fmt: skip
def test_the_next_opening_is_one_that_is_not_frozen(
    freezes: list[dict], next_opening: str | None
) -> None:
    found = said("2026-12-26T03:00Z", windows=[SATURDAY], freezes=freezes)
    assert found.next_opening == (at(next_opening) if next_opening else None)


def test_a_freeze_without_an_end_says_so() -> None:
    found = said(
        "2026-12-26T03:00Z", windows=[SATURDAY], freezes=[YEAR_END | {"last": "9999-12-31"}]
    )
    assert found.why_not == ("frozen without an end: year's end; no opening comes after this")


def test_an_opening_ends_where_a_freeze_begins_and_its_cutoff_moves_with_it() -> None:
    found = said(
        "2026-11-28T02:10Z",
        windows=[SATURDAY | {"cutoff_minutes": 60}],
        freezes=[{"first": "2026-11-28 05:00", "last": "2026-11-28", "reason": "sale"}],
    )
    assert found.opening
    assert found.opening.end == at("2026-11-28T05:00Z")
    assert found.must_end_by == at("2026-11-28T04:00Z")


def test_when_a_freeze_ends_the_window_that_is_open_may_be_used() -> None:
    night = [{"first": "2026-11-28", "last": "2026-11-28 03:00", "reason": "sale"}]
    assert said("2026-11-28T02:59Z", windows=[SATURDAY], freezes=night).why_not
    assert said("2026-11-28T03:00Z", windows=[SATURDAY], freezes=night).why_not == ""


def test_a_freeze_for_others_stops_nobody_else() -> None:
    others = YEAR_END | {"clusters": {"names": ["other"]}}
    assert said("2026-12-26T03:00Z", windows=[SATURDAY], freezes=[others]).why_not == ""


BYPASS = {"clusters": SHOPS, "until": "2026-12-31T12:00:00+01:00", "reason": "CVE"}
IN_WINDOW, OUTSIDE = "2026-12-26T03:00Z", "2026-12-27T10:00Z"


@pytest.mark.parametrize(
    ("moment", "bypass", "may", "used"),
    [
        pytest.param(OUTSIDE, {}, True, True, id="both"),
        pytest.param(IN_WINDOW, {}, True, True, id="both-in-a-window"),
        pytest.param(OUTSIDE, {"windows": False}, False, False, id="freezes-outside"),
        pytest.param(IN_WINDOW, {"windows": False}, True, True, id="freezes-in-a-window"),
        pytest.param(OUTSIDE, {"freezes": False}, False, False, id="windows-in-a-freeze"),
        pytest.param("2026-12-17T10:00Z", {"freezes": False}, True, True, id="windows-before-it"),
        pytest.param(OUTSIDE, {"clusters": {"names": ["other"]}}, False, False, id="of-another"),
        pytest.param("2026-12-31T10:59Z", {}, True, True, id="its-last-minute"),
        pytest.param("2026-12-31T11:00Z", {}, False, False, id="expired"),
    ],
)
def test_a_bypass_lets_through_what_it_names_until_it_expires(
    moment: str, bypass: dict, may: bool, used: bool
) -> None:
    found = said(moment, windows=[SATURDAY], freezes=[YEAR_END], bypasses=[BYPASS | bypass])
    assert (not found.why_not) == may
    assert (found.bypass is not None) == used
    assert (found.must_end_by is not None) == may


def test_a_bypass_that_nothing_needs_is_not_named() -> None:
    found = said("2026-12-05T03:00Z", windows=[SATURDAY], bypasses=[BYPASS | {"windows": False}])
    assert found.why_not == ""
    assert found.bypass is None


def test_two_bypasses_may_share_the_work() -> None:
    both = [BYPASS | {"windows": False}, BYPASS | {"freezes": False, "reason": "weekday"}]
    found = said(OUTSIDE, windows=[SATURDAY], freezes=[YEAR_END], bypasses=both)
    assert found.why_not == ""
    assert found.bypass
    assert found.bypass.reason == "weekday"


def test_what_begins_by_a_bypass_has_to_end_before_it_expires_or_a_freeze_begins() -> None:
    assert said(OUTSIDE, bypasses=[BYPASS]).must_end_by == at("2026-12-31T11:00Z")
    frozen_soon = said(
        "2026-12-17T10:00Z", freezes=[YEAR_END], bypasses=[BYPASS | {"freezes": False}]
    )
    assert frozen_soon.must_end_by == at("2026-12-20T00:00Z")


def test_a_bypass_reaches_over_the_end_of_a_window() -> None:
    found = said("2026-12-26T03:00Z", windows=[SATURDAY], bypasses=[BYPASS])
    assert found.opening
    assert found.bypass
    assert found.must_end_by == at("2026-12-31T11:00Z")


def test_while_a_freeze_is_passed_by_the_next_opening_may_be_in_it() -> None:
    passed = [BYPASS | {"windows": False, "until": "2027-01-01T00:00:00Z"}]
    found = said("2026-12-24T03:00Z", windows=[SATURDAY], freezes=[YEAR_END], bypasses=passed)
    assert found.next_opening == at("2026-12-26T02:00Z")
