"""Many upgrades at once through real Airflow: what they cost, and what Airflow adds.

    .venv/bin/python benchmarks/fleet.py 20
    .venv/bin/python benchmarks/fleet.py 20 --engine distributed --speed 4

Each cluster is a rehearsal's, at 1.25, with three add-ons, one node group of two nodes (or
`--groups` of them) and a Deployment under a budget. All runs of `eks_upgrade` are started at once.
AWS's clock stands still until every run waits for it: who holds a worker then does so for nothing.
Then it goes on.

At speed 1 an upgrade takes as long as AWS's own does. A higher speed takes less, asks AWS less
often (waits ask by the wall clock), and packs the work of Airflow closer: its waiting times and
the tax grow. Memory and failures depend on it little, calls that are no looks of a wait not. The
scheduler's own CPU goes with the time that runs last, so that it is less at a higher speed: "CPU
meanwhile", the cores while all runs wait and nothing happens, tells how much less.

It exits with 1 when a bound is missed.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from benchmarks.fleet_bounds import Measured, details, lines  # noqa: E402 - path
from benchmarks.fleet_tax import Latency, RunTimes, run_times, taxes, waits  # noqa: E402
from benchmarks.fleet_use import Meter, Rate  # noqa: E402
from include.local_airflow.api import ApiProblem  # noqa: E402
from include.local_airflow.demo.progress import epoch  # noqa: E402
from include.local_airflow.demo.run import DAG, airflow_environment  # noqa: E402
from include.local_airflow.demo.watch import RunWatcher  # noqa: E402
from include.local_airflow.engine import EMBEDDED, ENGINES  # noqa: E402
from include.local_airflow.launcher import REPO, LocalAirflow  # noqa: E402
from include.local_airflow.problems import CannotStart  # noqa: E402
from include.rehearsal.environment import Rehearsal  # noqa: E402
from include.rehearsal.scenario import PlainOptions, plain  # noqa: E402
from include.rehearsal.workloads import App, deployment  # noqa: E402

LOOK_SECONDS = 5.0
WEB = App("shop", "web", 4, {"maxUnavailable": 1})
NODES = 2
TRIES = 30
CONFLICT, SERVER_ERROR = 409, 500
AT_WORK = ("scheduled", "queued", "running", "restarting")


@dataclass
class Fleet:
    """The runs, and what is seen of them.

    Attributes:
        runs: the id of each run, by its cluster.
        seen: the number of the journal's last entry that was counted.
        calls: of AWS, by operation.
        refused: how many of our requests Airflow's API has answered with 500 or above.
    """

    airflow: LocalAirflow
    rehearsal: Rehearsal
    runs: dict[str, str] = field(default_factory=dict)
    seen: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    def start(self, clusters: list[str], at_once: int) -> None:
        """Start a run for each. A fleet's own DAG would start the same children."""
        for cluster in clusters:
            conf = {
                "cluster_name": cluster,
                "region": self.rehearsal.world.region,
                "max_groups_at_once": at_once,
            }
            # Named, so that a request that is made again starts none twice.
            self.runs[cluster] = name = f"benchmark__{cluster}"
            body = {"logical_date": None, "dag_run_id": name, "conf": conf}
            self.ask("POST", f"/api/v2/dags/{DAG}/dagRuns", body)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to Airflow's API, again while it answers 500: on SQLite it may."""
        for _ in range(TRIES):
            try:
                return self.airflow.api(method, path, body)
            except ApiProblem as problem:
                if problem.status == CONFLICT:  # what was answered with 500 was done all the same
                    return None
                if problem.status < SERVER_ERROR:
                    raise
                last, self.refused = problem, self.refused + 1
                time.sleep(1)
        raise last

    def count_calls(self) -> int:
        """All calls of AWS so far; the journal forgets its oldest entries, so look often."""
        for entry in self.rehearsal.world.journal.entries(since=self.seen):
            self.seen = entry.number
            if entry.side == "aws":
                self.calls[entry.operation] += 1
        return self.calls.total()

    def tasks(self, *states: str) -> int:
        """How many tasks are in one of these states."""
        chosen = "&".join(f"state={state}" for state in states)
        path = f"/api/v2/dags/{DAG}/dagRuns/~/taskInstances?limit=1&{chosen}"
        return int(self.ask("GET", path)["total_entries"])

    def until(self, done: Any, limit: float) -> None:
        """Look until it is done.

        Raises:
            CannotStart: it is not in time.
        """
        end = time.monotonic() + limit
        while not done():
            self.airflow.check()
            if time.monotonic() > end:
                raise CannotStart(f"after {limit:.0f} s it is not there: {done.__name__}")
            time.sleep(LOOK_SECONDS)

    def all_wait(self) -> bool:
        """Whether each run waits and nothing is at work.

        Raises:
            CannotStart: all have ended, before any waited.
        """
        if self.all_ended():
            raise CannotStart("every run has ended at its plan; its log says why")
        waiting = self.tasks("deferred")
        return waiting >= len(self.runs) and self.tasks(*AT_WORK) == 0

    def all_ended(self) -> bool:
        """Whether no run goes on."""
        path = f"/api/v2/dags/{DAG}/dagRuns?limit=1&state=running&state=queued"
        return int(self.ask("GET", path)["total_entries"]) == 0

    def held_while_waiting(self) -> int:
        """The most tasks at work in ten seconds in which AWS's clock stands still."""
        found = []
        for _ in range(5):
            found.append(self.tasks("running"))
            time.sleep(2)
        return max(found)

    def instances(self, run_id: str) -> list[dict[str, Any]]:
        """The tasks of a run."""
        path = f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id, safe='')}/taskInstances"
        return self.airflow.client.pages(path, "task_instances")

    def times(self, run_id: str, still: tuple[float, float]) -> tuple[str, RunTimes]:
        """How a run ended, and where its time went."""
        watcher = RunWatcher.of(self.airflow.client, DAG, run_id)
        run = watcher.run()
        watcher.look()
        for task, why in watcher.failures.items():
            print(f"{run_id} {task}: {why.splitlines()[0] if why else ''}", flush=True)
        window = (epoch(run["start_date"]) or 0.0, epoch(run["end_date"]) or time.time())
        return str(run["state"]), run_times(watcher.results, window, still)


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clusters", type=int, help="how many upgrades at once")
    parser.add_argument("--engine", choices=sorted(ENGINES), default=EMBEDDED.name)
    parser.add_argument("--speed", type=float, default=10.0, help="of AWS's clock (default: 10)")
    parser.add_argument(
        "--pace",
        type=float,
        help="seconds that the scheduler sleeps when it found nothing to do (default: as the local "
        "Airflow, 0.2; Airflow's own default is 1)",
    )
    parser.add_argument("--groups", type=int, default=1, help="node groups of each cluster")
    parser.add_argument(
        "--at-once", type=int, default=1, help="of them are replaced at the same time"
    )
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds for all runs")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Measure and print; 1 when a bound is missed, 2 when it could not be measured."""
    asked = arguments(words)
    try:
        measured = measure(asked)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 2
    found = lines(measured)
    print(f"\n{asked.clusters} clusters at once, engine {asked.engine}, speed {asked.speed:g}")
    print("\n".join([*map(str, found), "", *details(measured)]), flush=True)
    return 1 if any(each.missed for each in found) else 0


