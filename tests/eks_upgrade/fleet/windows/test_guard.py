"""What the first task of a run says of the moment at which it really starts."""

from datetime import datetime

import pytest

from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.windows.guard import guard

SATURDAY = {
    "name": "Saturday night",
    "start": "0 2 * * sat",
    "duration_minutes": 240,
    "cutoff_minutes": 60,
    "zone": "Europe/Berlin",
}
SUNDAY = {"name": "Sunday", "start": "0 2 * * sun", "duration_minutes": 60}
BYPASS = {"clusters": {"names": ["shop-*"]}, "until": "2026-11-30T12:00:00Z", "reason": "CVE"}
MEANT = "2026-11-28T01:00Z"
OPENING = "'Saturday night' (Sat 28 Nov 2026 02:00 to 06:00 Europe/Berlin)"
UNTIL = "nothing begins from Sat 28 Nov 2026 05:00 Europe/Berlin on."
COMES = "the next opening is Sat 5 Dec 2026 02:00 Europe/Berlin (Saturday night)"
MADE_FOR = f"This run was made for the opening {OPENING}, and starts"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def file(*windows: dict, **parts: object) -> FleetFile:
    return FleetFile.model_validate(
        {"target": {"version": "1.34"}, "rings": [{"name": "all"}], "windows": windows, **parts}
    )


@pytest.mark.parametrize(
    ("now", "go", "message"),
    [
        pytest.param(MEANT, True, f"In the opening {OPENING}; {UNTIL}", id="punctual"),
        pytest.param(
            "2026-11-28T01:04:59Z", True, f"In the opening {OPENING}; {UNTIL}", id="nearly"
        ),
        pytest.param(
            "2026-11-28T01:37Z",
            True,
            f"{MADE_FOR} 37 minutes late. In the opening {OPENING}; {UNTIL}",
            id="late-and-in-time",
        ),
        pytest.param(
            "2026-11-28T04:00Z",
            False,
            f"{MADE_FOR} 3 hours late. {OPENING} is past its cutoff,"
            f" Sat 28 Nov 2026 05:00 Europe/Berlin; {COMES}. Nothing is done.",
            id="after-the-cutoff",
        ),
        pytest.param(
            "2026-12-02T09:30Z",
            False,
            f"{MADE_FOR} 4 days 8 hours late. All windows are shut; {COMES}. Nothing is done.",
            id="unpaused-four-days-late",
        ),
        pytest.param(
            "2026-12-05T02:00Z",
            True,
            f"{MADE_FOR} 7 days 1 hour late. In the opening 'Saturday night'"
            " (Sat 5 Dec 2026 02:00 to 06:00 Europe/Berlin); nothing begins from"
            " Sat 5 Dec 2026 05:00 Europe/Berlin on.",
            id="in-the-next-one",
        ),
    ],
)
def test_a_scheduled_run_knows_for_what_it_was_made(now: str, go: bool, message: str) -> None:
    found = guard(file(SATURDAY), "scheduled", at(MEANT), at(now))
    assert (found.go, found.message) == (go, message)


def test_a_scheduled_run_never_goes_by_a_bypass() -> None:
    found = guard(
        file(SATURDAY, bypasses=[BYPASS]), "scheduled", at(MEANT), at("2026-11-29T09:00Z")
    )
    assert not found.go


def test_a_run_for_a_window_that_is_no_more_says_so() -> None:
    found = guard(file(SUNDAY), "scheduled", at(MEANT), at("2026-11-28T01:10Z"))
    assert found.message == (
        "This run was made for Sat 28 Nov 2026 01:00 UTC, and starts 10 minutes late; the fleet"
        " file has no window any more that opens then. All windows are shut; the next opening is"
        " Sun 29 Nov 2026 02:00 UTC (Sunday). Nothing is done."
    )


@pytest.mark.parametrize("kind", ["manual", "backfill", "asset_triggered", "operator_triggered"])
def test_a_run_by_hand_in_a_window_goes_on(kind: str) -> None:
    found = guard(file(SATURDAY), kind, None, at("2026-11-28T03:00Z"))
    assert found.go
    assert found.opening
    assert found.message == f"In the opening {OPENING}; {UNTIL}"


def test_a_run_by_hand_outside_of_windows_says_what_can_be_done() -> None:
    found = guard(file(SATURDAY), "manual", at("2026-11-30T13:00Z"), at("2026-11-30T13:00Z"))
    assert not found.go
    assert found.message == (
        "This run was started by hand at Mon 30 Nov 2026 13:00 UTC. All windows are shut;"
        f" {COMES}. Nothing is done. What cannot wait: trigger this DAG again with a reason in"
        " `outside_windows`, or first give those clusters a bypass with an end in the fleet file."
    )


@pytest.mark.parametrize(
    ("now", "bypass", "go"),
    [
        pytest.param("2026-11-30T11:59Z", {}, True, id="live"),
        pytest.param("2026-11-30T12:00Z", {}, False, id="expired"),
        pytest.param("2026-11-30T11:00Z", {"windows": False}, False, id="of-freezes-alone"),
    ],
)
def test_a_run_by_hand_outside_of_windows_goes_by_a_live_bypass(
    now: str, bypass: dict, go: bool
) -> None:
    found = guard(file(SATURDAY, bypasses=[BYPASS | bypass]), "manual", None, at(now))
    assert found.go == go
    assert found.opening is None
    if go:
        assert found.message == (
            "Outside of all windows; only clusters with a bypass are upgraded"
            " (until Mon 30 Nov 2026 12:00 UTC: CVE)."
        )


@pytest.mark.parametrize("kind", ["scheduled", "manual"])
def test_without_windows_nothing_is_done(kind: str) -> None:
    found = guard(file(), kind, at(MEANT), at(MEANT))
    assert not found.go
    assert "The fleet file has no windows. Nothing is done." in found.message
