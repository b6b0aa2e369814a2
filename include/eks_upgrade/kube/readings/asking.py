"""Asking a cluster for what the checks of the preflight judge."""

import asyncio
from collections.abc import Collection
from functools import partial

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.readings.api.api_services import ApiService
from include.eks_upgrade.kube.readings.api.conversions import Conversion, Conversions
from include.eks_upgrade.kube.readings.api.services import SERVICE_LABEL, Backend, ServiceName
from include.eks_upgrade.kube.readings.api.webhooks import Webhook, Webhooks, services_of
from include.eks_upgrade.kube.readings.attachments import Attachment, VolumeLimit
from include.eks_upgrade.kube.readings.autoscalers import Autoscaler
from include.eks_upgrade.kube.readings.cron_jobs import CronJob
from include.eks_upgrade.kube.readings.kube_proxy import NAME, NAMESPACE, KubeProxy
from include.eks_upgrade.kube.readings.nodes.node_rooms import NodeRoom
from include.eks_upgrade.kube.readings.quotas import Quota

FEW = {"limit": "10"}
"""Per page, for definitions of custom resources: each carries its whole schema, up to a megabyte.
"""

_HOOKS = {
    "validatingwebhookconfigurations": "ValidatingWebhookConfiguration",
    "mutatingwebhookconfigurations": "MutatingWebhookConfiguration",
}


async def read_webhooks(client: KubeClient) -> Webhooks:
    """All admission webhooks, and the addresses behind them."""
    spaces = await client.objects("namespaces", _named_labels)
    hooks = await asyncio.gather(
        *(client.objects(plural, partial(_hooks_of, kind)) for plural, kind in _HOOKS.items())
    )
    found = tuple(one for listed in hooks for some in listed for one in some)
    return Webhooks(found, await _backends(client, services_of(found)), dict(spaces))


async def read_conversions(client: KubeClient) -> Conversions:
    """All conversion webhooks of custom resources, and the addresses behind them."""
    definitions = await client.objects("customresourcedefinitions", Conversion.from_raw, FEW)
    found = tuple(one for one in definitions if one is not None)
    services = sorted({one.service for one in found if one.service is not None})
    return Conversions(found, await _backends(client, services))


async def read_api_services(client: KubeClient) -> tuple[ApiService, ...]:
    """All APIServices."""
    return tuple(await client.objects("apiservices", ApiService.from_raw))


async def read_attachments(client: KubeClient) -> tuple[Attachment, ...]:
    """All VolumeAttachments."""
    return tuple(await client.objects("volumeattachments", Attachment.from_raw))


async def read_volume_limits(client: KubeClient) -> tuple[VolumeLimit, ...]:
    """All CSINodes."""
    return tuple(await client.objects("csinodes", VolumeLimit.from_raw))


async def read_node_rooms(client: KubeClient) -> tuple[NodeRoom, ...]:
    """What all nodes have to give."""
    return tuple(await client.objects("nodes", NodeRoom.from_raw))


async def read_autoscalers(client: KubeClient) -> tuple[Autoscaler, ...]:
    """All HorizontalPodAutoscalers."""
    return tuple(await client.objects("horizontalpodautoscalers", Autoscaler.from_raw))


async def read_quotas(client: KubeClient) -> tuple[Quota, ...]:
    """All ResourceQuotas."""
    return tuple(await client.objects("resourcequotas", Quota.from_raw))


async def read_cron_jobs(client: KubeClient) -> tuple[CronJob, ...]:
    """All CronJobs."""
    return tuple(await client.objects("cronjobs", CronJob.from_raw))


async def read_kube_proxy(client: KubeClient) -> KubeProxy:
    """The DaemonSet kube-proxy, where there is one."""
    found = await client.listed("daemonsets", NAMESPACE, name=NAME)
    return KubeProxy.from_raw(found[0] if found else None)


async def _backends(
    client: KubeClient, services: Collection[ServiceName]
) -> dict[ServiceName, Backend]:
    async def backend(service: ServiceName) -> Backend:
        selector = f"{SERVICE_LABEL}={service.name}"
        slices = await client.listed("endpointslices", service.namespace, selector=selector)
        return Backend.from_slices(slices)

    found = await asyncio.gather(*map(backend, services))
    return dict(zip(services, found, strict=True))


def _hooks_of(kind: str, raw: Raw) -> tuple[Webhook, ...]:
    return tuple(Webhook.all_from_raw(kind, raw))


def _named_labels(raw: Raw) -> tuple[str, dict[str, str]]:
    return raw["metadata"]["name"], dict(raw["metadata"].get("labels") or {})
