"""Kinds of custom resources that a webhook converts from one version to another. Pure.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.readings.api.services import Backend, ServiceName


@dataclass(frozen=True, slots=True)
class Conversion:
    """A CustomResourceDefinition with a conversion webhook.

    Attributes:
        name: `certificates.cert-manager.io`.
        versions: those that are served, and those that are stored.
        service: what is called; None where that is an address (`url`).
    """

    name: str
    versions: frozenset[str] = frozenset()
    service: ServiceName | None = None

    @property
    def needed(self) -> bool:
        """Whether there is anything to convert: of a single version there is not."""
        return len(self.versions) > 1

    @classmethod
    def from_raw(cls, raw: Raw) -> "Conversion | None":
        """Read a definition; None for one that no webhook converts."""
        spec = raw.get("spec") or {}
        conversion = spec.get("conversion") or {}
        if conversion.get("strategy") != "Webhook":
            return None
        served = {each["name"] for each in spec.get("versions") or () if each.get("served")}
        stored = (raw.get("status") or {}).get("storedVersions") or ()
        config = (conversion.get("webhook") or {}).get("clientConfig")
        return cls(
            raw["metadata"]["name"],
            frozenset((*served, *stored)),
            ServiceName.from_client_config(config),
        )


@dataclass(frozen=True)
class Conversions:
    """All definitions with a conversion webhook, and what stands behind the Services they call."""

    all: tuple[Conversion, ...] = ()
    backends: Mapping[ServiceName, Backend] = field(default_factory=dict)


CONVERSIONS: Reading[Conversions] = Reading(
    "conversions",
    "the conversion webhooks of custom resources",
    ("list customresourcedefinitions", "list endpointslices"),
)
