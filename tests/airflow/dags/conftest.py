"""The DAGs as Airflow reads them."""

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(REPO / "dags"))


@pytest.fixture(scope="module")
def dag(bag: DagBag) -> DAG:
    return bag.dags["eks_upgrade"]
