"""The one world of this process, and where moto finds the extended services.

moto keeps its backends per process and makes them lazily, so they find the world here.
"""

from types import SimpleNamespace
from typing import Any

from include.rehearsal.world import World

_worlds: list[World] = []


def enter(world: World) -> None:
    """Make this the world of the process.

    Raises:
        RuntimeError: another rehearsal is running; moto's backends cannot serve two.
    """
    if _worlds:
        raise RuntimeError(
            "a rehearsal is already running in this process; stop it before starting another"
        )
    _worlds.append(world)


def leave(world: World) -> None:
    """The world ends; harmless when it was not the current one."""
    if world in _worlds:
        _worlds.remove(world)


def world() -> World:
    """The current world.

    Raises:
        RuntimeError: no rehearsal is running.
    """
    if not _worlds:
        raise RuntimeError("no rehearsal is running in this process")
    return _worlds[0]


def urls(bases: list[str], path: str, response: Any) -> SimpleNamespace:
    """What moto expects of a service's `urls` module: everything goes to one response."""
    return SimpleNamespace(url_bases=bases, url_paths={path: response.dispatch})
