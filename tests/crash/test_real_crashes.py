"""Real Airflow loses its processes in mid-upgrade: a worker, the triggerer, the scheduler, all."""

from collections.abc import Iterator

import pytest

from tests.crash.real_airflow import CRASHES, Crash, CrashLab, crash_lab
from tests.crash.rows import Outcome

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def lab() -> Iterator[CrashLab]:
    with crash_lab() as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(lab: CrashLab) -> Outcome:
    return lab.undisturbed()


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: crash.lost)
def test_the_upgrade_ends_as_if_nothing_had_been_after_the_loss_of(
    lab: CrashLab, undisturbed: Outcome, crash: Crash
) -> None:
    judgement = lab.row(crash, undisturbed).judgement
    assert judgement.wrong == ()
    assert judgement.doubled == ()
