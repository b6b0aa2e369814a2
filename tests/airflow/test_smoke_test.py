"""The smoke test on the rehearsal: the provider's operator, with our way to the cluster."""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.amazon.aws.operators.eks import EksPodOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from eks_upgrade_airflow.operators.nodes.smoke_test import EksSmokeTestOperator
from eks_upgrade_airflow.operators.user_pod import UserPod

from include.rehearsal.credentials import SECRET_KEY
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.worker import Run, environment, parameters

ROOT = Path(__file__).parents[2]
OLD, NEW = "old", "new"


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with Rehearsal(speed=60.0) as made, pytest.MonkeyPatch.context() as patch:
        plain(made.world, "shop", "1.33", 1, PlainOptions(groups=(OLD, NEW), addons={}))
        for name, value in environment(made).items():
            patch.setenv(name, value)
        yield made
        assert made.clock.failures == []


def run_test(rehearsal: Rehearsal, *command: str, **changes: Any) -> Run:
    run = Run(parameters(cluster_name="shop", region=rehearsal.world.region))
    arguments = {
        "nodegroup_name": OLD,
        "replacement_name": NEW,
        "image": "busybox:1.36",
        "cmds": list(command),
        "namespace": "default",
        "service_account_name": "",
        "waiter_delay": 0.2,
        **changes,
    }
    run.do("smoke_test", EksSmokeTestOperator, **arguments)
    return run


def pods(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    with rehearsal.clock.lock:
        return rehearsal.world.clusters["shop"].store.list("pods", "default")


def created(rehearsal: Rehearsal, since: int) -> int:
    entries = rehearsal.world.journal.entries
    return len(entries(cluster="shop", operation="create pods", since=since))


def cordoned(rehearsal: Rehearsal) -> list[str]:
    with rehearsal.clock.lock:
        nodes = rehearsal.world.clusters["shop"].store.list("nodes")
    return [node["metadata"]["name"] for node in nodes if node["spec"].get("unschedulable")]


def test_its_pod_is_the_providers_operator() -> None:
    assert issubclass(UserPod, EksPodOperator)


@pytest.mark.parametrize("module", ["task_groups.managed_node_group", "fleet.ring_group"])
def test_a_dag_with_it_does_not_import_the_kubernetes_provider(module: str) -> None:
    """Each task of a run parses its DAG; what it imports costs each of them two seconds."""
    script = (
        f"import sys; import eks_upgrade_airflow.{module};"
        "print(sorted({'kubernetes', 'kubernetes_asyncio'} & set(sys.modules)))"
    )
    paths = os.pathsep.join(str(ROOT / part) for part in ("", "plugins"))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_test_that_passes_leaves_its_output_in_the_log_and_no_pod(
    rehearsal: Rehearsal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run = run_test(rehearsal, "true")
    told = run.done["smoke_test"]
    assert told["text"].startswith(f"the smoke test on node group '{NEW}' passed: ")
    assert run.deferred == ["EksPodEndTrigger"]
    assert [kind for kind, *_ in told["waits"]] == ["aws"]
    rehearsal.clock.advance(60)
    assert pods(rehearsal) == []


def test_the_pod_is_bound_to_the_new_nodes_and_gets_no_token(rehearsal: Rehearsal) -> None:
    found: list[dict[str, Any]] = []

    def listen(event: Any) -> None:
        if (event.plural, event.type) == ("pods", "ADDED"):
            found.append(event.object)

    rehearsal.world.clusters["shop"].store.listen(listen)
    run_test(rehearsal, "sh", "-c", "echo it works")
    spec = found[0]["spec"]
    assert spec["nodeSelector"] == {"eks.amazonaws.com/nodegroup": NEW}
    assert spec["automountServiceAccountToken"] is False
    assert spec["restartPolicy"] == "Never"
    assert spec["activeDeadlineSeconds"] == 600
    assert spec["containers"][0]["command"] == ["sh", "-c", "echo it works"]


FAILING = [
    pytest.param(["sh", "-c", "exit 3"], {}, "its container ended with exit code 1", id="fails"),
    pytest.param(
        ["sleep", "infinity"], {"limit_minutes": 0.2}, "DeadlineExceeded", id="takes too long"
    ),
]


@pytest.mark.parametrize(("command", "changes", "told"), FAILING)
def test_a_test_that_fails_leaves_the_old_group_as_it_was(
    rehearsal: Rehearsal, command: list[str], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(AirflowFailException) as raised:
        run_test(rehearsal, *command, **changes)
    message = str(raised.value)
    assert f"node group '{OLD}' is left as it was" in message
    assert told in message
    assert "repeat the smoke test" in message
    assert cordoned(rehearsal) == []
    rehearsal.clock.advance(120)
    assert pods(rehearsal) == []


def test_without_an_image_it_skips_itself_and_asks_nobody(rehearsal: Rehearsal) -> None:
    since = rehearsal.world.journal.last
    with pytest.raises(AirflowSkipException):
        run_test(rehearsal, image="")
    assert rehearsal.world.journal.entries(cluster="shop", since=since) == []


def test_done_again_when_the_old_group_is_gone_it_tests_nothing(rehearsal: Rehearsal) -> None:
    since = rehearsal.world.journal.last
    run = run_test(rehearsal, "true", nodegroup_name="long-gone")
    assert "is gone: there is nothing to test for" in run.done["smoke_test"]["text"]
    assert created(rehearsal, since) == 0


def test_a_namespace_that_is_not_there_is_refused_in_kubernetes_words(
    rehearsal: Rehearsal,
) -> None:
    with pytest.raises(AirflowFailException) as raised:
        run_test(rehearsal, "true", namespace="nowhere")
    assert "in namespace 'nowhere'" in str(raised.value)
    assert "Kubernetes refuses it (404)" in str(raised.value)


def test_no_credential_is_written_to_disk_or_handed_to_airflow(
    rehearsal: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    written: list[str] = []
    made = tempfile.mkstemp

    def watched(*arguments: Any, **named: Any) -> Any:
        written.append(repr((arguments, named)))
        return made(*arguments, **named)

    monkeypatch.setattr(tempfile, "mkstemp", watched)
    run = run_test(rehearsal, "true")
    assert written == []
    assert list(tmp_path.iterdir()) == []
    kept = repr(run.letters)
    assert SECRET_KEY not in kept
    assert "k8s-aws-v1" not in kept
