"""A migrated database is made once for all installations, and each has its own copy."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from include.local_airflow.database import provide, template
from include.local_airflow.problems import CannotStart

AIRFLOW = """\
import os, sys, time
from pathlib import Path
assert sys.argv[1:] == ["db", "migrate"]
with Path(os.environ["MIGRATIONS"]).open("a") as done:
    done.write("migrated\\n")
if os.environ.get("BROKEN"):
    sys.exit("no such table: dag")
time.sleep(0.2)
url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
Path(url.removeprefix("sqlite:///")).write_text("whole")
"""
"""What stands in for Airflow: it notes that it was called, and takes its time."""


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    package = tmp_path / "path" / "airflow"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(AIRFLOW)
    own = {"PYTHONPATH": str(package.parent), "MIGRATIONS": str(tmp_path / "migrations")}
    return {**os.environ, **own}


def migrations(environment: Mapping[str, str]) -> int:
    return len(Path(environment["MIGRATIONS"]).read_text().splitlines())


def test_of_several_that_start_at_once_one_migrates_and_the_others_wait_for_it(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    cache = tmp_path / "cache"
    homes = [tmp_path / name / "airflow.db" for name in ("one", "two", "three")]

    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda home: provide(home, cache, environment), homes))

    assert [home.read_text() for home in homes] == ["whole"] * 3
    assert migrations(environment) == 1


def test_what_was_left_half_made_is_made_again(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    home, cache = tmp_path / "airflow.db", tmp_path / "cache"
    with pytest.raises(CannotStart, match="no such table: dag"):
        provide(home, cache, {**environment, "BROKEN": "yes"})
    assert not home.exists()
    assert not template(cache).exists()

    provide(home, cache, environment)

    assert home.read_text() == "whole"


def test_a_database_that_is_there_is_left_alone(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    home = tmp_path / "airflow.db"
    home.write_text("runs of yesterday")
    provide(home, tmp_path / "cache", environment)
    assert home.read_text() == "runs of yesterday"
    assert not Path(environment["MIGRATIONS"]).exists()
