"""A rehearsal cluster behind its HTTPS door, with two old nodes in the group `blue`."""

import pytest

from tests.eks_upgrade.drain.conftest import Stage


@pytest.fixture
def stage():
    stage = Stage()
    stage.nodes("blue", "blue-0", "blue-1")
    stage.server.start()
    yield stage
    stage.server.stop()
    assert stage.server.failures == []
    assert stage.clock.failures == []
