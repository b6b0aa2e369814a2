"""The Kubernetes requests of an upgrade, and nothing else: read, cordon, evict, lease, watch.

Lists are read in pages; raw JSON becomes the frozen values of `kube.objects` at once.
"""

from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any, Self

from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.kube.errors import error_of
from include.eks_upgrade.kube.eviction import EvictionAnswer, eviction_body, read_eviction
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL, Budget, Node, Pod, Workload
from include.eks_upgrade.kube.transport import Call, Transport

PAGE = 500
"""Objects per page of a list, as kubectl asks for."""

WATCH_SECONDS = 240
"""Seconds after which the server ends a watch in good order."""

PATHS = {
    "nodes": "/api/v1/nodes",
    "pods": "/api/v1/pods",
    "poddisruptionbudgets": "/apis/policy/v1/poddisruptionbudgets",
    "deployments": "/apis/apps/v1/deployments",
    "statefulsets": "/apis/apps/v1/statefulsets",
    "daemonsets": "/apis/apps/v1/daemonsets",
}
"""Where the lists over all namespaces are."""

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"

_KINDS = {
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
    "daemonsets": "DaemonSet",
}


class KubeClient:
    """One cluster's API; use it as an async context manager.

    Every method raises `Refused` when rights are missing, `Unreachable` when the server does
    not answer, and `Surprise` for what nobody foresaw (`kube.errors`).
    """

    def __init__(self, access: ClusterAccess, *, transport: Transport | None = None) -> None:
        self._transport = transport or Transport(access)

    async def __aenter__(self) -> Self:
        await self._transport.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.close()

    async def raw_list(
        self, plural: str, query: Mapping[str, str] | None = None
    ) -> tuple[list[Mapping[str, Any]], str]:
        """Every object of a resource, and the resourceVersion a watch may go on from."""
        items: list[Mapping[str, Any]] = []
        asked = dict(query or {}, limit=str(PAGE))
        while True:
            answer = await self._transport.request(
                Call(what=f"list {plural}", path=PATHS[plural], query=asked)
            )
            if answer.status == 410 and "continue" in asked:  # the list outlived its snapshot
                items.clear()
                del asked["continue"]
                continue
            if not answer.ok:
                raise error_of(f"list {plural}", answer)
            items += answer.body.get("items") or ()
            meta = answer.body.get("metadata") or {}
            if not meta.get("continue"):
                return items, str(meta.get("resourceVersion", ""))
            asked["continue"] = meta["continue"]

    async def watch(self, plural: str, version: str) -> AsyncGenerator[Mapping[str, Any], None]:
        """The events (`type`, `object`) of a resource since `version`, until the server ends it.

        An event of type ERROR with code 410 means that the version is too old: list again.
        """
        query = {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        call = Call(what=f"watch {plural}", path=PATHS[plural], query=query)
        async for event in self._transport.lines(call, silence=WATCH_SECONDS + 30.0):
            yield event

    async def nodes(self, node_group: str | None = None) -> list[Node]:
        """All nodes, or those of one managed node group."""
        query = {"labelSelector": f"{NODE_GROUP_LABEL}={node_group}"} if node_group else None
        return [Node.from_raw(raw) for raw in (await self.raw_list("nodes", query))[0]]

    async def pods(self, node: str | None = None) -> list[Pod]:
        """All pods, or those bound to one node."""
        query = {"fieldSelector": f"spec.nodeName={node}"} if node else None
        return [Pod.from_raw(raw) for raw in (await self.raw_list("pods", query))[0]]

    async def budgets(self) -> list[Budget]:
        """All disruption budgets."""
        items, _ = await self.raw_list("poddisruptionbudgets")
        return [Budget.from_raw(raw) for raw in items]

    async def daemonsets(self) -> list[Workload]:
        """All DaemonSets."""
        return await self._workloads("daemonsets")

    async def workloads(self) -> list[Workload]:
        """All Deployments, StatefulSets and DaemonSets."""
        return [load for plural in _KINDS for load in await self._workloads(plural)]

    async def cordon(self, name: str) -> bool:
        """Make a node unschedulable; True when that changed it."""
        return await self._set_unschedulable(name, unschedulable=True)

    async def uncordon(self, name: str) -> bool:
        """Make a node schedulable again; True when that changed it."""
        return await self._set_unschedulable(name, unschedulable=False)

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

    async def lease(self, name: str) -> Mapping[str, Any] | None:
        """A raw Lease of kube-system, None when there is none."""
        call = Call(what="get leases", path=f"{LEASES}/{name}")
        answer = await self._transport.request(call)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise error_of(call.what, answer)
        return answer.body

    async def create_lease(self, lease: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The created Lease, None when another was quicker."""
        return await self._write_lease(
            Call(what="create leases", method="POST", path=LEASES, body=lease)
        )

    async def replace_lease(self, lease: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The replaced Lease, None when it changed since the resourceVersion inside `lease`."""
        path = f"{LEASES}/{lease['metadata']['name']}"
        return await self._write_lease(
            Call(what="update leases", method="PUT", path=path, body=lease)
        )

    async def delete_lease(self, lease: Mapping[str, Any]) -> bool:
        """Delete exactly the Lease that was read; False when it has changed or is gone."""
        meta = lease["metadata"]
        conditions = {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
        call = Call(
            what="delete leases",
            method="DELETE",
            path=f"{LEASES}/{meta['name']}",
            body={"preconditions": conditions},
        )
        answer = await self._transport.request(call)
        if not answer.ok and answer.status not in {404, 409}:
            raise error_of(call.what, answer)
        return answer.ok

    async def _write_lease(self, call: Call) -> Mapping[str, Any] | None:
        answer = await self._transport.request(call)
        if answer.status in {404, 409}:
            return None
        if not answer.ok:
            raise error_of(call.what, answer)
        return answer.body

    async def _workloads(self, plural: str) -> list[Workload]:
        items, _ = await self.raw_list(plural)
        return [Workload.from_raw(_KINDS[plural], raw) for raw in items]

    async def _set_unschedulable(self, name: str, *, unschedulable: bool) -> bool:
        path = f"{PATHS['nodes']}/{name}"
        node = await self._transport.request(Call(what="get nodes", path=path))
        if node.status == 404:  # an instance that ended meanwhile
            return False
        if not node.ok:
            raise error_of("get nodes", node)
        if bool(node.body.get("spec", {}).get("unschedulable")) == unschedulable:
            return False
        patch = Call(
            what="patch nodes",
            method="PATCH",
            path=path,
            body={"spec": {"unschedulable": True if unschedulable else None}},
            content_type="application/merge-patch+json",
        )
        answer = await self._transport.request(patch)
        if not answer.ok and answer.status != 404:
            raise error_of(patch.what, answer)
        return answer.ok
