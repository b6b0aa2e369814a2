"""Reading how kube-proxy was told to work. Changes nothing."""

from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.readings.proxy_mode import (
    CONFIG_MAP,
    NAMESPACE,
    ProxyMode,
    proxy_mode,
)


async def read_proxy_mode(kube: KubeClient) -> ProxyMode:
    """By its name, so that no other ConfigMap need be readable."""
    return proxy_mode(await kube.named("configmaps", CONFIG_MAP, NAMESPACE))
