"""The fleet's schedule under Airflow's own scheduler logic, with the time stepped."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from airflow import plugins_manager
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.settings import Session, get_engine
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.utils.db import synchronize_log_template
from eks_upgrade_airflow.fleet.timetable import FleetTimetable, read_schedule

from include.eks_upgrade.fleet.file.model import FleetFile, Window
from include.eks_upgrade.fleet.windows.guard import guard
from tests.airflow.fleet.scheduler_lab import SchedulerLab

ANY_TIME = TimeRestriction(earliest=None, latest=None, catchup=False)
FILE = """
accounts: [{name: a, regions: [eu-west-1]}]
target: {version: "1.34"}
rings: [{name: all}]
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def window(name: str, start: str, minutes: int = 240, **more: object) -> Window:
    return Window.model_validate(
        {"name": name, "start": start, "duration_minutes": minutes, **more}
    )


SATURDAY = window("Saturday night", "0 2 * * sat", cutoff_minutes=60)
SUNDAY = window("Sunday", "0 2 * * sun#2", 60, zone="America/New_York", offset_days=2)


@pytest.fixture(scope="module")
def database() -> None:
    import_all_models()
    Base.metadata.create_all(get_engine())
    with Session() as session, session.begin():
        synchronize_log_template(session=session)


@pytest.fixture
def lab(
    database: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Callable[..., SchedulerLab]]:
    monkeypatch.setenv("AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL", "0")

    def make(now: str, *windows: Window) -> SchedulerLab:
        made = SchedulerLab(request.node.name.replace("[", "-").strip("]"), at(now))
        monkeypatch.setattr(FleetTimetable, "clock", staticmethod(made.clock))
        made.parse(windows)
        made.pause(False)
        return made

    return make


def live(lab: SchedulerLab, until: str, step: timedelta = timedelta(hours=1)) -> None:
    """The DAG processor and the scheduler at work until a moment."""
    while True:
        lab.parse()
        lab.schedule()
        if lab.now >= at(until):
            return
        lab.now = min(lab.now + step, at(until))


def test_each_opening_has_its_run(lab: Callable[..., SchedulerLab]) -> None:
    fleet = lab("2026-11-20T02:00Z", SATURDAY)
    live(fleet, "2026-12-06T02:00Z", timedelta(hours=24))
    assert fleet.runs() == ["11-21 02:00", "11-28 02:00", "12-05 02:00"]


def test_unpaused_four_days_late_the_next_opening_is_awaited(
    lab: Callable[..., SchedulerLab],
) -> None:
    fleet = lab("2026-11-20T12:00Z", SATURDAY)
    live(fleet, "2026-11-21T08:00Z", timedelta(hours=5))
    fleet.pause(True)
    live(fleet, "2026-12-02T10:00Z", timedelta(days=2))
    fleet.pause(False)
    live(fleet, "2026-12-02T12:00Z")
    assert fleet.runs() == ["11-21 02:00"]
    live(fleet, "2026-12-05T03:00Z", timedelta(hours=13))
    assert fleet.runs() == ["11-21 02:00", "12-05 02:00"]


def test_unpaused_before_the_dag_is_parsed_again_the_guard_stops_the_run(
    lab: Callable[..., SchedulerLab],
) -> None:
    fleet = lab("2026-11-27T12:00Z", SATURDAY)
    # The DAG processor is down: what it wrote on Friday is what the scheduler sees on Wednesday.
    fleet.now = at("2026-12-02T10:00Z")
    fleet.schedule()
    assert fleet.runs() == ["11-28 02:00"]
    file = FleetFile.model_validate(
        {"target": {"version": "1.34"}, "rings": [{"name": "all"}], "windows": [SATURDAY]}
    )
    found = guard(file, "scheduled", at("2026-11-28T02:00Z"), fleet.now)
    assert not found.go
    assert "starts 4 days 8 hours late" in found.message


def test_unpaused_while_a_window_is_open_its_run_starts(lab: Callable[..., SchedulerLab]) -> None:
    fleet = lab("2026-11-27T12:00Z", SATURDAY)
    fleet.pause(True)
    live(fleet, "2026-11-28T03:00Z", timedelta(hours=5))
    fleet.pause(False)
    fleet.schedule()
    assert fleet.runs() == ["11-28 02:00"]


@pytest.mark.parametrize(
    ("back", "runs"),
    [
        pytest.param("2026-11-28T03:30Z", ["11-28 02:00"], id="in-mid-window"),
        pytest.param("2026-11-28T05:30Z", [], id="after-the-cutoff"),
        pytest.param("2026-11-28T09:00Z", [], id="after-the-window"),
    ],
)
def test_what_a_scheduler_missed_is_made_up_for_only_while_the_window_is_open(
    lab: Callable[..., SchedulerLab], back: str, runs: list[str]
) -> None:
    fleet = lab("2026-11-28T01:00Z", SATURDAY)
    fleet.now = at(back)
    live(fleet, "2026-11-28T12:00Z", timedelta(hours=4))
    assert fleet.runs() == runs


def test_restarted_in_mid_window_there_is_no_second_run(lab: Callable[..., SchedulerLab]) -> None:
    fleet = lab("2026-11-28T01:30Z", SATURDAY)
    live(fleet, "2026-11-28T02:30Z", timedelta(minutes=30))
    fleet.now = at("2026-11-28T03:30Z")
    live(fleet, "2026-11-28T05:30Z", timedelta(minutes=30))
    assert fleet.runs() == ["11-28 02:00"]


