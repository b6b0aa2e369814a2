"""What the DAG's file has to know of the fleet file while Airflow reads it: its rings.

A fleet file that cannot be used breaks no DAG: it has its first task, which says what is wrong.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from eks_upgrade_airflow.fleet.base import fleet_path
from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.fleet.file.path import fleet_file
from include.eks_upgrade.fleet.file.read import read_fleet_file

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RingShape:
    """A ring as the DAG's tasks are made for it."""

    name: str
    approval: bool = False


def path_at_parse() -> Path:
    """Where the fleet file is; the default where Airflow does not tell its Variable."""
    try:
        return fleet_path()
    except Exception as error:  # noqa: BLE001 - a DAG's file must be readable all the same
        log.info("the Airflow Variable of the fleet file was not read: %r", error)
        return fleet_file({})


def ring_shapes(path: Path) -> tuple[RingShape, ...]:
    """The rings of the fleet file; none when it cannot be used, which the first task tells."""
    try:
        file = read_fleet_file(path)
    except (UpgradeError, OSError) as error:
        log.info("the fleet file cannot be used: %s", error)
        return ()
    return tuple(RingShape(ring.name, approval=ring.approval) for ring in file.rings)
