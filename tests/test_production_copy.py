"""Production runs without the rehearsal, the local Airflow, the tests and their packages."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.production_copy import ROOT, ProductionCopy, make_copy

# In the copy, where neither pytest nor a test module can be imported.
TRIGGERS = """
import importlib, json, pkgutil
import eks_upgrade_airflow.triggers as package
from airflow._shared.module_loading import import_string
from airflow.triggers.base import BaseTrigger

def below(kind):
    return {kind}.union(*(below(one) for one in kind.__subclasses__()))

for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
ours = [one for one in below(BaseTrigger) if one.__module__.startswith(package.__name__)]
paths = [f"{one.__module__}.{one.__qualname__}" for one in ours]
assert [import_string(path) for path in paths] == ours
print(json.dumps(sorted(one.__name__ for one in ours)))
"""
PLUGINS = """
import json
from airflow import plugins_manager
plugins_manager.ensure_plugins_loaded()
found = [plugins_manager.get_import_errors(), plugins_manager.get_plugin_info()]
print(json.dumps(found, default=str))
"""
MODULES = """
import importlib, pkgutil
import eks_upgrade_airflow, include
for package in (eks_upgrade_airflow, include):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
        print(module.name)
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> ProductionCopy:
    return make_copy(tmp_path_factory.mktemp("production"))


@pytest.mark.parametrize(
    "absent",
    ["include.rehearsal", "include.local_airflow", "tests", "moto", "pytest", "hypothesis"],
)
def test_what_production_must_do_without_is_truly_not_there(
    production: ProductionCopy, absent: str
) -> None:
    code = (
        f"try:\n import {absent}\n"
        f"except ModuleNotFoundError as error:\n print(error.name)\n"
        f"else:\n print('it was imported')"
    )
    assert production.run("-c", code).strip() == absent


@pytest.mark.timeout(90)
def test_airflows_dag_processor_parses_every_dag_without_an_error(
    production: ProductionCopy,
) -> None:
    production.run("-m", "airflow", "db", "migrate")
    production.run("-m", "airflow", "dag-processor", "--num-runs", "1")

    with closing(sqlite3.connect(production.database)) as database:
        errors = database.execute("SELECT filename, stacktrace FROM import_error").fetchall()
        parsed = database.execute("SELECT dag_id FROM dag").fetchall()
        stored = database.execute("SELECT dag_id FROM serialized_dag").fetchall()
    assert errors == []
    assert {dag_id for (dag_id,) in parsed} == dag_ids()
    assert {dag_id for (dag_id,) in stored} == dag_ids()


def dag_ids() -> set[str]:
    """Each file under `dags/` holds one DAG, whose id is written out."""
    found = [re.findall(r'\bdag_id="(\w+)"', file.read_text()) for file in dag_files()]
    assert all(len(each) == 1 for each in found)
    return {each[0] for each in found}


def dag_files() -> list[Path]:
    return sorted((ROOT / "dags").rglob("*.py"))


def test_the_plugin_is_loaded(production: ProductionCopy) -> None:
    errors, plugins = json.loads(production.run("-c", PLUGINS).splitlines()[-1])

    assert errors == {}
    (ours,) = [plugin for plugin in plugins if plugin["name"] == "eks_upgrade"]
    assert "eks_upgrade_plugin.py" in ours["source"]


def test_the_triggerer_can_import_every_trigger(production: ProductionCopy) -> None:
    names = json.loads(production.run("-c", TRIGGERS).splitlines()[-1])

    written = {
        name
        for file in (ROOT / "plugins/eks_upgrade_airflow/triggers").rglob("*.py")
        for name in re.findall(r"^class (\w+Trigger)\b", file.read_text(), re.MULTILINE)
    }
    assert "EksDrainTrigger" in written
    assert set(names) == written


def test_every_module_of_the_library_and_the_plugin_can_be_imported(
    production: ProductionCopy,
) -> None:
    imported = set(production.run("-c", MODULES).split())

    files = [*(ROOT / "include/eks_upgrade").rglob("*.py")]
    files += (ROOT / "plugins/eks_upgrade_airflow").rglob("*.py")
    assert len(imported) >= len(files) - 1
    assert not {name for name in imported if ".rehearsal" in name or ".local_airflow" in name}


def test_the_drain_command_works_in_production(production: ProductionCopy) -> None:
    assert "--ignore-daemonsets" in production.run("-m", "include.eks_upgrade.drain", "--help")
