"""Finds the programs that Debian's packages bring, and says which package is missing."""

import os
import pwd
import shutil
from pathlib import Path

from include.local_airflow.problems import CannotStart

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
OWNER = "postgres"


def program(name: str, package: str, *, folders: tuple[Path, ...] = ()) -> str:
    """Where a program lies.

    Args:
        name: of the program.
        package: of Debian or Ubuntu that brings it.
        folders: looked into before the PATH.

    Raises:
        CannotStart: it is not on this machine.
    """
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
    found = shutil.which(name, path=path)
    if found is None:
        raise CannotStart(
            f"There is no program {name!r} on this machine, which the engine 'distributed' needs. "
            f"On Debian and Ubuntu the package {package!r} brings it: "
            f"sudo apt-get install {package}. "
            "Without it, `make demo` runs on SQLite alone."
        )
    return found


def postgresql_program(name: str, root: Path = DEBIAN_POSTGRESQL) -> str:
    """One of PostgreSQL's, of the newest version that Debian's packages have installed.

    Raises:
        CannotStart: it is not on this machine.
    """
    versions = sorted(root.glob("*/bin"), key=_version, reverse=True)
    return program(name, "postgresql", folders=tuple(versions))


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


def owner() -> pwd.struct_passwd | None:
    """Who PostgreSQL has to run as; None for whoever we are.

    Raises:
        CannotStart: we are root, whom PostgreSQL refuses, and nobody else is there for it.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(OWNER)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL refuses to run as root, and there is no user {OWNER!r} on this machine to "
            "run it as. Start this as another user than root, or install Debian's package "
            "'postgresql', which makes that user: sudo apt-get install postgresql."
        ) from None


def as_owner(command: list[str]) -> list[str]:
    """The command line that runs a command as `owner`.

    Raises:
        CannotStart: as `owner` and `program`.
    """
    who = owner()
    if who is None:
        return command
    # Unlike su and runuser it becomes the program, so that signals reach it.
    become = program("setpriv", "util-linux")
    return [become, f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", *command]
