"""The cluster."""

from collections.abc import Iterator

import pytest

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.release.release_lab import NEW, OLD, cordon, members
from tests.airflow.worker import environment


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A cluster with an old and a new node group, of which one old node is cordoned by a person."""
    with Rehearsal(speed=600.0) as rehearsal:
        scene = plain(
            rehearsal.world, "shop", "1.33", 3, PlainOptions(groups=(OLD, NEW), addons={})
        )
        for name, value in environment(rehearsal).items():
            monkeypatch.setenv(name, value)
        world = World(rehearsal, scene)
        cordon(world, members(world, OLD)[0])
        yield world
        assert rehearsal.clock.failures == []
