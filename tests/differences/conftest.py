"""One rehearsal for each file of differences; one cluster for each test."""

from collections.abc import Iterator

import pytest

from tests import quick_hooks
from tests.faults.lab import FaultLab, fault_lab

assert quick_hooks


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultLab]:
    with fault_lab(tmp_path_factory.mktemp("reports")) as made:
        yield made


@pytest.fixture
def lab(module_lab: FaultLab) -> Iterator[FaultLab]:
    yield module_lab
    module_lab.no_faults()
