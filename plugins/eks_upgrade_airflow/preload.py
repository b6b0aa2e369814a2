"""Loading what every task of the upgrade needs, in processes that fork tasks.

A task is a fork of a scheduler's or worker's process: modules and API models that are loaded
there cost it nothing. boto3 and aiohttp take a second to import, each time.
"""

import importlib

from eks_upgrade_airflow.connection.api_models import read_models

MODULES = (
    "airflow.providers.amazon.aws.hooks.eks",
    "airflow.providers.amazon.aws.utils.eks_get_token",
    # They import the operators, sensors and triggers of an upgrade.
    "eks_upgrade_airflow.task_groups.addons",
    "eks_upgrade_airflow.task_groups.control_plane",
    "eks_upgrade_airflow.task_groups.ending",
    "eks_upgrade_airflow.task_groups.hops",
    "eks_upgrade_airflow.task_groups.managed_node_group",
    "eks_upgrade_airflow.operators.lock",
    "eks_upgrade_airflow.operators.release",
    "eks_upgrade_airflow.operators.nodes.replacement",
    "aiobotocore.session",
    # A task reads its DAG's file, and these are what it finds there.
    "airflow.dag_processing.dagbag",
    "airflow.providers.standard.operators.empty",
    "eks_upgrade_airflow.ui.dag_docs",
    "eks_upgrade_airflow.ui.dag_values",
)


def load() -> None:
    """Import them, and read the models."""
    for name in MODULES:
        importlib.import_module(name)
    read_models()
