"""Where the fleet file is."""

from collections.abc import Mapping
from pathlib import Path

ENVIRONMENT_VARIABLE = "EKS_FLEET_FILE"
AIRFLOW_VARIABLE = "eks_fleet_file"
"""Read by the plugin, for the library knows no Airflow."""

DEFAULT = "include/fleet.yaml"

PROJECT = Path(__file__).resolve().parents[4]
"""What holds `include/`; relative paths are meant from here."""


def fleet_file(environment: Mapping[str, str], variable: str = "") -> Path:
    """The fleet file's path: the environment's, else the Airflow Variable's, else the default.

    Args:
        environment: of the process.
        variable: the value of the Airflow Variable; empty where there is none.
    """
    chosen = environment.get(ENVIRONMENT_VARIABLE, "").strip() or variable.strip() or DEFAULT
    return PROJECT / Path(chosen).expanduser()


def shown(path: Path) -> str:
    """The path as messages have it: from the project's root where it is below it."""
    return str(path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path)
