"""Doors that import-linter cannot watch: what is no package."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {"airflow", "eks_upgrade_airflow", *sys.stdlib_module_names}
FILES = [*sorted((ROOT / "dags").rglob("*.py")), ROOT / "plugins" / "eks_upgrade_plugin.py"]


def imported(text: str) -> set[str]:
    """Top-level names of all imports; a relative one gives the empty name."""
    nodes = list(ast.walk(ast.parse(text)))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    parts = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    plain += ["" if node.level else str(node.module) for node in parts]
    return {name.split(".")[0] for name in plain}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_wiring_imports_airflow_and_our_operators_only(file: Path) -> None:
    assert imported(file.read_text()) - ALLOWED == set()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("from include.eks_upgrade.request import DrainOptions", "include", id="from"),
        pytest.param("def late():\n    import boto3.session", "boto3", id="inside-a-function"),
        pytest.param("from . import other", "", id="relative"),
    ],
)
def test_a_forbidden_import_is_seen_wherever_it_stands(line: str, found: str) -> None:
    assert imported(line) - ALLOWED == {found}
