"""Reading the cluster's own parts among its workloads. Changes nothing."""

from functools import partial

from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.readings.components import Component, components_of


async def read_components(kube: KubeClient) -> tuple[Component, ...]:
    """Those of all namespaces, by their names; other workloads are not kept."""
    found: list[Component] = []
    for plural, kind in (("deployments", "Deployment"), ("daemonsets", "DaemonSet")):
        for parts in await kube.objects(plural, partial(components_of, kind)):
            found += parts
    return tuple(sorted(found, key=str))
