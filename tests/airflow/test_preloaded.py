"""What a Celery worker has loaded by its `imports`, its tasks need not load."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TASK = """
import gc, os, sys
{first}
before, frozen = set(sys.modules), gc.get_freeze_count()
pid = os.fork()
if pid == 0:
    from airflow.sdk.listener import get_listener_manager
    from airflow.dag_processing.dagbag import DagBag
    names = [type(each).__name__ for each in get_listener_manager().pm.get_plugins()]
    bag = DagBag(dag_folder={dag!r}, bundle_name="dags-folder")
    more = sorted(set(sys.modules) - before)
    print(len(bag.dags), "ByHandListener" in names, frozen > 100_000)
    print(*[name for name in more if not name.startswith("unusual_prefix")])
    sys.stdout.flush()
    os._exit(0)
os.waitpid(pid, 0)
"""


def said_by_a_task(home: Path, first: str) -> tuple[str, list[str]]:
    """What a task that is forked from such a process finds, and the modules it has to load."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}",
    }
    script = TASK.format(first=first, dag=str(ROOT / "dags" / "eks_upgrade.py"))
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    found, modules = done.stdout.splitlines()[-2:]
    return found, modules.split()


@pytest.mark.timeout(120)
def test_a_task_of_a_celery_worker_loads_no_module_for_its_plugins_and_its_dag(
    tmp_path: Path,
) -> None:
    found, modules = said_by_a_task(tmp_path, "import eks_upgrade_airflow.preloaded")
    assert found == "1 True True"
    assert modules == []


@pytest.mark.timeout(120)
def test_without_it_a_task_loads_the_api_servers_framework(tmp_path: Path) -> None:
    _, modules = said_by_a_task(tmp_path, "import airflow.sdk.execution_time.task_runner")
    assert "airflow.api_fastapi.app" in modules
