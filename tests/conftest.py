"""What must be settled before anything imports Airflow: where it lives, and whose AWS it sees.

Airflow reads its environment while it is imported, so a fixture would come too late: this is
done while pytest loads this file. Nothing is imported here that the other tests do not need.

Hypothesis makes its random numbers known to itself with a look at the collector's lists, once, in
the first test that uses it. A test of a trigger before it in the same process has everything
frozen out of those lists (`connection/short_collections.py`), and Hypothesis warns of numbers that
nobody holds. So its first use is here.

While thousands of tests are gathered, nothing becomes garbage, but the collector walks all that
there is again and again: a fifth of that time. So it rests until they are all there, and does not
walk them later.
"""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.once import SHARED
from tests.side_by_side import OneAirflow, longest_first

REPO = Path(__file__).resolve().parents[1]


def _forget(prefixes: tuple[str, ...]) -> None:
    """Drop what the machine of whoever runs the tests has set."""
    for name in [name for name in os.environ if name.startswith(prefixes)]:
        del os.environ[name]


def _settle() -> None:
    _forget(("AWS_", "AIRFLOW_", "BOTO"))
    home = Path(tempfile.mkdtemp(prefix="eks-upgrade-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    # One folder for all processes of a run: the first one makes it, the others inherit its name.
    if SHARED not in os.environ:
        os.environ[SHARED] = tempfile.mkdtemp(prefix="eks-upgrade-tests-shared-")
        atexit.register(shutil.rmtree, os.environ[SHARED], ignore_errors=True)
    os.environ.update(
        {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(REPO / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPO / "plugins"),
            # Credentials of a person or of the machine must never reach a test.
            "AWS_CONFIG_FILE": str(home / "no-aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-aws-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )


_settle()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """See `tests/side_by_side.py`."""
    longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneAirflow | None:
    """For `--dist loadfile`."""
    return OneAirflow(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The collector rests while tests are gathered."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_finish() -> None:
    """Hypothesis is used once; nothing is tested."""
    settings(max_examples=1, database=None, derandomize=True)(given(st.none())(lambda _: None))()
