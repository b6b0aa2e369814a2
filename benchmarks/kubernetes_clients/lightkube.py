"""Contestant: lightkube (https://lightkube.readthedocs.io), with a transport of our own.

By itself it writes the CA to a file and keeps the token that it was given. It takes a transport,
though: `Renewing` trusts a CA from memory and asks a callable for tokens.
"""

import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from lightkube import ApiError, AsyncClient, KubeConfig
from lightkube.config.models import Cluster, User
from lightkube.models.meta_v1 import DeleteOptions, ObjectMeta, Preconditions
from lightkube.resources.core_v1 import Pod

from benchmarks.kubernetes_clients.common import (
    EXPIRED,
    FEW,
    FIRST_POD,
    Picture,
    Place,
    Token,
    outcome,
    refusal,
)


class Renewing(httpx2.AsyncBaseTransport):
    """Trusts one CA, and asks for another token at 401."""

    def __init__(self, ca: str, token: Token) -> None:
        pem = base64.b64decode(ca).decode("ascii")
        trust = ssl.create_default_context(cadata=pem)
        self._inner = httpx2.AsyncHTTPTransport(verify=trust)
        self._make = token
        self._token = ""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it, once more with a new token if the first has ended."""
        self._token = self._token or self._make()
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = await self._inner.handle_async_request(request)
        if response.status_code != 401:
            return response
        await response.aclose()
        self._token = self._make()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


class Lightkube:
    """Its typed objects; it has no raw ones."""

    async def follow(self, place: Place, last: str) -> Picture:
        """As `Contestant.follow`."""
        picture: Picture = {}
        async with client_of(place) as client:
            listed = client.list(Pod, namespace="*", chunk_size=250)
            async for pod in listed:
                picture[pod.metadata.uid] = row_of(pod)
            version = listed.resourceVersion
            async for _, pod in client.watch(Pod, namespace="*", resource_version=version):
                row = row_of(pod)
                picture[pod.metadata.uid] = row
                if row[0] == last:
                    break
        return picture

    async def renew(self, place: Place) -> str:
        """As `Contestant.renew`."""

        async def listed() -> str:
            async with client_of(place) as client:
                [pod async for pod in client.list(Pod, namespace="*", labels={FEW: None})]
            return f"our transport calls it again at 401 ({place.token.calls})"

        return await outcome(listed())

    async def evict(self, place: Place) -> str:
        """As `Contestant.evict`."""
        name, namespace = FIRST_POD["name"], FIRST_POD["namespace"]
        eviction = Pod.Eviction(
            metadata=ObjectMeta(name=name, namespace=namespace),
            deleteOptions=DeleteOptions(preconditions=Preconditions(uid=FIRST_POD["uid"])),
        )
        async with client_of(place) as client:
            try:
                await client.create(eviction, name=name, namespace=namespace)
            except ApiError as error:
                details = error.status.details
                causes = [{"reason": cause.reason} for cause in details.causes] if details else []
                return refusal(causes, error.response.headers.get("Retry-After"))
        return "no: accepted"

    async def delete(self, place: Place) -> str:
        """As `Contestant.delete`; its `delete` takes no preconditions."""
        async with client_of(place) as client:
            try:
                await client.delete(Pod, FIRST_POD["name"], namespace=FIRST_POD["namespace"])
            except ApiError as error:
                return f"no: {error.status.message}"
        return "yes"

    async def resume(self, place: Place) -> str:
        """As `Contestant.resume`."""

        async def resumed() -> str:
            async with client_of(place) as client:
                labels = {EXPIRED: None}
                listed = client.list(Pod, namespace="*", labels=labels)
                [pod async for pod in listed]
                watch = client.watch(
                    Pod, namespace="*", labels=labels, resource_version=listed.resourceVersion
                )
                async for _ in watch:
                    return "goes on"
            return "ends"

        return await outcome(resumed())


@asynccontextmanager
async def client_of(place: Place) -> AsyncIterator[AsyncClient]:
    """The client."""
    config = KubeConfig.from_one(cluster=Cluster(server=place.endpoint), user=User())
    client = AsyncClient(config=config, transport=Renewing(place.ca, place.token))
    try:
        yield client
    finally:
        await client.close()


def row_of(pod: Any) -> tuple[str, str, str, bool]:
    """The picture of a typed pod."""
    status = pod.status
    conditions = (status.conditions if status else None) or ()
    return (
        pod.metadata.resourceVersion,
        (pod.spec.nodeName if pod.spec else None) or "",
        (status.phase if status else None) or "",
        any(c.type == "Ready" and c.status == "True" for c in conditions),
    )


CONTESTANTS = {"lightkube": Lightkube}
