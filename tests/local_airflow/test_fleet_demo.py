"""The demo of a fleet: its file fits the rehearsed fleet, and what came of it is judged."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from include.eks_upgrade.fleet.file.contradictions import warnings
from include.eks_upgrade.fleet.file.read import read_fleet_file
from include.eks_upgrade.fleet.windows.openings import openings
from include.local_airflow.api import AirflowApi
from include.local_airflow.demo.fleet import (
    BREAKS,
    LEFT_ALONE,
    MEND,
    TARGET,
    fleet_lines,
    mend,
    start_fleet,
    what_is_wrong,
)
from include.local_airflow.demo.scenarios import FLEET, FLEET_FILE, SCENARIOS
from include.local_airflow.demo.world import read_fleet
from include.rehearsal.environment import Rehearsal
from include.rehearsal.fleet import members
from include.rehearsal.fleet.build import build
from include.rehearsal.fleet.members import ACCOUNTS, CLOSED, MEMBERS, connections
from include.rehearsal.kube.controllers.timings import CRASH_LOOP

FILE = read_fleet_file(FLEET_FILE)
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
DONE = {
    f"{each.account}/{each.region}/{each.name}": each.version if each.name == "ledger" else TARGET
    for each in MEMBERS
} | {"platform/eu-west-1/build": "1.34"}


def test_the_file_says_nothing_that_contradicts_itself() -> None:
    assert not warnings(FILE, NOW)


def test_the_file_names_the_accounts_of_the_rehearsal_and_one_that_is_closed() -> None:
    assert {each.name: each.id for each in FILE.accounts} == ACCOUNTS | CLOSED
    named = {f"AIRFLOW_CONN_{each.aws_conn_id.upper()}" for each in FILE.accounts}
    assert named == set(connections())


def test_its_window_is_open_at_every_moment() -> None:
    for hour in range(24):
        moment = NOW.replace(hour=hour, minute=59)
        assert any(
            each.start <= moment < each.end for each in openings(FILE.windows, moment, moment)
        )


def test_its_target_is_that_of_the_demo_and_of_the_rehearsal() -> None:
    assert str(FILE.target.version) == TARGET == members.TARGET


def test_its_upgrades_wait_as_long_as_those_of_the_other_scenarios() -> None:
    (override,) = FILE.overrides
    given = SCENARIOS[FLEET].parameters("eu-west-1")
    others = {"cluster_name", "region", "target_version", "aws_conn_id"}
    assert override.parameters == {k: v for k, v in given.items() if k not in others}


@pytest.mark.parametrize(
    ("after", "stopped", "finished", "wrong"),
    [
        pytest.param(DONE, "failed", "success", [], id="as it is to be"),
        pytest.param(
            DONE,
            "success",
            "success",
            [f"the run in which {BREAKS} breaks ended as success"],
            id="nothing broke",
        ),
        pytest.param(
            DONE,
            "failed",
            "failed",
            ["the run after the repair ended as failed"],
            id="not finished",
        ),
        pytest.param(
            DONE | {BREAKS: "1.34+1.35"},
            "failed",
            "success",
            [f"{BREAKS} is at 1.34+1.35, not at 1.35"],
            id="nodes left behind",
        ),
        pytest.param(
            DONE | {"payments/eu-west-1/ledger": TARGET},
            "failed",
            "success",
            ["payments/eu-west-1/ledger was to be left alone (frozen) and is at 1.35"],
            id="a frozen one was touched",
        ),
        pytest.param({}, "failed", "success", ["no cluster was found"], id="no cluster"),
    ],
)
def test_what_is_not_as_promised_is_named(
    after: dict[str, str], stopped: str, finished: str, wrong: list[str]
) -> None:
    assert what_is_wrong(after, stopped=stopped, finished=finished) == wrong


def test_each_cluster_is_a_line_and_who_is_left_alone_has_the_reason() -> None:
    lines = fleet_lines({BREAKS: "1.34", **dict.fromkeys(LEFT_ALONE, "1.34")}, DONE)
    assert f"{BREAKS:<29}  1.34 -> 1.35" in lines
    assert "payments/eu-west-1/ledger      1.34 -> 1.34 (frozen)" in lines
    assert len(lines) == len(MEMBERS)


def test_clusters_are_found_in_all_accounts_and_the_one_that_breaks_is_mended() -> None:
    with Rehearsal() as rehearsal:
        build(rehearsal.world, [each for each in MEMBERS if each.breaks or each.locked])
        given = {**connections(), **rehearsal.environment}
        assert read_fleet(given, FLEET_FILE) == {
            BREAKS: "1.34",
            "platform/eu-west-1/build": "1.34",
        }
        store = rehearsal.world.clusters[rehearsal.world.key(*_breaking())].store
        assert CRASH_LOOP in json.dumps(store.list("deployments"))
        mend(given)
        assert CRASH_LOOP not in json.dumps(store.list("deployments"))


def _breaking() -> tuple[Any, str]:
    (member,) = (each for each in MEMBERS if each.breaks)
    assert MEND["cluster"] == f"{member.place.account}.{member.place.region}.{member.name}"
    return member.place, member.name


@contextmanager
def airflow(*, paused: bool) -> Iterator[tuple[AirflowApi, list[Any]]]:
    """A door like Airflow's API: unpausing the DAG begins a run; what was posted is kept."""
    runs, posted = [{"dag_run_id": "earlier"}], list[Any]()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listing = {"dag_runs": runs, "total_entries": len(runs)}
            self._answer(listing if "dagRuns" in self.path else {"is_paused": paused})

        def do_PATCH(self) -> None:
            assert self._body() == {"is_paused": False}
            runs.insert(0, {"dag_run_id": "scheduled"})
            self._answer({})

        def do_POST(self) -> None:
            body = self._body()
            if self.path != "/auth/token":
                posted.append(body)
            self._answer({"access_token": "t", "dag_run_id": "manual"})

        def _body(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: Any) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        api = AirflowApi(f"http://127.0.0.1:{server.server_port}", "secret")
        try:
            yield api, posted
        finally:
            api.close()
            server.shutdown()


def test_a_paused_fleet_is_unpaused_and_its_own_run_is_the_one() -> None:
    with airflow(paused=True) as (api, posted):
        assert start_fleet(api) == "scheduled"
    assert posted == []


def test_a_fleet_that_goes_on_already_is_given_a_run() -> None:
    with airflow(paused=False) as (api, posted):
        assert start_fleet(api) == "manual"
    assert posted == [{"logical_date": None, "conf": {"poll_seconds": 1}}]
