"""deploy/values.yaml, by reading it: neither Helm nor a cluster is needed.

The chart's own schema lies in no package that could be pinned here. The file was held against that
of chart 1.22.0 (docs/deploy.md); what is tested is what must not drift from the rest of the
project, and the types that this schema asks for.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.local_airflow.common_settings import (
    CELERY,
    EVERYWHERE,
    POSTGRESQL_CONNECTIONS,
    TRIGGERERS,
    WORKERS,
)

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "deploy" / "values.yaml").read_text()
VALUES: dict[str, Any] = yaml.safe_load(TEXT)
ENV: dict[str, str] = {each["name"]: each["value"] for each in VALUES["env"]}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())["services"]

EXECUTOR = "AIRFLOW__CORE__EXECUTOR"
PLACED = {"AIRFLOW__API__BASE_URL", "AIRFLOW__EKS_UPGRADE__REPORTS"}
"""What differs from compose, because it is a place."""

TYPES: dict[str, type] = {
    "airflowVersion": str,
    "executor": str,
    "images.airflow.repository": str,
    "images.airflow.tag": str,
    "env": list,
    "postgresql.enabled": bool,
    "data.metadataSecretName": str,
    "redis.enabled": bool,
    "redis.passwordSecretName": str,
    "redis.persistence.enabled": bool,
    "fernetKeySecretName": str,
    "apiSecretKeySecretName": str,
    "jwtSecretName": str,
    "workers.celery.replicas": int,
    "workers.celery.terminationGracePeriodSeconds": int,
    "workers.celery.serviceAccount.create": bool,
    "workers.celery.serviceAccount.annotations": dict,
    "triggerer.enabled": bool,
    "triggerer.replicas": int,
    "triggerer.podDisruptionBudget.enabled": bool,
    "triggerer.podDisruptionBudget.config.maxUnavailable": int,
    "triggerer.serviceAccount.create": bool,
    "triggerer.serviceAccount.annotations": dict,
}
"""What chart 1.22.0 knows, as far as the file uses it, and of which type."""


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every value with its path; one that the table names is whole."""
    if path in TYPES or not isinstance(value, dict):
        return {path: value}
    found: dict[str, Any] = {}
    for key, each in value.items():
        found |= leaves(each, f"{path}.{key}" if path else key)
    return found


def test_each_value_is_one_that_the_chart_knows_and_of_its_type() -> None:
    assert {path: type(value) for path, value in leaves(VALUES).items()} == TYPES


def test_each_variable_is_text_and_named_once() -> None:
    assert len(ENV) == len(VALUES["env"])
    assert all(set(each) == {"name", "value"} for each in VALUES["env"])
    assert {type(value) for value in ENV.values()} == {str}


def test_every_component_has_the_settings_that_hold_everywhere() -> None:
    wanted = {name: value for name, value in {**EVERYWHERE, **CELERY}.items() if name != EXECUTOR}
    assert {name: ENV.get(name) for name in wanted} == wanted
    assert VALUES["executor"] == CELERY[EXECUTOR]


@pytest.mark.parametrize("name", sorted(set(ENV) - PLACED))
def test_a_setting_has_the_value_that_it_has_in_compose(name: str) -> None:
    assert ENV[name] == COMPOSE["worker"]["environment"][name]


def test_there_are_as_many_workers_and_triggerers_as_in_compose() -> None:
    assert VALUES["workers"]["celery"]["replicas"] == WORKERS
    assert VALUES["triggerer"]["replicas"] == TRIGGERERS


def test_it_is_the_pinned_airflow() -> None:
    (version,) = re.findall(
        r"(?m)^apache-airflow==(.+)$", (ROOT / "requirements-runtime.in").read_text()
    )
    assert VALUES["airflowVersion"] == version


def test_it_holds_no_secret_and_names_what_is_to_be_filled_in() -> None:
    secrets = [path for path in leaves(VALUES) if path.lower().endswith(("secretname", "keyname"))]
    assert len(secrets) == 5
    assert not re.search(r"(?im)^\s*(password|pass|fernetKey|jwtSecret|connection):", TEXT)
    assert "REGISTRY" in VALUES["images"]["airflow"]["repository"]


def test_the_database_is_told_to_allow_as_many_connections_as_in_compose() -> None:
    assert f"{POSTGRESQL_CONNECTIONS} connections" in TEXT
