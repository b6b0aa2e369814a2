"""What Airflow on PostgreSQL, Redis and Celery workers may lose in mid-run, each by SIGKILL."""

import signal
import time

import psutil

from include.local_airflow.processes.child import Child
from tests.crash.real_airflow import EVICT, Crash, CrashLab, connected, kill_below, until

WORKERS = ("worker-1", "worker-2")
TRIGGERERS = ("triggerer", "triggerer-2")
AWAY_SECONDS = 10.0
"""Long enough that a task ends, and the next one is to be given out, while there is no Redis."""


def kill_a_worker(lab: CrashLab, cluster: str) -> None:
    """All of it, while the answer about the control plane's update is on its way to it.

    The other worker goes on; this one is started again once the cluster is updated.
    """
    hold = lab.rehearsal.world.holds.hold("aws", "UpdateClusterVersion", "after", cluster=cluster)
    until(hold.arrived.is_set)
    (worker,) = those_connected(lab, WORKERS, lab.rehearsal.world.aws_url)
    kill_below(worker)
    hold.drop()
    until(lambda: lab.did(cluster, "CreateNodegroup") >= 1)
    lab.start_again(worker)


def kill_a_triggerer(lab: CrashLab, cluster: str) -> None:
    """The one that drains, once the first pod is evicted; it is started again when all are gone."""
    until(lambda: lab.did(cluster, EVICT) >= 1)
    (triggerer,) = those_connected(lab, TRIGGERERS, lab.rehearsal.world.kube_url(cluster))
    kill_below(triggerer)
    until(lambda: lab.did(cluster, "DeleteNodegroup") >= 1)
    lab.start_again(triggerer)


def kill_redis(lab: CrashLab, cluster: str, away: float = AWAY_SECONDS) -> None:
    """While a task asks AWS for the new group; it ends, and the next is to begin, without Redis."""
    hold = lab.rehearsal.world.holds.hold("aws", "CreateNodegroup", "after", cluster=cluster)
    until(hold.arrived.is_set)
    services = lab.airflow.services.children
    (redis,) = (child for child in services if child.program.name == "Redis")
    for process in psutil.Process(redis.record.pid).children(recursive=True):
        process.send_signal(signal.SIGKILL)
    redis.wait()
    services.remove(redis)
    hold.release()
    time.sleep(away)
    services.append(Child(redis.program))


def those_connected(lab: CrashLab, names: tuple[str, ...], url: str) -> list[Child]:
    """The components that are connected to a server."""
    found = [component(lab, name) for name in names]
    return [each for each in found if connected(each, url)]


def component(lab: CrashLab, name: str) -> Child:
    """By its name as the engine has it."""
    (found,) = (it for it in lab.airflow.children if it.program.name == f"Airflow's {name}")
    return found


LOSSES: tuple[Crash, ...] = (
    Crash("no-worker", "UpdateClusterVersion", "after", "a Celery worker", kill_a_worker),
    Crash("no-triggerer", EVICT, "after", "one of two triggerers", kill_a_triggerer),
    Crash("no-redis", "CreateNodegroup", "after", "Redis for ten seconds", kill_redis),
)
