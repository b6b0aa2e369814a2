"""`make demo`: what a scenario has is upgraded through real Airflow, watched live."""

import shutil
import time
from collections.abc import Mapping

from rich.console import Console

from include.local_airflow import rehearsal_process
from include.local_airflow.demo import summary
from include.local_airflow.demo.fleet import upgrade_fleet
from include.local_airflow.demo.follow import follow, print_lines
from include.local_airflow.demo.progress import epoch
from include.local_airflow.demo.scenarios import TARGET, Scenario
from include.local_airflow.demo.watch import RunWatcher
from include.local_airflow.demo.world import read_world
from include.local_airflow.engine import EMBEDDED
from include.local_airflow.engine.model import Engine
from include.local_airflow.launcher import REPO, LocalAirflow
from include.local_airflow.processes.child import stop_all

DAG = "eks_upgrade"
HOMES = REPO / ".local" / "demo"


def airflow_environment(rehearsal: Mapping[str, str]) -> dict[str, str]:
    """What Airflow's components get from the rehearsal's environment.

    The KUBECONFIG is for people; the product reads endpoint and CA from DescribeCluster.
    """
    names = ("AWS_", "AIRFLOW_CONN_")
    given = {name: value for name, value in rehearsal.items() if name.startswith(names)}
    # An empty AWS connection: credentials and endpoint come from boto3's own chain.
    return {**given, "AIRFLOW_CONN_AWS_DEFAULT": '{"conn_type": "aws"}'}


def run_demo(console: Console, scenario: Scenario, engine: Engine = EMBEDDED) -> int:
    """The whole demo.

    Args:
        console: where it is shown.
        scenario: what to upgrade, and how.
        engine: what Airflow runs on.

    Returns:
        0 when the run succeeded and all is as wanted, else 1.

    Raises:
        CannotStart: something on this machine stands in the way.
    """
    home = HOMES / engine.name
    shutil.rmtree(home, ignore_errors=True)
    rehearsal = rehearsal_process.start(
        REPO, home / "rehearsal.log", scenario=scenario.name, detached=False
    )
    airflow = LocalAirflow(home / "airflow", REPO / "dags", engine=engine)
    try:
        console.print(f"Starting the rehearsal and Airflow (engine: {engine.name}) ...")
        airflow.prepare()
        given = rehearsal_process.await_environment(rehearsal)
        airflow.options.extra_env = airflow_environment(given) | scenario.environment()
        with airflow:
            airflow.await_dag(DAG)
            print_lines(console, [f"Airflow: {airflow.url} (admin, {airflow.places.passwords})"])
            if scenario.fleet_file:
                return upgrade_fleet(console, airflow, given, scenario.fleet_file)
            return upgrade(console, airflow, given, scenario)
    finally:
        airflow.stop()
        stop_all([rehearsal])


def upgrade(
    console: Console, airflow: LocalAirflow, given: Mapping[str, str], scenario: Scenario
) -> int:
    """Trigger the run, follow it, and print how it ended; the exit code of `run_demo`."""
    before = read_world(given, scenario.cluster)
    run_id = airflow.trigger(DAG, scenario.parameters(given["AWS_DEFAULT_REGION"]))
    watcher = RunWatcher.of(airflow.client, DAG, run_id)
    run = follow(console, airflow, watcher)
    after = read_world(given, scenario.cluster)
    wrong = summary.what_is_wrong(before, after, TARGET)
    if run["state"] != "success":
        wrong.insert(0, f"the run ended as {run['state']}")
    window = (epoch(run["start_date"]) or 0.0, epoch(run["end_date"]) or time.time())
    print_lines(console, summary.summary_lines(before, after, watcher.results))
    for task, why in watcher.failures.items():
        print_lines(console, [f"failed      {task}: {why}"])
    if wrong:
        print_lines(
            console, ["NOT as wanted: " + "; ".join(wrong), f"logs        {airflow.places.logs}"]
        )
    print_lines(console, [str(summary.split(watcher.results, window))])
    return 1 if wrong else 0
