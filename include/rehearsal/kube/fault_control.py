"""The API servers' faults as plain data, for who runs the rehearsal in another process.

    {"do": "refuse_evictions", "message": "no", "namespace": "shop"}
    {"do": "reset", "times": 3, "aim": {"operation": "create pods/eviction"}, "after": true}
    {"do": "pause", "seconds": 60}

`ACTIONS` names what can be done, and each function's arguments are what it takes. Nothing here
waits, so that a caller may hold the clock's lock.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from include.rehearsal.kube.api.server import KubeServer
from include.rehearsal.kube.faults import EVERYTHING, Aim

Body = dict[str, Any]


def control(server: KubeServer, method: str, body: Mapping[str, Any]) -> Body:
    """Do what a POST asks for, and answer with the faults there are and what was asked so far.

    Args:
        server: the API servers.
        method: GET only looks.
        body: `{"do": a name in ACTIONS, its arguments}`; `aim` has the fields of `Aim`.

    Raises:
        KeyError: nothing of that name can be done.
        TypeError: an argument is missing or unknown.
        ValueError: an argument does not hold.
    """
    arguments = dict(body)
    if method == "POST":
        action = ACTIONS[arguments.pop("do")]
        if "aim" in arguments:
            arguments["aim"] = Aim(**arguments["aim"])
        action(server, **arguments)
    counts = server.counts()
    return {
        "known": sorted(ACTIONS),
        "faults": server.faults.as_json(),
        "counts": [
            {"operation": operation, "status": status, "times": counts[operation, status]}
            for operation, status in sorted(counts)
        ],
    }


def _reset(
    server: KubeServer, *, times: int | None = 1, aim: Aim = EVERYTHING, after: bool = False
) -> None:
    server.faults.reset(times, aim=aim, after=after)


def _slow(
    server: KubeServer, *, seconds: float, times: int | None = 1, aim: Aim = EVERYTHING
) -> None:
    server.faults.slow(seconds, times, aim=aim)


def _throttle(
    server: KubeServer, *, times: int | None = 1, aim: Aim = EVERYTHING, retry_after: int = 1
) -> None:
    server.faults.throttle(times, aim=aim, retry_after=retry_after)


def _fail(
    server: KubeServer,
    *,
    status: int = 503,
    times: int | None = 1,
    aim: Aim = EVERYTHING,
    message: str = "",
) -> None:
    server.faults.fail(status, times, aim=aim, message=message)


def _truncate(
    server: KubeServer, *, times: int | None = 1, aim: Aim = EVERYTHING, ended: bool = False
) -> None:
    server.faults.truncate(times, aim=aim, ended=ended)


def _pause(server: KubeServer, *, seconds: float | None = None) -> None:
    server.pause(seconds, wait=False)


def _resume(server: KubeServer) -> None:
    server.resume(wait=False)


def _grant(server: KubeServer, *, documents: list[Body], cluster: str = "") -> None:
    server.grant(documents, cluster=cluster)


ACTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "reset": _reset,
    "slow": _slow,
    "throttle": _throttle,
    "fail": _fail,
    "truncate": _truncate,
    "pause": _pause,
    "resume": _resume,
    "grant": _grant,
    "stop_kubelet": KubeServer.stop_kubelet,
    "start_kubelet": KubeServer.start_kubelet,
    "refuse_evictions": KubeServer.refuse_evictions,
    "drop_watches": KubeServer.drop_watches,
    "end_watches": KubeServer.end_watches,
    "expire_versions": KubeServer.expire_versions,
    "refuse_tokens": KubeServer.refuse_tokens,
    "forget_roles": KubeServer.forget_roles,
    "forbid": KubeServer.forbid,
    "put_in_groups": KubeServer.put_in_groups,
    "allow_all": KubeServer.allow_all,
    "lift_all": lambda server: server.faults.lift_all(),
}
