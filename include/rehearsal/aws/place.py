"""The one world of this process, and the response mixin every extended service shares.

moto keeps its backends per process and makes them lazily, so they find the world here.
"""

from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult

from include.rehearsal.aws.errors import AwsError
from include.rehearsal.world import World

_worlds: list[World] = []

THROTTLE_CODES = {"eks": "ThrottlingException", "ec2": "RequestLimitExceeded"}


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


class FaultyResponse:
    """Mixin for moto response classes: throttles calls when the faults say so."""

    def call_action(self) -> Any:
        """Refuse the call as throttled, or let moto answer it."""
        service: Any = self
        if world().faults.take_throttle(service._get_action()):
            code = THROTTLE_CODES.get(service.service_name, "Throttling")
            status, headers, body = service.serialized(
                ActionResult(AwsError(code, "Rate exceeded"))
            )
            headers["status"] = str(status)
            return status, headers, body
        return super().call_action()  # type: ignore[misc]  # the moto class comes next


def urls(bases: list[str], path: str, response: Any) -> SimpleNamespace:
    """What moto expects of a service's `urls` module: everything goes to one response."""
    return SimpleNamespace(url_bases=bases, url_paths={path: response.dispatch})
