"""One process of the tests has all of real Airflow, so that no two run at once."""

from pathlib import Path

import pytest

from tests.side_by_side import REAL_AIRFLOW, ROOT, unit_of

REAL = sorted(
    str(file.relative_to(ROOT)) for file in (ROOT / "tests/airflow/real").glob("test_*.py")
)


@pytest.mark.parametrize("file", [*REAL, "tests/local_airflow/test_launcher.py"])
def test_a_file_that_starts_airflow_is_of_the_one_unit(file: str) -> None:
    assert unit_of(file) == REAL_AIRFLOW


def test_every_other_file_is_a_unit_of_its_own() -> None:
    here = str(Path(__file__).relative_to(ROOT))
    assert unit_of(here) == here
