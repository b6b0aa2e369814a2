"""The rehearsal as a whole: starting, stopping, the command, its controls."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.rehearsal.environment import PortTaken, Rehearsal
from include.rehearsal.kubeconfig import kubeconfig
from tests.rehearsal.aws.aws_lab import control

BIN = Path(sys.executable).parent


def test_the_clock_can_be_read_and_moved_over_http() -> None:
    with Rehearsal() as rehearsal:
        before = control(rehearsal, "GET", "clock")
        after = control(rehearsal, "POST", "advance", {"seconds": 90})
    assert after["now"] - before["now"] == pytest.approx(90)
    assert before["speed"] == 0


def test_a_control_that_is_not_understood_is_refused() -> None:
    with Rehearsal() as rehearsal:
        assert "error" in control(rehearsal, "POST", "advance", {})


def test_time_passes_by_itself_when_there_is_a_speed() -> None:
    with Rehearsal(speed=1000) as rehearsal:
        happened: list[float] = []
        rehearsal.clock.later(20, lambda: happened.append(rehearsal.clock.now()))
        deadline = time.monotonic() + 5
        while not happened and time.monotonic() < deadline:
            time.sleep(0.01)
    assert happened


def test_two_rehearsals_in_one_process_are_refused() -> None:
    with Rehearsal(), pytest.raises(RuntimeError, match="already running"):
        Rehearsal().start()


def test_a_new_rehearsal_remembers_nothing_of_the_last() -> None:
    names = []
    for _ in range(2):
        with Rehearsal() as rehearsal:
            url = rehearsal.environment["AWS_ENDPOINT_URL"]
            iam = rehearsal.session().client("iam", endpoint_url=url)
            iam.create_role(RoleName="once", AssumeRolePolicyDocument="{}")
            names.append([r["RoleName"] for r in iam.list_roles()["Roles"]])
            iam.close()
    assert names == [["once"], ["once"]]


def test_a_taken_port_is_named_with_the_option_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("aws_port", "kube_port"):
            with pytest.raises(PortTaken, match=f"{port}.*--{option.replace('_', '-')}"):
                Rehearsal(**{option: port}).start()
    with Rehearsal():
        pass


def test_a_kubeconfig_gets_its_tokens_from_aws() -> None:
    with Rehearsal() as rehearsal:
        rehearsal.world.add_cluster("demo", "1.25")
        config = yaml.safe_load(kubeconfig(rehearsal.world, rehearsal.environment))
    command = config["users"][0]["user"]["exec"]
    assert command["args"][:4] == ["eks", "get-token", "--cluster-name", "demo"]
    assert {"name": "AWS_ENDPOINT_URL", "value": rehearsal.environment["AWS_ENDPOINT_URL"]}[
        "name"
    ] in {entry["name"] for entry in command["env"]}


@pytest.fixture
def started(tmp_path: Path) -> Any:
    ready = tmp_path / "ready.json"
    command = [
        sys.executable,
        "-m",
        "include.rehearsal",
        "--speed",
        "60",
        "--ready-file",
        str(ready),
        "--write-kubeconfig",
        str(tmp_path / "kubeconfig"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not ready.exists() or not ready.read_text():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield process, json.loads(ready.read_text())
    finally:
        process.kill()
        process.communicate()


def said(environment: dict[str, str], *command: str) -> str:
    own = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        env={**own, **environment, "AWS_PAGER": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_the_real_aws_and_kubectl_work_against_the_command(started: Any) -> None:
    process, environment = started
    query = ("--query", "cluster.[name,version,status]", "--output", "text")
    assert said(
        environment, "aws", "eks", "describe-cluster", "--name", "demo", *query
    ).split() == [
        "demo",
        "1.25",
        "ACTIVE",
    ]
    nodes = said(environment, "kubectl", "get", "nodes", "--no-headers").splitlines()
    assert len(nodes) == 3
    assert all(" Ready " in line for line in nodes)
    pods = said(environment, "kubectl", "get", "pods", "-A", "--no-headers")
    assert "debug-shell" in pods
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=5)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines()[0] == f"export AWS_ENDPOINT_URL={environment['AWS_ENDPOINT_URL']}"


def test_the_command_ends_with_two_and_one_sentence_when_a_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "include.rehearsal", "--aws-port", port],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 is already in use" in done.stderr
