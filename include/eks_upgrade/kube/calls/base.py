"""What every part of `KubeClient` needs."""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.connection.transport import Call, Transport
from include.eks_upgrade.kube.errors import error_of


class ApiCalls:
    """Requests to one API server; a base of `KubeClient`'s parts."""

    _transport: Transport

    async def _get(self, plural: str, path: str) -> Raw | None:
        answer = await self._transport.request(Call(what=f"get {plural}", path=path))
        if answer.status == 404:
            return None
        if not answer.ok:
            raise error_of(f"get {plural}", answer)
        return answer.body
