"""The Kubernetes requests of an upgrade: read, cordon, evict, lease, watch.

And, where a parameter says so, restart a rollout or delete a pod; nothing else. Lists are read
in pages; raw JSON becomes the frozen values of `kube.objects` at once.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.calls.leases import LeaseCalls
from include.eks_upgrade.kube.calls.nodes import NODES, NodeCalls
from include.eks_upgrade.kube.calls.readings import ReadingCalls
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.transport import REQUESTS_PER_SECOND, Call, Transport
from include.eks_upgrade.kube.errors import Answer, Expired, error_of
from include.eks_upgrade.kube.eviction import (
    EvictionAnswer,
    delete_options,
    eviction_body,
    read_eviction,
)
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL, Budget, Node, Pod
from include.eks_upgrade.kube.volumes import Mounts, Volume
from include.eks_upgrade.kube.workloads.owner import controller
from include.eks_upgrade.kube.workloads.rollout import Rollout, restart_patch, revision_of
from include.eks_upgrade.kube.workloads.workload import Workload

log = logging.getLogger(__name__)

T = TypeVar("T")

PAGE = 100
"""Objects per page of a list: a fifth of what kubectl asks for. A page of large pods is read in
one go, and meanwhile nothing else runs in the event loop."""

MAX_NODES_ASKED = 50
"""Nodes whose pods are asked for one by one. Each is a request, which older API servers answer by
reading all pods themselves."""


WATCH_SECONDS = 240
"""Seconds after which the server ends a watch in good order."""

PATHS = {
    "nodes": NODES,
    "pods": "/api/v1/pods",
    "poddisruptionbudgets": "/apis/policy/v1/poddisruptionbudgets",
    "deployments": "/apis/apps/v1/deployments",
    "statefulsets": "/apis/apps/v1/statefulsets",
    "daemonsets": "/apis/apps/v1/daemonsets",
    "persistentvolumes": "/api/v1/persistentvolumes",
    "replicasets": "/apis/apps/v1/replicasets",
    "jobs": "/apis/batch/v1/jobs",
    "cronjobs": "/apis/batch/v1/cronjobs",
    "namespaces": "/api/v1/namespaces",
    "resourcequotas": "/api/v1/resourcequotas",
    "endpointslices": "/apis/discovery.k8s.io/v1/endpointslices",
    "horizontalpodautoscalers": "/apis/autoscaling/v2/horizontalpodautoscalers",
    "validatingwebhookconfigurations": (
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    ),
    "mutatingwebhookconfigurations": (
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    ),
    "customresourcedefinitions": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "apiservices": "/apis/apiregistration.k8s.io/v1/apiservices",
    "volumeattachments": "/apis/storage.k8s.io/v1/volumeattachments",
    "csinodes": "/apis/storage.k8s.io/v1/csinodes",
    "nodepools": "/apis/karpenter.sh/v1/nodepools",
    "ec2nodeclasses": "/apis/karpenter.k8s.aws/v1/ec2nodeclasses",
}
"""Where the lists over all namespaces are."""

OF_NO_CLUSTER_BY_ITSELF = frozenset({"nodepools", "ec2nodeclasses"})
"""Kinds that a cluster has only where somebody has installed them; elsewhere there are none."""

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

_KINDS = {
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
    "daemonsets": "DaemonSet",
}


class KubeClient(NodeCalls, LeaseCalls, ReadingCalls):
    """One cluster's API; use it as an async context manager.

    Every method raises `Refused` when rights are missing, `Unreachable` when the server does
    not answer, and `UnexpectedResponse` for what nobody foresaw (`kube.errors`).
    """

    def __init__(
        self,
        access: ClusterAccess,
        *,
        requests_per_second: float = REQUESTS_PER_SECOND,
        transport: Transport | None = None,
    ) -> None:
        self._transport = transport or Transport(access, requests_per_second=requests_per_second)
        self.requests_per_second = requests_per_second
        self.on_close: list[Callable[[], Awaitable[None]]] = []

    @property
    def access(self) -> ClusterAccess:
        """How the cluster is reached."""
        return self._transport.access

    @property
    def endpoint(self) -> str:
        """The API server's address."""
        return self._transport.endpoint

    @property
    def requests(self) -> int:
        """How many requests it has sent."""
        return self._transport.requests

    async def __aenter__(self) -> Self:
        await self._transport.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self.on_close:
            await self.on_close.pop()()
        await self._transport.close()

    async def pages(
        self, plural: str, query: Mapping[str, str] | None = None
    ) -> AsyncGenerator[tuple[list[Raw], str], None]:
        """Every object of a resource, page by page, with the list's resourceVersion.

        A long list is not held in memory as a whole, and the event loop is free between pages.

        Args:
            plural: a key of `PATHS`.
            query: as the API has it; with a `limit` of its own where objects are very large.

        Raises:
            Expired: the list outlived its snapshot; what was read so far is worth nothing.
        """
        asked = {"limit": str(PAGE), **(query or {})}
        while True:
            call = Call(what=f"list {plural}", path=PATHS[plural], query=asked)
            answer = await self._transport.request(call)
            if answer.status == 404 and plural in OF_NO_CLUSTER_BY_ITSELF:
                return
            if answer.status == 410 and "continue" in asked:
                raise Expired(f"the list of {plural} has expired; list it again")
            if not answer.ok:
                raise error_of(f"list {plural}", answer)
            meta = answer.body.get("metadata") or {}
            yield answer.body.get("items") or [], str(meta.get("resourceVersion", ""))
            if not meta.get("continue"):
                return
            asked["continue"] = meta["continue"]

    async def listed(
        self, plural: str, namespace: str, *, name: str = "", selector: str = ""
    ) -> list[Raw]:
        """The objects of a namespace that have a name, or that a label selector finds.

        A list of one needs no other right than the list of all.
        """
        query = {"fieldSelector": f"metadata.name={name}"} if name else {"labelSelector": selector}
        prefix, _, _ = PATHS[plural].rpartition("/")
        path = f"{prefix}/namespaces/{namespace}/{plural}"
        call = Call(what=f"list {plural}", path=path, query=query)
        return list((await self._transport.json(call)).get("items") or ())

    async def raw_list(
        self, plural: str, query: Mapping[str, str] | None = None
    ) -> tuple[list[Raw], str]:
        """Every object of a resource, and the resourceVersion a watch may go on from."""
        return await self._all(plural, query, lambda raw: raw)

    async def objects(
        self, plural: str, read: Callable[[Raw], T], query: Mapping[str, str] | None = None
    ) -> list[T]:
        """Every object of a resource, each made into a value as its page comes."""
        return (await self._all(plural, query, read))[0]

    async def _all(
        self, plural: str, query: Mapping[str, str] | None, read: Callable[[Raw], T]
    ) -> tuple[list[T], str]:
        while True:
            found: list[T] = []
            version = ""
            try:
                async for items, newest in self.pages(plural, query):
                    found += map(read, items)
                    version = newest
            except Expired as error:
                log.info("%s", error)
                continue
            return found, version

    async def _pages_anew(
        self, plural: str, begin: Callable[[], None]
    ) -> AsyncGenerator[list[Raw], None]:
        """Page by page as `pages`; a list that has expired begins anew, after a call of `begin`."""
        while True:
            try:
                async for items, _ in self.pages(plural):
                    yield items
            except Expired as error:
                log.info("%s", error)
                begin()
                continue
            return

    async def watch(
        self, plural: str, version: str, query: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Raw, None]:
        """The events (`type`, `object`) of a resource since `version`, until the server ends it.

        An event of type ERROR with code 410 means that the version is too old: list again.

        Raises:
            Unreachable: the stream broke off; events may have been lost.
            Expired: the version is too old; raised at once.
        """
        query = {
            **(query or {}),
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        call = Call(what=f"watch {plural}", path=PATHS[plural], query=query)
        async for event in self._transport.lines(call, silence=WATCH_SECONDS + 30.0):
            yield event

    async def nodes(self, node_group: str | None = None, *, selector: str = "") -> list[Node]:
        """All nodes, those of one managed node group, or those a label selector finds."""
        labels = f"{NODE_GROUP_LABEL}={node_group}" if node_group else selector
        query = {"labelSelector": labels} if labels else None
        return (await self._all("nodes", query, Node.from_raw))[0]

    async def pods(self, node: str | None = None) -> list[Pod]:
        """All pods, or those bound to one node."""
        query = {"fieldSelector": f"spec.nodeName={node}"} if node else None
        return (await self._all("pods", query, Pod.from_raw))[0]

    async def pods_on(self, nodes: Collection[str]) -> list[Pod]:
        """The pods bound to these nodes: asked node by node, or picked from all for many nodes."""
        if len(nodes) <= MAX_NODES_ASKED:
            found = await asyncio.gather(*map(self.pods, tuple(nodes)))
            return [pod for pods in found for pod in pods]
        wanted, kept = set(nodes), list[Pod]()
        async for items in self._pages_anew("pods", kept.clear):
            # Only what is wanted becomes a value: of many pods most are on other nodes.
            kept += [Pod.from_raw(raw) for raw in items if raw["spec"].get("nodeName") in wanted]
        return kept

    async def budgets(self) -> list[Budget]:
        """All disruption budgets."""
        return (await self._all("poddisruptionbudgets", None, Budget.from_raw))[0]

    async def daemonsets(self) -> list[Workload]:
        """All DaemonSets."""
        return await self._workloads("daemonsets")

    async def workloads(self) -> list[Workload]:
        """All Deployments, StatefulSets and DaemonSets."""
        return [load for plural in _KINDS for load in await self._workloads(plural)]

    async def volumes(self) -> list[Volume]:
        """All PersistentVolumes."""
        return (await self._all("persistentvolumes", None, Volume.from_raw))[0]

    async def mounts(self, node: str) -> list[Mounts]:
        """The pods bound to a node, with the claims that they mount."""
        query = {"fieldSelector": f"spec.nodeName={node}"}
        return (await self._all("pods", query, Mounts.from_raw))[0]

    async def pod(self, namespace: str, name: str) -> Raw | None:
        """A raw pod, None when there is none."""
        call = Call(what="get pods", path=f"/api/v1/namespaces/{namespace}/pods/{name}")
        answer = await self._transport.request(call)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise error_of(call.what, answer)
        return answer.body

    async def try_pod(self, manifest: Raw) -> Answer:
        """What the API server says to a pod that is not made: a dry run, with all its admission."""
        call = Call(
            what="create pods",
            method="POST",
            path=f"/api/v1/namespaces/{manifest['metadata']['namespace']}/pods",
            query={"dryRun": "All"},
            body=manifest,
        )
        return await self._transport.request(call)

    async def evict(
        self, pod: Pod, *, grace_seconds: int | None = None, dry_run: bool = False
    ) -> EvictionAnswer:
        """Ask once for the eviction of exactly this pod (by uid); never tried again in here."""
        call = Call(
            what="create pods/eviction",
            method="POST",
            path=f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/eviction",
            body=eviction_body(pod, grace_seconds, dry_run=dry_run),
            patient=False,
        )
        return read_eviction(await self._transport.request(call))

    async def review_access(self, review: Raw) -> Raw:
        """The answered SelfSubjectAccessReview: whether we may do something. Changes nothing."""
        call = Call(
            what="create selfsubjectaccessreviews", method="POST", path=REVIEWS, body=review
        )
        return await self._transport.json(call)

    async def _workloads(self, plural: str) -> list[Workload]:
        read = partial(Workload.from_raw, _KINDS[plural])
        return (await self._all(plural, None, read))[0]

    async def rollout(self, namespace: str, replica_set: str) -> tuple[Rollout, bool] | None:
        """The Deployment that owns a ReplicaSet, and whether that is its newest; None without."""
        where = f"/apis/apps/v1/namespaces/{namespace}"
        raw = await self._get("replicasets", f"{where}/replicasets/{replica_set}")
        owner = controller(raw["metadata"]) if raw else None
        if raw is None or owner is None or owner.kind != "Deployment":
            return None
        deployment = await self._get("deployments", f"{where}/deployments/{owner.name}")
        if deployment is None or deployment["metadata"].get("uid") != owner.uid:
            return None
        return Rollout.from_raw(deployment), revision_of(raw) == revision_of(deployment)

    async def restart_rollout(self, rollout: Rollout, now: float) -> None:
        """Restart a Deployment's rollout, as `kubectl rollout restart` does; `now` in epoch."""
        call = Call(
            what="patch deployments",
            method="PATCH",
            path=f"/apis/apps/v1/namespaces/{rollout.namespace}/deployments/{rollout.name}",
            body={"metadata": {"uid": rollout.uid}, **restart_patch(now)},
            content_type="application/merge-patch+json",
        )
        answer = await self._transport.request(call)
        if not answer.ok:
            raise error_of(call.what, answer)

    async def delete_pod(
        self, pod: Pod, *, grace_seconds: int | None = None, dry_run: bool = False
    ) -> EvictionAnswer:
        """Delete exactly this pod (by uid), past every budget; never tried again in here."""
        call = Call(
            what="delete pods",
            method="DELETE",
            path=f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}",
            body=delete_options(pod, grace_seconds, dry_run=dry_run),
            patient=False,
        )
        return read_eviction(await self._transport.request(call), call.what)
