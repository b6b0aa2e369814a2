"""Contestants: the clients that are generated from Kubernetes' OpenAPI document.

kubernetes_asyncio (https://kubernetes-asyncio.readthedocs.io) and the asyncio half of the official
client (https://github.com/kubernetes-client/python), which came from it: the same calls. Each once
with its models, as in its examples, and once with as few of them as its calls allow.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.kubernetes_clients.common import (
    EXPIRED,
    FEW,
    FIRST_POD,
    Picture,
    Place,
    outcome,
    raw_row,
    refusal,
)

WHERE = (FIRST_POD["name"], FIRST_POD["namespace"])


class Generated:
    """With models.

    Attributes:
        package: where `client` and `watch` are. from_memory: it takes the CA as text.
        models: whether objects are made of the JSON.
    """

    package: ClassVar[str]
    from_memory: ClassVar[bool] = False
    models: ClassVar[bool] = True

    def __init__(self) -> None:
        self.client = import_module(f"{self.package}.client")
        self.watch = import_module(f"{self.package}.watch")

    async def follow(self, place: Place, last: str) -> Picture:
        """As `Contestant.follow`."""
        picture: Picture = {}
        async with self.api(place) as api:
            version = await self.listed(api, picture)
            async with self.watch.Watch(None if self.models else "object") as watch:
                pods = watch.stream(
                    api.list_pod_for_all_namespaces,
                    resource_version=version,
                    allow_watch_bookmarks=True,
                )
                async for event in pods:
                    uid, row = self.row(event["object"])
                    picture[uid] = row
                    if row[0] == last:
                        break
        return picture

    async def listed(self, api: Any, picture: Picture, **query: str) -> str:
        """List all pods into the picture; the list's version."""
        more: dict[str, Any] = {"limit": 250, **query}
        while True:
            pods, version, rest = await self.page(api, more)
            for pod in pods:
                uid, row = self.row(pod)
                picture[uid] = row
            if not rest:
                return version
            more["_continue"] = rest

    async def page(self, api: Any, query: dict[str, Any]) -> tuple[list[Any], str, str | None]:
        """A page of the list, its version, and how to go on."""
        if self.models:
            page = await api.list_pod_for_all_namespaces(**query)
            return page.items, page.metadata.resource_version, page.metadata._continue
        response = await self.raw(api, query)
        body = json.loads(await response.read())
        return body["items"], body["metadata"]["resourceVersion"], body["metadata"].get("continue")

    async def raw(self, api: Any, query: dict[str, Any]) -> Any:
        """The answer to a list, without models."""
        return await api.list_pod_for_all_namespaces(**query, _preload_content=False)

    def row(self, pod: Any) -> tuple[str, tuple[str, str, str, bool]]:
        """Uid and picture of a pod of the watch."""
        return model_row(pod) if self.models else (pod["metadata"]["uid"], raw_row(pod))

    async def renew(self, place: Place) -> str:
        """As `Contestant.renew`."""

        async def listed() -> str:
            async with self.api(place) as api:
                await self.listed(api, {}, label_selector=FEW)
            return f"calls it before each request ({place.token.calls})"

        return await outcome(listed())

    async def evict(self, place: Place) -> str:
        """As `Contestant.evict`."""
        body = self.client.V1Eviction(
            metadata=self.client.V1ObjectMeta(name=WHERE[0], namespace=WHERE[1]),
            delete_options=self.options(),
        )
        async with self.api(place) as api:
            try:
                await api.create_namespaced_pod_eviction(*WHERE, body)
            except self.client.ApiException as error:
                causes = (json.loads(error.body).get("details") or {}).get("causes")
                return refusal(causes, error.headers.get("Retry-After"))
        return "no: accepted"

    async def delete(self, place: Place) -> str:
        """As `Contestant.delete`."""

        async def deleted() -> str:
            async with self.api(place) as api:
                await api.delete_namespaced_pod(*WHERE, body=self.options())
            return "yes"

        return await outcome(deleted())

    def options(self) -> Any:
        """The DeleteOptions for exactly `FIRST_POD`."""
        uid = self.client.V1Preconditions(uid=FIRST_POD["uid"])
        return self.client.V1DeleteOptions(preconditions=uid)

    async def resume(self, place: Place) -> str:
        """As `Contestant.resume`."""

        async def resumed() -> str:
            async with self.api(place) as api:
                version = await self.listed(api, {}, label_selector=EXPIRED)
                async with self.watch.Watch() as watch:
                    pods = watch.stream(
                        api.list_pod_for_all_namespaces,
                        resource_version=version,
                        label_selector=EXPIRED,
                    )
                    async for _ in pods:
                        return "goes on"
            return "ends"

        return await outcome(resumed())

    @asynccontextmanager
    async def api(self, place: Place) -> AsyncIterator[Any]:
        """The client."""
        pem = base64.b64decode(place.ca).decode("ascii")
        settings = self.client.Configuration(host=place.endpoint)
        if self.from_memory:
            settings.ca_cert_data = pem
        else:
            settings.ssl_ca_cert = str(Path(place.folder) / "ca.pem")
            await asyncio.to_thread(Path(settings.ssl_ca_cert).write_text, pem)

        def renew(asked: Any) -> None:
            asked.api_key = {"BearerToken": f"Bearer {place.token()}"}

        settings.refresh_api_key_hook = renew
        renew(settings)
        async with self.client.ApiClient(settings) as client:
            yield self.client.CoreV1Api(client)


class Asyncio(Generated):
    """kubernetes_asyncio, with models."""

    package = "kubernetes_asyncio"


class AsyncioRaw(Asyncio):
    """kubernetes_asyncio, its list and watch without models."""

    models = False


class Official(Generated):
    """The official client, with models."""

    package = "kubernetes.aio"
    from_memory = True


class OfficialRaw(Official):
    """The official client, its list and watch without models."""

    models = False

    async def raw(self, api: Any, query: dict[str, Any]) -> Any:
        """As `Generated.raw`; it has methods of their own for that."""
        return await api.list_pod_for_all_namespaces_without_preload_content(**query)


def model_row(pod: Any) -> tuple[str, tuple[str, str, str, bool]]:
    """Uid and picture of a pod that is a model."""
    conditions = pod.status.conditions or ()
    ready = any(c.type == "Ready" and c.status == "True" for c in conditions)
    row = (
        pod.metadata.resource_version,
        pod.spec.node_name or "",
        pod.status.phase or "",
        ready,
    )
    return pod.metadata.uid, row


CONTESTANTS = {
    "kubernetes_asyncio": Asyncio,
    "kubernetes_asyncio, raw": AsyncioRaw,
    "kubernetes.aio": Official,
    "kubernetes.aio, raw": OfficialRaw,
}
