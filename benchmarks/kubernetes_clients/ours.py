"""Contestants: this project's client over raw JSON, and its mirror of frozen values."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from benchmarks.kubernetes_clients.common import (
    EXPIRED,
    FEW,
    FIRST_POD,
    Picture,
    Place,
    outcome,
    raw_row,
)
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.eviction import Blocked, Evicted
from include.eks_upgrade.kube.mirror import Mirror
from include.eks_upgrade.kube.objects import Pod

POD = Pod(**FIRST_POD)


class Ours:
    """Raw JSON."""

    async def follow(self, place: Place, last: str) -> Picture:
        """As `Contestant.follow`."""
        picture: Picture = {}
        async with client_of(place) as client:
            items, version = await client.raw_list("pods")
            for pod in items:
                picture[pod["metadata"]["uid"]] = raw_row(pod)
            async with aclosing(client.watch("pods", version)) as events:
                async for event in events:
                    row = raw_row(event["object"])
                    picture[event["object"]["metadata"]["uid"]] = row
                    if row[0] == last:
                        break
        return picture

    async def renew(self, place: Place) -> str:
        """As `Contestant.renew`."""

        async def listed() -> str:
            async with client_of(place) as client:
                await client.raw_list("pods", {"labelSelector": FEW})
            return f"calls it again at 401 ({place.token.calls})"

        return await outcome(listed())

    async def evict(self, place: Place) -> str:
        """As `Contestant.evict`."""
        async with client_of(place) as client:
            answer = await client.evict(POD)
        if not isinstance(answer, Blocked):
            return f"no: {answer}"
        return "yes" if "budget" in answer.words and answer.retry_after else f"lacks: {answer}"

    async def delete(self, place: Place) -> str:
        """As `Contestant.delete`."""
        async with client_of(place) as client:
            answer = await client.delete_pod(POD)
        return "yes" if isinstance(answer, Evicted) else f"no: {answer}"

    async def resume(self, place: Place) -> str:
        """As `Contestant.resume`."""
        heard = asyncio.Event()

        def changed(_old: Pod | None, new: Pod | None) -> None:
            if new is not None and new.uid != POD.uid:  # not of the list, but of a watch
                heard.set()

        async def resumed() -> str:
            async with client_of(place) as client:
                query = {"labelSelector": EXPIRED}
                mirror = Mirror(client, "pods", Pod.from_raw, changed=changed, query=query)
                following = asyncio.create_task(mirror.follow())
                try:
                    await heard.wait()
                finally:
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)
            return "lists again"

        return await outcome(resumed())


class OursAsValues(Ours):
    """The whole way to the frozen `Pod` values that a drain decides on."""

    async def follow(self, place: Place, last: str) -> Picture:
        """As `Contestant.follow`."""
        ended = asyncio.Event()

        def parse(raw: Mapping[str, Any]) -> Pod:
            if raw["metadata"]["resourceVersion"] == last:
                ended.set()
            return Pod.from_raw(raw)

        async with client_of(place) as client:
            mirror = Mirror(client, "pods", parse)
            following = asyncio.create_task(mirror.follow())
            await ended.wait()
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        return {uid: (last, pod.node, pod.phase, pod.ready) for uid, pod in mirror.objects.items()}


def client_of(place: Place) -> KubeClient:
    """The client; the CA goes to it as DescribeCluster returns it."""
    access = ClusterAccess(place.endpoint, place.ca, place.token)
    return KubeClient(access, requests_per_second=1000.0)


CONTESTANTS = {"ours": Ours, "ours, to values": OursAsValues}
