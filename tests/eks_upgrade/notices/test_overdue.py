"""When a run is overdue, and what is said of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.eks_upgrade.fleet.file.read import read_fleet_file
from include.eks_upgrade.fleet.overdue import fleet_due
from include.eks_upgrade.notices.fleet import overdue
from include.eks_upgrade.notices.model import Subject
from include.eks_upgrade.notices.overdue import DEFAULT_MINUTES, MOST_MINUTES, upgrade_due

BEGAN = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
FILE = """\
accounts: [{name: payments, regions: [eu-west-1]}]
target: {version: "1.34"}
rings: [{name: canary, clusters: {names: [a]}, bake_minutes: 30}, {name: main, bake_minutes: 90}]
windows: [{name: saturday, start: "0 2 * * 6", duration_minutes: 240, zone: UTC}]
"""


@pytest.mark.parametrize(
    ("conf", "minutes"),
    [
        pytest.param({"expected_minutes": 72.5}, 72.5, id="as expected"),
        pytest.param({"expected_minutes": 90}, 90, id="a whole number"),
        pytest.param({}, DEFAULT_MINUTES, id="nothing is expected"),
        pytest.param(None, DEFAULT_MINUTES, id="nothing was given"),
        *(
            pytest.param({"expected_minutes": odd}, DEFAULT_MINUTES, id=repr(odd))
            for odd in (0, -5, "90", None, True, [], float("nan"), float("inf"))
        ),
        pytest.param({"expected_minutes": 10**300}, MOST_MINUTES, id="more than time has"),
    ],
)
def test_a_run_is_due_when_its_expected_minutes_are_over(conf: Any, minutes: float) -> None:
    assert upgrade_due(conf, BEGAN) == BEGAN + timedelta(minutes=minutes)


def test_a_fleets_run_is_due_after_its_window_the_longest_bake_and_an_hour(tmp_path: Any) -> None:
    file = read_fleet_file(tmp_path / "fleet.yaml", FILE)
    assert fleet_due(file, BEGAN) == BEGAN + timedelta(minutes=240 + 90 + 60)
    assert fleet_due(file, BEGAN + timedelta(hours=3)) == fleet_due(file, BEGAN)
    assert fleet_due(file, BEGAN + timedelta(days=2)) is None


def test_it_is_told_with_both_times_and_the_run() -> None:
    about = Subject(cluster="shop", versions="to 1.34", dag_id="eks_upgrade", run_id="r",
                    run_url="https://run")  # fmt: skip
    notice = overdue(about, "2026-11-28T02:00:00Z", BEGAN + timedelta(hours=1))
    assert notice.subject == "shop to 1.34: overdue"
    assert "since 2026-11-28 02:00 UTC and was expected to have ended by 2026-11-28 03:00 UTC" in (
        notice.text
    )
    assert "https://run" in notice.text
