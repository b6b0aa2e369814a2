"""AWS's API models are read once in a process, and a client still says which operator asks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import BaseOperator
from airflow.sdk.definitions._internal.contextmanager import _CURRENT_CONTEXT
from botocore.loaders import JSONFileLoader
from eks_upgrade_airflow.connection import api_models
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress

ADDRESS = ClusterAddress("shop", None, "eu-west-1")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that botocore reads from now on."""
    files: list[str] = []
    read = JSONFileLoader.load_file

    def noted(self: JSONFileLoader, path: str) -> Any:
        found = read(self, path)
        if found is not None:
            files.append(path)
        return found

    monkeypatch.setattr(JSONFileLoader, "load_file", noted)
    return files


@pytest.mark.parametrize("service", api_models.SERVICES)
def test_a_client_reads_no_model_that_its_process_has_read(service: str, opened: list[str]) -> None:
    api_models.read_models()
    opened.clear()
    client = ADDRESS.hook(service).conn
    assert client.meta.service_model.service_name == service
    assert opened == []


def test_other_models_are_read_when_they_are_wanted_and_once(opened: list[str]) -> None:
    api_models._models.cache_clear()
    for _ in range(2):
        assert ADDRESS.hook("kms").conn.meta.service_model.service_name == "kms"
    assert len([path for path in opened if "/kms/" in path and "service-2" in path]) == 1


def test_what_another_botocore_does_not_have_is_left_to_its_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api_models, "SERVICES", ("no-such-service", "eks"))
    monkeypatch.setattr(api_models, "_OF_ALL", ("no-such-file",))
    api_models.read_models()
    assert ADDRESS.hook("eks").conn.meta.service_model.service_name == "eks"


def test_models_of_a_folder_of_ones_own_are_those_of_its_sessions_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    theirs = tmp_path / "invented" / "2026-11-27"
    theirs.mkdir(parents=True)
    (theirs / "service-2.json").write_text("{}")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert "invented" in ADDRESS.hook("eks").get_session("eu-west-1").get_available_services()
    monkeypatch.delenv("AWS_DATA_PATH")
    assert "invented" not in ADDRESS.hook("eks").get_session("eu-west-1").get_available_services()


class Asks(BaseOperator):
    """Says what its requests to AWS have in their user agent."""

    def execute(self, context: Mapping[str, Any]) -> str:
        _CURRENT_CONTEXT.append({"task": self, **context})
        try:
            return str(ADDRESS.hook("eks").conn.meta.config.user_agent_extra)
        finally:
            _CURRENT_CONTEXT.pop()


def test_the_user_agent_names_the_operator_that_runs() -> None:
    assert "Caller/Asks " in Asks.execute.__wrapped__(Asks(task_id="asks"), {})


def test_outside_of_a_task_nobody_is_named() -> None:
    assert "Caller/Unknown " in ADDRESS.hook("eks").conn.meta.config.user_agent_extra
