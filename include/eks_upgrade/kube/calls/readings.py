"""The requests for single objects that only the preflight looks at. None changes anything."""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.calls.base import ApiCalls

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_WHERE = {
    "clusterroles": f"{_RBAC}/clusterroles",
    "clusterrolebindings": f"{_RBAC}/clusterrolebindings",
    "configmaps": "/api/v1/namespaces/{namespace}/configmaps",
}


class ReadingCalls(ApiCalls):
    """A part of `KubeClient`."""

    async def named(self, plural: str, name: str, namespace: str = "") -> Raw | None:
        """One raw object by its name, None when there is none."""
        return await self._get(plural, f"{_WHERE[plural].format(namespace=namespace)}/{name}")