def measure(asked: argparse.Namespace) -> Measured:
    """All of it."""
    names = [f"fleet-{number:03}" for number in range(1, asked.clusters + 1)]
    with (
        Rehearsal(0.0) as rehearsal,
        tempfile.TemporaryDirectory(prefix="fleet-") as home,
    ):
        for name in names:
            plain(rehearsal.world, name, "1.25", NODES, options(asked.groups))
        print(f"{len(names)} clusters stand", flush=True)
        given = airflow_environment(rehearsal.environment)
        given["AIRFLOW__EKS_UPGRADE__REPORTS"] = str(Path(home) / "reports")
        if asked.pace is not None:
            given["AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME"] = str(asked.pace)
        engine = ENGINES[asked.engine]
        with LocalAirflow(Path(home), REPO / "dags", extra_env=given, engine=engine) as airflow:
            airflow.await_dag(DAG)
            print(f"Airflow is up ({asked.engine})", flush=True)
            # What made the clusters asked AWS too; those calls are none of the upgrades'.
            seen = rehearsal.world.journal.last
            return run(asked, Fleet(airflow, rehearsal, seen=seen), names)


def options(groups: int) -> PlainOptions:
    """What each cluster is like."""
    return PlainOptions(
        groups=tuple(f"workers-{number:02}" for number in range(1, groups + 1)),
        template_family="al2",
        manifests=tuple(deployment(WEB)),
    )


def run(asked: argparse.Namespace, fleet: Fleet, names: list[str]) -> Measured:
    """The runs, from their start to their end."""
    airflow, began = fleet.airflow, time.time()
    rate = Rate(fleet.count_calls)
    size = airflow.services.database_bytes()
    guards = {
        child.program.name.removeprefix("Airflow's "): child.record.pid
        for child in airflow.everything
    }
    with Meter(guards, rate.look) as meter:
        fleet.start(names, asked.at_once)
        fleet.until(fleet.all_wait, asked.limit)
        before, at = sum(meter.cpu().values()), time.monotonic()
        held = fleet.held_while_waiting()
        idle = (sum(meter.cpu().values()) - before) / (time.monotonic() - at)
        still = (began, time.time())
        print(f"all wait after {still[1] - began:.0f} s; AWS's clock goes on", flush=True)
        fleet.rehearsal.clock.run_at(asked.speed)
        fleet.until(fleet.all_ended, asked.limit)
        wall, cpu, own = time.time() - began, meter.cpu(), meter.own()
    grown = airflow.services.database_bytes() - size
    print(f"all have ended after {wall:.0f} s; reading what they left", flush=True)
    ended = [fleet.times(run_id, still) for run_id in fleet.runs.values()]
    tasks = [each for run_id in fleet.runs.values() for each in fleet.instances(run_id)]
    again = Counter(each["task_id"] for each in tasks if each["try_number"] > 1)
    return Measured(
        clusters=len(names),
        wall=wall,
        states=Counter(state for state, _ in ended),
        retries=again,
        held=held,
        idle=idle,
        scheduled=Latency.of(waits(tasks, "scheduled_when", "queued_when")),
        queued=Latency.of(waits(tasks)),
        aws=fleet.calls,
        aws_rate=rate.highest,
        grown=grown,
        taxes=taxes([times for _, times in ended]),
        cpu=cpu,
        own=own,
        refused=fleet.refused,
        peak=meter.peak,
        together=meter.together,
    )


if __name__ == "__main__":
    sys.exit(main())
