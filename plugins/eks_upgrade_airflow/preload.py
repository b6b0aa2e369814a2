"""Loading what every task of the upgrade needs, in processes that fork tasks.

A task is a fork of a scheduler's or worker's process: modules and API models that are loaded
there cost it nothing. boto3 and aiohttp take a second to import, each time.
"""

import importlib

MODULES = (
    "airflow.providers.amazon.aws.hooks.eks",
    "airflow.providers.amazon.aws.utils.eks_get_token",
    "eks_upgrade_airflow.operators.addons",
    "eks_upgrade_airflow.operators.control_plane",
    "eks_upgrade_airflow.operators.drain",
    "eks_upgrade_airflow.operators.fence",
    "eks_upgrade_airflow.operators.images",
    "eks_upgrade_airflow.operators.launch_template",
    "eks_upgrade_airflow.operators.lock",
    "eks_upgrade_airflow.operators.nodegroup",
    "eks_upgrade_airflow.operators.plan",
    "eks_upgrade_airflow.operators.recovery",
    "eks_upgrade_airflow.operators.replacement",
    "eks_upgrade_airflow.operators.report",
    "eks_upgrade_airflow.sensors.nodegroup",
    "eks_upgrade_airflow.sensors.update",
    "eks_upgrade_airflow.sensors.verification",
    "aiobotocore.session",
)


def load() -> None:
    """Import them."""
    for name in MODULES:
        importlib.import_module(name)
