"""What is asked for, what is pinned, and what production imports: the files agree."""

import ast
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.once import once
from tests.production_copy import ROOT, mounted_code, requirements

NOT_IMPORTED = {
    "apache-airflow-providers-celery",  # the executor of docker-compose.yaml
    "celery",  # a version that this provider stands
    "apache-airflow-providers-http",  # a notifier that is named by configuration
    "apache-airflow-providers-smtp",  # likewise
}
"""What production asks for without naming it in an import."""


def names(file: str) -> set[str]:
    return {canonicalize_name(each.name) for each in requirements(file)}


def pins(file: str) -> set[str]:
    """Name and version of each line: markers may differ with who else asks for a package."""
    return {f"{canonicalize_name(each.name)}{each.specifier}" for each in requirements(file)}


def test_production_gets_the_very_versions_that_are_tested() -> None:
    assert len(pins("requirements-runtime.txt")) > 100
    assert pins("requirements-runtime.txt") <= pins("requirements.txt")


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-runtime.txt"])
def test_every_line_is_a_pin(file: str) -> None:
    assert all([each.operator for each in line.specifier] == ["=="] for line in requirements(file))


@pytest.mark.parametrize(
    ("asked", "pinned"),
    [
        pytest.param("requirements.in", "requirements.txt", id="everything"),
        pytest.param("requirements-runtime.in", "requirements.txt", id="runtime-in-everything"),
        pytest.param("requirements-runtime.in", "requirements-runtime.txt", id="runtime"),
    ],
)
def test_what_is_asked_for_is_pinned_within_what_was_asked(asked: str, pinned: str) -> None:
    found = {canonicalize_name(each.name): each for each in requirements(pinned)}
    for each in requirements(asked):
        (version,) = found[canonicalize_name(each.name)].specifier
        assert version.version in each.specifier, each


def test_the_extra_that_deferrable_waits_need_is_pinned_too() -> None:
    assert "aiobotocore" in names("requirements-runtime.txt")


OF_AIRFLOW = {"cryptography", "httpx", "kubernetes-asyncio", "packaging", "psutil", "rich"}
"""What the rehearsal and the tests use and Airflow or its providers ask for themselves."""


@pytest.mark.parametrize("name", sorted(names("requirements.in") - OF_AIRFLOW))
def test_nothing_of_the_rehearsal_the_tests_and_the_checks_is_in_production(name: str) -> None:
    assert name not in names("requirements-runtime.txt")


def test_no_types_and_no_pytest_plugin_get_into_production() -> None:
    pinned = names("requirements-runtime.txt")
    assert not {name for name in pinned if name.startswith(("mypy", "pytest", "types-"))}


def production_files() -> list[Path]:
    roots = [ROOT / name for name in mounted_code()]
    return [file for root in roots for file in ([root] if root.is_file() else root.rglob("*.py"))]


def modules(node: ast.AST) -> list[str]:
    """Full names of what an import statement names, as far as they may be modules."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def run_time_imports(tree: ast.AST) -> list[str]:
    """What is imported when the program runs: not what only the type checker reads."""
    if isinstance(tree, ast.expr):  # the most of a file, and without imports
        return []
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test):
        return []
    below = [name for child in ast.iter_child_nodes(tree) for name in run_time_imports(child)]
    return modules(tree) + below


@cache
def imported() -> set[str]:
    """All modules of others that production imports, inside functions too."""
    return once("imported", _imported)  # the rows of a test: every process needs it to begin


def _imported() -> set[str]:
    trees = [ast.parse(file.read_text()) for file in production_files()]
    found = {name for tree in trees for name in run_time_imports(tree)}
    ours = {"include", "eks_upgrade_airflow", *sys.stdlib_module_names}
    return {name for name in found if name.split(".")[0] not in ours}


@cache
def installed() -> Mapping[str, list[str]]:
    """Which packages bring which top-level module."""
    return packages_distributions()


def distribution_of(module: str) -> set[str]:
    """Packages a module comes from; Airflow's are told apart by their folders."""
    parts = module.split(".")
    if parts[:2] == ["airflow", "providers"]:
        provider = parts[2] if parts[2] not in {"cncf", "common"} else "-".join(parts[2:4])
        return {f"apache-airflow-providers-{provider}"}
    if parts[0] == "airflow":
        return {"apache-airflow"}
    return {canonicalize_name(name) for name in installed().get(parts[0], [parts[0]])}


@pytest.mark.parametrize("module", sorted(imported()))
def test_what_production_imports_is_asked_for_by_name(module: str) -> None:
    assert distribution_of(module) <= names("requirements-runtime.in")


def test_nothing_is_asked_for_that_production_does_not_import() -> None:
    used = set().union(*(distribution_of(module) for module in imported()))
    assert names("requirements-runtime.in") - NOT_IMPORTED == used
