"""The command lines on the rehearsal's tidy cluster, and all that is wrong with what they get.

Every check of the list runs here on a cluster that has nothing in anyone's way: none may cry wolf.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.planning.preflight.checks import CHECKS
from include.eks_upgrade.planning.preflight.verdict import PASSED, Verdict
from include.eks_upgrade.planning.preflight.verdict_schema import schema
from include.eks_upgrade.preflight.cli import BLOCKED, NOT_JUDGED, NOTHING_BLOCKS, plan, preflight
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import plain

TRUE_OF_THE_TIDY_CLUSTER = {"upgrade_insights"}
"""EKS's own insight says that an add-on has to be updated, and the plan does that."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with Rehearsal(speed=600.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        scene = plain(rehearsal.world)
        rehearsal.clock.advance(120)
        for name, value in rehearsal.environment.items():
            patch.setenv(name, value)
        yield scene.cluster


Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Said:
    def run(command: Any, *arguments: str) -> tuple[int, str, str]:
        try:
            code = command(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_on_a_tidy_cluster_every_check_is_judged_and_none_gives_a_false_alarm(
    cluster: str, say: Said
) -> None:
    code, out, _ = say(preflight, "--cluster", cluster, "--json")
    plain_verdict = json.loads(out)
    Draft202012Validator(schema()).validate(plain_verdict)
    verdict = Verdict.from_json(plain_verdict)
    assert code == NOTHING_BLOCKS
    assert {one.name for one in verdict.checks} == {check.name for check in CHECKS}
    assert {one.name: one.unknown for one in verdict.checks if one.unknown} == {}
    alarms = {one.name for one in verdict.checks if one.status not in {PASSED, "informs"}}
    assert alarms <= TRUE_OF_THE_TIDY_CLUSTER


def test_the_plan_is_printed_with_what_was_found(cluster: str, say: Said) -> None:
    code, out, _ = say(plan, "--cluster", cluster, "--to", "1.34")
    assert code == NOTHING_BLOCKS
    assert "control plane: 1.33 -> 1.34" in out
    assert f"preflight of {cluster} in eu-west-1: 1.33 -> 1.34" in out


def test_the_plan_as_json_is_the_plan_of_the_task(cluster: str, say: Said) -> None:
    _, out, _ = say(plan, "--cluster", cluster, "--json")
    assert Plan.from_json(json.loads(out)).to_version == "1.34"


@pytest.mark.parametrize("command", [preflight, plan])
def test_what_blocks_ends_with_one_and_stands_first(command: Any, cluster: str, say: Said) -> None:
    code, out, _ = say(command, "--cluster", cluster, "--to", "1.32")
    assert code == BLOCKED
    assert out.splitlines()[2].startswith("BLOCKS   target_version")


def test_markdown_is_a_report(cluster: str, say: Said) -> None:
    code, out, _ = say(preflight, "--cluster", cluster, "--markdown")
    assert code == NOTHING_BLOCKS
    assert out.startswith("# plain 1.33 → 1.34: ")


def test_parameters_of_a_file_count_and_a_wrong_one_is_told_with_the_nearest(
    cluster: str, say: Said, tmp_path: Path
) -> None:
    file = tmp_path / "parameters.json"
    file.write_text('{"node_groups": ["nobody"]}')
    code, out, _ = say(preflight, "--cluster", cluster, "--parameters", str(file))
    assert (code, "node group 'nobody'" in out) == (BLOCKED, True)
    file.write_text('{"node_group": []}')
    code, _, err = say(preflight, "--cluster", cluster, "--parameters", str(file))
    assert (code, "write node_groups" in err) == (NOT_JUDGED, True)


@pytest.mark.parametrize("text", ["", "[]", "7", "{", "null"])
def test_a_file_that_is_no_object_is_told(text: str, say: Said, tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text(text)
    code, _, err = say(preflight, "--cluster", "x", "--parameters", str(file))
    assert code == NOT_JUDGED
    assert "one JSON object" in err
    assert "Traceback" not in err


WRONG = [
    pytest.param([], "name the cluster with --cluster", id="nothing"),
    pytest.param(["--cluster", "x", "--region", "Frankfurt"], "eu-central-1", id="no-region"),
    pytest.param(["--cluster", "x", "--to", "new"], "no Kubernetes version", id="no-version"),
    pytest.param(["--cluster", "x", "--marked"], "is --markdown meant?", id="no-flag"),
    pytest.param(["--cluster", "x", "--role-arn", "me"], "ARN of an IAM role", id="no-role"),
    pytest.param(["--cluster", "x", "--json", "--markdown"], "not allowed with", id="two-forms"),
]


@pytest.mark.parametrize("command", [preflight, plan])
@pytest.mark.parametrize(("arguments", "told"), WRONG)
def test_a_wrong_command_line_ends_with_two_and_says_why(
    command: Any, arguments: list[str], told: str, say: Said
) -> None:
    code, out, err = say(command, *arguments)
    assert (code, out) == (NOT_JUDGED, "")
    assert told in err.replace("is not a Kubernetes version", "no Kubernetes version")


def test_a_cluster_that_is_not_there_ends_with_two_and_names_those_that_are(
    cluster: str, say: Said
) -> None:
    code, _, err = say(preflight, "--cluster", "other")
    assert (code, cluster in err, "Traceback" in err) == (NOT_JUDGED, True, False)


def test_without_credentials_it_ends_with_two(
    cluster: str, say: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    code, _, err = say(preflight, "--cluster", cluster)
    assert (code, "credentials" in err) == (NOT_JUDGED, True)
