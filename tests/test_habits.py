"""What runs before a commit and on every change is what `make check` and `.ci/run` run."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
HOOKS: list[dict[str, Any]] = [
    hook
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repo["hooks"]
]
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yaml").read_text())
(JOB,) = WORKFLOW["jobs"].values()


def recipe(target: str) -> list[str]:
    """The commands of a make target, with the path of its tools put in."""
    makefile = (ROOT / "Makefile").read_text()
    (lines,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    (tools,) = re.findall(r"^BIN := (.*)$", makefile, re.MULTILINE)
    return [line.strip().replace("$(BIN)", tools) for line in lines.splitlines()]


def test_a_commit_is_checked_by_the_commands_of_make_check_in_their_order() -> None:
    entries = [hook["entry"].removeprefix("env ") for hook in HOOKS]
    assert entries == recipe("check")


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_looks_at_the_whole_project_with_the_tools_that_are_there(
    hook: dict[str, Any],
) -> None:
    assert hook["language"] == "system"
    assert hook["always_run"]
    assert not hook["pass_filenames"]


def test_no_hook_comes_from_another_repository() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in config["repos"]] == ["local"]


def test_every_change_is_checked_by_the_script_that_people_run() -> None:
    # YAML 1.1 reads the key `on` as true.
    assert set(WORKFLOW[True]) == {"push", "pull_request"}
    runs = [step["run"] for step in JOB["steps"] if "run" in step]
    assert runs == ["bash .ci/run"]
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.findall(r"(?m)^make \w+$", script.read_text()) == ["make check", "make test"]


def test_the_workflow_may_read_the_code_and_nothing_else() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOB
    assert JOB["steps"][0]["with"] == {"persist-credentials": False}


def test_the_workflow_ends_and_uses_the_python_of_the_image() -> None:
    assert JOB["timeout-minutes"] == 30
    (python,) = [s["with"]["python-version"] for s in JOB["steps"] if "python-version" in str(s)]
    assert f"-python{python}" in (ROOT / "Dockerfile").read_text()


def test_every_action_is_githubs_own_at_a_pinned_major() -> None:
    used = [step["uses"] for step in JOB["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", each) for each in used)
