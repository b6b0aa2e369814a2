"""The rows in which real Airflow loses processes in mid-upgrade: a worker, the triggerer, all.

One Airflow, one rehearsal, a cluster for each row and one that is not disturbed.
"""

import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from include.local_airflow.demo.run import DAG, airflow_environment
from include.local_airflow.engine import EMBEDDED
from include.local_airflow.engine.model import Engine
from include.local_airflow.launcher import REPO, LocalAirflow
from include.local_airflow.problems import CannotStart
from include.local_airflow.processes.child import Child
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.real.real_lab import RealLab, remove_reports
from tests.crash.end_state import Looker, changes, doubled
from tests.crash.matrix import Result
from tests.crash.report_facts import report_facts
from tests.crash.rows import Outcome, Row, When, judge

SPEED = 90.0
UNDISTURBED = "undisturbed"
SLOW = App("shop", "slow", 4, {"maxUnavailable": 1}, start=45, ready=90, stop=45)
"""Leaves pod by pod, each in two seconds."""
OPTIONS = PlainOptions(template_family="al2", addons={}, manifests=tuple(deployment(SLOW)))
PARAMETERS = {"control_plane_minutes": 5, "drain_timeout_minutes": 5, "node_group_minutes": 5}
EVICT = "create pods/eviction"
SECONDS = 900.0
"""A run that is not at its end by then has failed."""
LOST_SOON = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
}
"""What is lost with its process is known to be lost after so many seconds; by default it takes
minutes, and nothing else differs."""


class CrashLab(RealLab):
    """Airflow with the upgrade's DAG, and the clusters."""

    def undisturbed(self) -> Outcome:
        """An upgrade that nobody kills."""
        outcome = self._upgrade(Outcome(UNDISTURBED), lambda: None)
        assert not outcome.error, outcome.error
        assert not outcome.twice, outcome.twice
        return outcome

    def row(self, crash: "Crash", undisturbed: Outcome) -> Result:
        """An upgrade in which this happens, judged."""
        outcome = Outcome(crash.cluster, hit=[[crash.call, crash.when, crash.lost]])
        outcome = self._upgrade(outcome, lambda: crash.strike(self, crash.cluster))
        return Result(Row(crash.cluster, "real"), outcome, judge(outcome, undisturbed, kills=1))

    def _upgrade(self, outcome: Outcome, disturb: Callable[[], None]) -> Outcome:
        cluster, began = outcome.row, time.monotonic()
        since = self.rehearsal.world.journal.last
        run_id = self.trigger(cluster_name=cluster, **PARAMETERS)
        try:
            disturb()
            state = self.ended(run_id, SECONDS)
            outcome.error = "" if state == "success" else f"the dag run ended as {state}"
            if not outcome.error:
                outcome.report = report_facts(self.report_path(run_id), cluster)
        except (AssertionError, TimeoutError, CannotStart) as error:
            outcome.error = str(error)
        finally:
            remove_reports(run_id)
        entries = self.rehearsal.world.journal.changes(cluster=cluster, since=since)
        outcome.end = Looker(self.rehearsal).end_state(cluster)
        outcome.changed, outcome.twice = dict(changes(entries, cluster)), doubled(entries)
        outcome.seconds = round(time.monotonic() - began, 1)
        return outcome

    def did(self, cluster: str, operation: str) -> int:
        """How often an operation was done to a cluster."""
        found = self.rehearsal.world.journal.entries(cluster=cluster, operation=operation)
        return sum(each.done for each in found)

    def component(self, name: str) -> Child:
        """The scheduler, the triggerer, ..."""
        (found,) = (child for child in self.airflow.children if child.program.name.endswith(name))
        return found

    def start_again(self, *gone: Child) -> None:
        """With the same command and environment, and so with the same database."""
        for child in gone:
            self.airflow.children.remove(child)
            self.airflow.children.append(Child(child.program))

    def who_asks_aws(self) -> psutil.Process:
        """The process below the scheduler that waits for an answer of AWS."""
        found = connected(self.component("scheduler"), self.rehearsal.world.aws_url)
        assert len(found) == 1, found
        return found[0]


