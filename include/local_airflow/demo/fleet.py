"""The demo of a fleet: a ring breaks and stops it, a person mends the cluster, and it finishes."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import httpx
from rich.console import Console

from include.local_airflow.api import AirflowApi
from include.local_airflow.demo.follow import follow, print_lines
from include.local_airflow.demo.watch import RunWatcher
from include.local_airflow.demo.world import read_fleet
from include.local_airflow.launcher import LocalAirflow
from include.local_airflow.problems import CannotStart

FLEET_DAG = "eks_fleet"
TARGET = "1.35"
LEFT_ALONE: Mapping[str, str] = MappingProxyType(
    {"payments/eu-west-1/ledger": "frozen", "platform/eu-west-1/build": "locked by a person"}
)
BREAKS = "search/eu-central-1/ranking"
MEND = {
    "do": "mend_workload",
    "cluster": "222222222222.eu-central-1.ranking",
    "namespace": "ranking",
    "name": "ranker",
}
"""The team of `ranking` deploys a version that runs on the new nodes."""
RESUME = {"resume": True, "resume_reason": "the ranker is repaired"}
QUICK = {"poll_seconds": 1}
"""The rehearsal's minutes are half a second long."""
BEGIN_SECONDS = 60.0


def upgrade_fleet(
    console: Console, airflow: LocalAirflow, given: Mapping[str, str], file: Path
) -> int:
    """Run the fleet until it stops, mend what broke, resume it, and print how it ended.

    Args:
        console: where it is shown.
        airflow: it runs, with this fleet file.
        given: the rehearsal's environment.
        file: the fleet file.

    Returns:
        0 when it stopped where it had to and then finished with each cluster as wanted, else 1.
    """
    airflow.await_dag(FLEET_DAG)
    before = read_fleet(given, file)
    stopped = _followed(console, airflow, start_fleet(airflow.client))
    print_lines(console, [f"{BREAKS} is mended, and the fleet resumed."])
    mend(given)
    finished = _followed(console, airflow, airflow.trigger(FLEET_DAG, {**QUICK, **RESUME}))
    after = read_fleet(given, file)
    print_lines(console, fleet_lines(before, after))
    wrong = what_is_wrong(after, stopped=stopped, finished=finished)
    if wrong:
        said = ["NOT as wanted: " + "; ".join(wrong), f"logs: {airflow.places.logs}"]
        print_lines(console, said)
    return 1 if wrong else 0


def start_fleet(api: AirflowApi) -> str:
    """Begin a run of the fleet; returns its id.

    A paused DAG is unpaused: its window is open, so that Airflow starts a run by itself.

    Raises:
        CannotStart: Airflow has started none.
    """
    path = f"/api/v2/dags/{FLEET_DAG}"
    if not api.call("GET", path)["is_paused"]:
        body = {"logical_date": None, "conf": QUICK}
        return str(api.call("POST", f"{path}/dagRuns", body)["dag_run_id"])
    earlier = _runs(api)
    api.call("PATCH", path, {"is_paused": False})
    end = time.monotonic() + BEGIN_SECONDS
    while time.monotonic() < end:
        if new := [run for run in _runs(api) if run not in earlier]:
            return new[0]
        time.sleep(1)
    raise CannotStart(
        f"The DAG {FLEET_DAG!r} is unpaused, and within {BEGIN_SECONDS:.0f} s no run of it began, "
        "though the window of the rehearsal's fleet file is always open. Trigger it in the UI."
    )


def mend(given: Mapping[str, str]) -> None:
    """What a person does about the cluster that broke."""
    address = f"{given['AWS_ENDPOINT_URL']}/_rehearsal/interference"
    # Loopback never goes through a proxy, whatever the environment says.
    with httpx.Client(trust_env=False) as client:
        client.post(address, content=json.dumps(MEND)).raise_for_status()


def fleet_lines(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """A line for each cluster: its minor before and now."""
    width = max(map(len, after), default=0)
    return [
        f"{name:<{width}}  {before.get(name, 'none')} -> {minor}"
        + (f" ({LEFT_ALONE[name]})" if name in LEFT_ALONE else "")
        for name, minor in after.items()
    ]


def what_is_wrong(after: Mapping[str, str], *, stopped: str, finished: str) -> list[str]:
    """What is not as the demo promises; empty when all is.

    Args:
        after: the minor of each cluster at the end.
        stopped: how the run with the ring that breaks ended.
        finished: how the run after the repair ended.
    """
    wrong = []
    if stopped != "failed":
        wrong.append(f"the run in which {BREAKS} breaks ended as {stopped}")
    if finished != "success":
        wrong.append(f"the run after the repair ended as {finished}")
    for name, minor in after.items():
        if name in LEFT_ALONE and minor == TARGET:
            wrong.append(f"{name} was to be left alone ({LEFT_ALONE[name]}) and is at {minor}")
        elif name not in LEFT_ALONE and minor != TARGET:
            wrong.append(f"{name} is at {minor}, not at {TARGET}")
    return wrong if after else [*wrong, "no cluster was found"]


def _followed(console: Console, airflow: LocalAirflow, run_id: str) -> str:
    """How a run ended; its verdict and its report are printed."""
    watcher = RunWatcher.of(airflow.client, FLEET_DAG, run_id)
    state = str(follow(console, airflow, watcher)["state"])
    print_lines(console, [f"The fleet's run ended as {state}.", *_ends(watcher)])
    return state


def _ends(watcher: RunWatcher) -> list[str]:
    """The verdict, which tells of all that failed, where it did not pass; and the report."""
    failed = watcher.failures
    why = [failed["verdict"]] if "verdict" in failed else [f"{k}: {v}" for k, v in failed.items()]
    said = [str(each.get("text", "")) for each in watcher.results]
    return [*why, *(each for each in said if each.startswith("report:"))]


def _runs(api: AirflowApi) -> list[str]:
    found = api.pages(f"/api/v2/dags/{FLEET_DAG}/dagRuns", "dag_runs")
    return [str(each["dag_run_id"]) for each in found]
