"""The requests about Leases of kube-system: the cluster's lock, and the baselines."""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.calls.base import ApiCalls
from include.eks_upgrade.kube.connection.transport import Call
from include.eks_upgrade.kube.errors import error_of

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"


class LeaseCalls(ApiCalls):
    """A part of `KubeClient`."""

    async def lease(self, name: str) -> Raw | None:
        """A raw Lease of kube-system, None when there is none."""
        call = Call(what="get leases", path=f"{LEASES}/{name}")
        answer = await self._transport.request(call)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise error_of(call.what, answer)
        return answer.body

    async def create_lease(self, lease: Raw) -> Raw | None:
        """The created Lease, None when another was quicker."""
        return await self._write_lease(
            Call(what="create leases", method="POST", path=LEASES, body=lease)
        )

    async def replace_lease(self, lease: Raw) -> Raw | None:
        """The replaced Lease, None when it changed since the resourceVersion inside `lease`."""
        path = f"{LEASES}/{lease['metadata']['name']}"
        return await self._write_lease(
            Call(what="update leases", method="PUT", path=path, body=lease)
        )

    async def delete_lease(self, lease: Raw) -> bool:
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

    async def _write_lease(self, call: Call) -> Raw | None:
        answer = await self._transport.request(call)
        if answer.status in {404, 409}:
            return None
        if not answer.ok:
            raise error_of(call.what, answer)
        return answer.body