@pytest.mark.parametrize(
    ("parsed", "runs"),
    [
        pytest.param("2026-11-28T02:00:01Z", ["11-28 02:00"], id="a-second-after-the-start"),
        pytest.param("2026-11-28T05:10Z", [], id="after-the-cutoff"),
        pytest.param("2026-11-28T18:00Z", [], id="sixteen-hours-after"),
    ],
)
def test_a_first_parse_never_starts_a_run_of_a_closed_window(
    lab: Callable[..., SchedulerLab], parsed: str, runs: list[str]
) -> None:
    fleet = lab(parsed, SATURDAY)
    fleet.schedule()
    live(fleet, "2026-11-29T12:00Z", timedelta(hours=12))
    assert fleet.runs() == runs


def test_windows_that_change_while_the_dag_is_there(lab: Callable[..., SchedulerLab]) -> None:
    fleet = lab("2026-11-28T01:00Z", SATURDAY)
    live(fleet, "2026-11-28T02:30Z", timedelta(minutes=30))
    earlier = window("Saturday night", "0 1 * * sat")
    assert fleet.parse([earlier]).next_dagrun == at("2026-12-05T01:00Z")
    assert fleet.parse([SUNDAY]).next_dagrun == at("2026-12-15T07:00Z")
    model = fleet.parse([])
    assert model.next_dagrun is None
    assert (model.timetable_summary, model.timetable_description) == (
        "not scheduled",
        "The fleet file has no windows.",
    )
    live(fleet, "2026-12-30T00:00Z", timedelta(days=9))
    assert fleet.runs() == ["11-28 02:00"]
    assert fleet.parse([SATURDAY]).next_dagrun == at("2027-01-02T02:00Z")


def test_a_window_in_the_night_of_a_moved_clock_has_one_run(
    lab: Callable[..., SchedulerLab],
) -> None:
    berlin = window("Sunday", "30 2 * * sun", 60, zone="Europe/Berlin")
    fleet = lab("2026-10-25T00:00Z", berlin)
    live(fleet, "2026-10-25T02:00Z", timedelta(minutes=30))
    fleet.now = at("2027-03-28T00:30Z")
    live(fleet, "2027-03-28T02:00Z", timedelta(minutes=30))
    assert fleet.runs() == ["10-25 00:30", "03-28 01:00"]


def test_the_schedule_reads_well_and_survives_being_stored(database: None) -> None:
    plugins_manager.ensure_plugins_loaded()
    dag = DAG("stored", schedule=FleetTimetable([SATURDAY, SUNDAY]), catchup=False)
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    read = DagSerialization.from_dict(stored).timetable
    assert isinstance(read, FleetTimetable)
    assert read.windows == (SATURDAY, SUNDAY)
    assert read.summary == "Saturday night, Sunday"
    assert read.description == (
        "Saturday night: 0 2 * * sat, UTC, 240 minutes;"
        " Sunday: 0 2 * * sun#2, 2 days later, America/New_York, 60 minutes"
    )
    assert FleetTimetable([SATURDAY] * 40).summary == "40 windows"
    assert len(FleetTimetable([SATURDAY] * 40).description) == 1000


def test_a_run_by_hand_is_for_its_moment() -> None:
    found = FleetTimetable([SATURDAY]).infer_manual_data_interval(run_after=at("2026-11-30T09:00Z"))
    assert found == DataInterval.exact(at("2026-11-30T09:00Z"))


@pytest.mark.parametrize(
    ("restriction", "start"),
    [
        pytest.param(ANY_TIME, "2026-11-28T02:00Z", id="none"),
        pytest.param(
            ANY_TIME._replace(earliest=at("2026-12-01T00:00Z")),
            "2026-12-05T02:00Z",
            id="start-date",
        ),
        pytest.param(ANY_TIME._replace(latest=at("2026-11-27T00:00Z")), None, id="end"),
        pytest.param(
            ANY_TIME._replace(catchup=True, earliest=at("2026-01-01T00:00Z")),
            "2026-11-28T02:00Z",
            id="catchup-makes-up-for-nothing",
        ),
    ],
)
def test_airflows_restrictions_hold(
    monkeypatch: pytest.MonkeyPatch, restriction: TimeRestriction, start: str | None
) -> None:
    monkeypatch.setattr(FleetTimetable, "clock", staticmethod(lambda: at("2026-11-26T00:00Z")))
    found = FleetTimetable([SATURDAY]).next_dagrun_info(
        last_automated_data_interval=None, restriction=restriction
    )
    assert (found and found.logical_date) == (at(start) if start else None)


@pytest.mark.parametrize(
    ("text", "summary", "said"),
    [
        pytest.param(FILE, "not scheduled", "The fleet file has no windows.", id="no-windows"),
        pytest.param(None, "not scheduled", "there is no such file", id="no-file"),
        pytest.param(FILE + "freeze: []", "not scheduled", "there is no key", id="not-right"),
        pytest.param("{", "not scheduled", "line 1", id="no-yaml"),
        pytest.param(
            FILE + "windows: [{name: n, start: 0 2 * * sat, duration_minutes: 60}]",
            "n",
            "n: 0 2 * * sat, UTC, 60 minutes",
            id="good",
        ),
    ],
)
def test_the_dag_has_the_schedule_of_its_file_or_says_why_there_is_none(
    tmp_path: Path, text: str | None, summary: str, said: str
) -> None:
    path = tmp_path / "fleet.yaml"
    if text is not None:
        path.write_text(text)
    found = read_schedule(path)
    assert found.summary == summary
    assert said in found.description
    assert found.can_be_scheduled == (summary == "n")
