"""What a command line says where Python lacks a package: one sentence instead of a stack trace."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

NO_PACKAGE = 2
"""The exit code; the command has done nothing."""

_OURS = frozenset({"include", "eks_upgrade_airflow"})


@contextmanager
def explains_missing_package() -> Iterator[None]:
    """Import a command inside: a package that is not installed ends the process with a sentence.

    Raises:
        SystemExit: a package of others is missing. One of ours is a fault of ours, and is raised.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package in _OURS:
            raise
        print(
            f"{sys.executable} has no package `{package}`, so nothing was done. Remedy: give the "
            "command with the project's own Python, .venv/bin/python (`make scenarios` makes it),"
            " or install requirements-runtime.txt.",
            file=sys.stderr,
        )
        raise SystemExit(NO_PACKAGE) from None
