"""What the engines ask of this machine, and that PostgreSQL and Redis of our own come and go."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
from redis import Redis

from include.local_airflow.engine import EMBEDDED, ENGINES
from include.local_airflow.engine.packages import as_owner, postgresql_program, program
from include.local_airflow.engine.postgresql import PostgreSql
from include.local_airflow.engine.redis_server import RedisServer
from include.local_airflow.launcher import LocalAirflow
from include.local_airflow.problems import CannotStart
from include.local_airflow.processes.child import Child, stop_all
from include.local_airflow.settings import command
from tests.local_airflow.living import runs


def missing(find: Callable[[], object]) -> str:
    """Why a server cannot be started on this machine; empty when it can."""
    try:
        find()
    except CannotStart as error:
        return str(error)
    return ""


NO_POSTGRESQL = missing(lambda: (postgresql_program("postgres"), as_owner(["true"])))
NO_REDIS = missing(lambda: program("redis-server", "redis-server"))


def test_sqlite_with_the_local_executor_is_what_nobody_has_to_ask_for(tmp_path: Path) -> None:
    made = LocalAirflow(tmp_path, tmp_path).environment()
    assert made["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert made["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("sqlite:")


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_passes_of_the_scheduler_are_short(engine, tmp_path: Path) -> None:
    made = LocalAirflow(tmp_path, tmp_path, engine=engine).environment()
    assert made["AIRFLOW__SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE"] == "5"


def test_each_engine_is_chosen_by_its_name() -> None:
    assert {name: engine.name for name, engine in ENGINES.items()} == {
        "embedded": "embedded",
        "distributed": "distributed",
    }
    assert ENGINES["embedded"] is EMBEDDED


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_there_is_a_command_line_for_each_component(engine) -> None:
    lines = [tuple(command("python", name)) for name in engine.components]
    assert len(lines) == len(engine.components)
    workers = [line for line in lines if "worker" in line]
    assert len(set(workers)) == len(workers), "two workers of one name"


@pytest.mark.parametrize(
    ("name", "package"),
    [
        pytest.param("no-such-redis", "redis-server", id="redis"),
        pytest.param("no-such-postgres", "postgresql", id="postgresql"),
    ],
)
def test_a_missing_program_is_told_with_the_package_that_brings_it(name: str, package: str) -> None:
    with pytest.raises(CannotStart) as told:
        program(name, package)
    assert name in str(told.value)
    assert f"sudo apt-get install {package}" in str(told.value)


def test_the_newest_installed_postgresql_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        file = tmp_path / version / "bin" / "postgres"
        file.parent.mkdir(parents=True)
        file.touch(mode=stat.S_IRWXU)
    assert postgresql_program("postgres", tmp_path) == str(tmp_path / "17" / "bin" / "postgres")


def test_the_executor_of_compose_starts_with_the_pinned_celery() -> None:
    module = "airflow.providers.celery.executors.celery_executor"
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def started() -> Iterator[list[Child]]:
    children: list[Child] = []
    yield children
    stop_all(children)


@pytest.mark.skipif(bool(NO_POSTGRESQL), reason=NO_POSTGRESQL)
def test_a_postgresql_of_our_own_answers_its_password_alone_and_leaves_nothing(
    tmp_path: Path, started: list[Child]
) -> None:
    server = PostgreSql(tmp_path)
    child = server.start()
    started.append(child)
    server.await_answer(child)
    with psycopg2.connect(f"postgresql://{server.address}") as connection:
        found = connection.cursor()
        found.execute("SELECT current_database(), current_setting('max_connections')")
        assert found.fetchone() == ("airflow", "300")
    connection.close()
    assert server.size() > 1_000_000
    _, _, where = server.address.rpartition("@")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(f"postgresql://airflow:another@{where}")
    processes = psutil.Process(child.record.pid).children(recursive=True)
    users = {each.username() for each in processes}
    assert processes
    assert "root" not in users
    folder = Path(processes[0].cwd()).parent
    stop_all(started)
    server.remove()
    assert not folder.exists()
    assert not [each for each in processes if runs(each)]


@pytest.mark.skipif(bool(NO_REDIS), reason=NO_REDIS)
def test_a_redis_that_is_killed_finds_again_what_it_was_given(
    tmp_path: Path, started: list[Child]
) -> None:
    server = RedisServer(tmp_path / "redis", tmp_path)
    started.append(server.start())
    server.await_answer(started[0])
    with Redis.from_url(server.url) as client:
        client.rpush("default", "a task")
    for process in psutil.Process(started[0].record.pid).children():
        process.kill()
    started[0].wait()
    started[:] = [Child(started[0].program)]
    server.await_answer(started[0])
    with Redis.from_url(server.url) as client:
        assert client.lrange("default", 0, -1) == [b"a task"]
    settings = tmp_path / "redis" / "redis.conf"
    assert stat.S_IMODE(os.stat(settings).st_mode) == 0o600
