"""Contestant: kr8s (https://docs.kr8s.org), where it can with raw JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import kr8s
import kr8s.asyncio

from benchmarks.kubernetes_clients.common import (
    EXPIRED,
    EXPIRED_TOKEN,
    FEW,
    FIRST_POD,
    Picture,
    Place,
    kubeconfig,
    outcome,
    raw_row,
    refusal,
)

PROGRAM = """
import json, pathlib, sys
used = pathlib.Path(sys.argv[1])
token = "new" if used.exists() else sys.argv[2]
used.touch()
print(json.dumps({"status": {"token": token}}))
"""
"""kr8s takes no callable: a token is renewed by starting a program, as kubectl does."""


class Kr8s:
    """Its low-level calls for the list, its own watch."""

    async def follow(self, place: Place, last: str) -> Picture:
        """As `Contestant.follow`."""
        api = await api_of(place)
        items, version = await raw_list(api)
        picture: Picture = {pod["metadata"]["uid"]: raw_row(pod) for pod in items}
        async for _, pod in api.watch("pods", namespace=kr8s.ALL, since=version):
            row = raw_row(pod.raw)
            picture[pod.raw["metadata"]["uid"]] = row
            if row[0] == last:
                break
        return picture

    async def renew(self, place: Place) -> str:
        """As `Contestant.renew`."""

        async def listed() -> str:
            await raw_list(await api_of(place, program=True), labelSelector=FEW)
            return "starts a program at 401"

        return await outcome(listed())

    async def evict(self, place: Place) -> str:
        """As `Contestant.evict`."""
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": FIRST_POD["name"], "namespace": FIRST_POD["namespace"]},
            "deleteOptions": {"preconditions": {"uid": FIRST_POD["uid"]}},
        }
        error = await refused(place, "POST", "/eviction", body)
        if error is None:
            return "no: accepted"
        causes = (error.response.json().get("details") or {}).get("causes")
        return refusal(causes, error.response.headers.get("Retry-After"))

    async def delete(self, place: Place) -> str:
        """As `Contestant.delete`."""
        error = await refused(place, "DELETE", "", {"preconditions": {"uid": FIRST_POD["uid"]}})
        return "yes" if error is None else f"no: {error}"

    async def resume(self, place: Place) -> str:
        """As `Contestant.resume`."""

        async def resumed() -> str:
            api = await api_of(place)
            _, version = await raw_list(api, labelSelector=EXPIRED)
            watch = api.watch("pods", namespace=kr8s.ALL, since=version, label_selector=EXPIRED)
            async for _ in watch:
                return "goes on"
            return "ends"

        return await outcome(resumed())


async def api_of(place: Place, *, program: bool = False) -> Any:
    """The client, with a token or with a program that prints one."""
    used = str(Path(place.folder) / "token-used")
    user: dict[str, Any] = {"token": place.token()}
    if program:
        command = {"command": sys.executable, "args": ["-c", PROGRAM, used, EXPIRED_TOKEN]}
        user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", **command}}
    return await kr8s.asyncio.api(kubeconfig=kubeconfig(place, user))


async def raw_list(api: Any, **query: str) -> tuple[list[Any], str]:
    """All pods and the list's version, which `api.get` does not tell."""
    items: list[Any] = []
    query["limit"] = "250"
    while True:
        async with api.call_api("GET", url="pods", params=query) as response:
            body = response.json()
        items += body["items"]
        meta = body["metadata"]
        if not meta.get("continue"):
            return items, meta["resourceVersion"]
        query["continue"] = meta["continue"]


async def refused(place: Place, method: str, action: str, body: dict[str, Any]) -> Any:
    """The error that a request about the pod ends in, None when it is accepted."""
    api = await api_of(place)
    try:
        async with api.call_api(
            method,
            namespace=FIRST_POD["namespace"],
            url=f"pods/{FIRST_POD['name']}{action}",
            content=json.dumps(body),
        ):
            return None
    except kr8s.ServerError as error:
        return error


CONTESTANTS = {"kr8s": Kr8s}