@dataclass(frozen=True)
class Crash:
    """What is lost, and when.

    Attributes:
        cluster: on which.
        call: the change that is being made, or was just made.
        when: before or after AWS or Kubernetes acted.
        lost: the processes.
        strike: makes it happen, while the run is at work.
    """

    cluster: str
    call: str
    when: When
    lost: str
    strike: Callable[[CrashLab, str], None]


def connected(component: Child, url: str) -> list[psutil.Process]:
    """The processes of a component that are connected to the server of this URL."""
    port, root = urlsplit(url).port, psutil.Process(component.record.pid)
    return [
        process
        for process in root.children(recursive=True)
        if any(
            one.raddr and one.raddr.port == port and one.status == psutil.CONN_ESTABLISHED
            for one in process.net_connections(kind="tcp")
        )
    ]


def until(happened: Callable[[], bool], seconds: float = 600.0) -> None:
    """Wait for it.

    Raises:
        TimeoutError: it did not happen.
    """
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("what the crash was to follow never happened")
        time.sleep(0.1)


def kill_below(child: Child) -> None:
    """SIGKILL to a component and all its processes; only its guard is left to see it."""
    processes = psutil.Process(child.record.pid).children(recursive=True)
    for process in processes:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes, 10)
    child.wait()


def kill_the_worker(lab: CrashLab, cluster: str) -> None:
    """While the answer about the control plane's update is on its way."""
    hold = lab.rehearsal.world.holds.hold("aws", "UpdateClusterVersion", "after", cluster=cluster)
    until(hold.arrived.is_set)
    lab.who_asks_aws().send_signal(signal.SIGKILL)
    hold.drop()


def kill_the_triggerer(lab: CrashLab, cluster: str) -> None:
    """Once the first pod is evicted; it is started again."""
    until(lambda: lab.did(cluster, EVICT) >= 1)
    triggerer = lab.component("triggerer")
    kill_below(triggerer)
    lab.start_again(triggerer)


def kill_the_scheduler(lab: CrashLab, cluster: str) -> None:
    """Once the new group is asked for, with its executor's workers; it is started again."""
    until(lambda: lab.did(cluster, "CreateNodegroup") >= 1)
    scheduler = lab.component("scheduler")
    kill_below(scheduler)
    lab.start_again(scheduler)


def stop_everything(lab: CrashLab, cluster: str) -> None:
    """Once the first pod is evicted, as an operator stops Airflow; all of it is started again."""
    until(lambda: lab.did(cluster, EVICT) >= 1)
    everything = list(lab.airflow.children)
    for child in everything:
        child.ask_to_stop()
    for child in everything:
        child.wait()
    lab.start_again(*everything)
    until(lambda: set(lab.airflow.client.health().values()) == {"healthy"})


CRASHES = (
    Crash("no-worker", "UpdateClusterVersion", "after", "a worker of Airflow", kill_the_worker),
    Crash("no-triggerer", EVICT, "after", "the triggerer of Airflow", kill_the_triggerer),
    Crash(
        "no-scheduler",
        "CreateNodegroup",
        "after",
        "the scheduler and its workers",
        kill_the_scheduler,
    ),
    Crash("no-airflow", EVICT, "after", "all of Airflow, stopped and started", stop_everything),
)


@contextmanager
def crash_lab(crashes: Sequence[Crash] = CRASHES, engine: Engine = EMBEDDED) -> Iterator[CrashLab]:
    """Airflow and the clusters, ready."""
    with Rehearsal(SPEED) as rehearsal, tempfile.TemporaryDirectory(prefix="crash-") as home:
        for cluster in (UNDISTURBED, *(crash.cluster for crash in crashes)):
            plain(rehearsal.world, cluster, "1.25", 1, OPTIONS)
        given = {**airflow_environment(rehearsal.environment), **LOST_SOON}
        with LocalAirflow(Path(home), REPO / "dags", extra_env=given, engine=engine) as airflow:
            airflow.await_dag(DAG)
            yield CrashLab(airflow, rehearsal)
        assert rehearsal.clock.failures == []


def real_rows(tell: Callable[[Result], None]) -> list[Result]:
    """All of them, one after another."""
    with crash_lab() as lab:
        undisturbed = lab.undisturbed()
        found = []
        for crash in CRASHES:
            found.append(lab.row(crash, undisturbed))
            tell(found[-1])
        return found
