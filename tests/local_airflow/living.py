"""Whether a process does anything any more."""

import psutil


def runs(process: psutil.Process) -> bool:
    """A zombie does not: it has ended, and whoever inherited it has not asked how."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
