"""Each command, given with a Python in which nothing is installed: a sentence, no stack trace."""

import subprocess
import sys
from pathlib import Path

import pytest

from include.eks_upgrade.common.missing_package import explains_missing_package

REPO = Path(__file__).resolve().parents[3]
COMMANDS = sorted(
    [
        *(
            f"include.eks_upgrade.{path.parent.name}"
            for path in REPO.glob("include/eks_upgrade/*/__main__.py")
        ),
        "include.eks_upgrade.plan",
    ]
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_python_without_packages_is_told_which_one_to_use(command: str) -> None:
    # -S leaves out the packages that are installed; the environment is none of ours.
    bare = [sys.executable, "-I", "-S", "-c"]
    path = f"import sys, runpy; sys.path.insert(0, {str(REPO)!r})"
    run = f"{path}; runpy.run_module({command!r}, run_name='__main__')"
    ended = subprocess.run([*bare, run], capture_output=True, text=True, cwd=REPO, check=False)
    assert "Traceback" not in ended.stderr
    assert "has no package" in ended.stderr
    assert ".venv/bin/python" in ended.stderr
    assert ended.returncode == 2


def test_all_commands_are_tried() -> None:
    assert [
        f"include.eks_upgrade.{name}"
        for name in ("drain", "fleet", "permissions", "plan", "preflight")
    ] == COMMANDS


def test_a_module_of_ours_that_is_missing_is_a_fault_of_ours() -> None:
    with pytest.raises(ModuleNotFoundError), explains_missing_package():
        raise ModuleNotFoundError(name="include.eks_upgrade.nothing")
