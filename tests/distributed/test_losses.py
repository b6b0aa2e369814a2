"""An upgrade on PostgreSQL, Redis and Celery workers loses a worker, a triggerer, Redis."""

from collections.abc import Iterator

import pytest

from include.local_airflow.engine import DISTRIBUTED
from tests.crash.real_airflow import Crash, CrashLab, crash_lab
from tests.crash.rows import Outcome
from tests.distributed.losses import LOSSES

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def lab() -> Iterator[CrashLab]:
    with crash_lab(LOSSES, DISTRIBUTED) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(lab: CrashLab) -> Outcome:
    return lab.undisturbed()


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.cluster)
def test_the_upgrade_ends_as_if_nothing_had_been_after_the_loss_of(
    lab: CrashLab, undisturbed: Outcome, loss: Crash
) -> None:
    judgement = lab.row(loss, undisturbed).judgement
    assert judgement.wrong == ()
    assert judgement.doubled == ()
