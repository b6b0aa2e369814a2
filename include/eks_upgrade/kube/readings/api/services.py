"""What stands behind a Service that the API server itself calls. Pure.

https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw

SERVICE_LABEL = "kubernetes.io/service-name"
"""Label of an EndpointSlice: the Service that it belongs to."""


@dataclass(frozen=True, slots=True, order=True)
class ServiceName:
    """A Service."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_client_config(cls, config: Raw | None) -> "ServiceName | None":
        """The Service of a webhook's `clientConfig`, None where it is called by an address."""
        service = (config or {}).get("service")
        return cls(service["namespace"], service["name"]) if service else None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that answers.

    Attributes:
        node: where its pod runs; empty where the slice does not say.
        pod: name of its pod; empty for an address that is none.
    """

    node: str = ""
    pod: str = ""


@dataclass(frozen=True, slots=True)
class Backend:
    """The addresses behind a Service that are ready."""

    ready: tuple[Endpoint, ...] = ()

    @classmethod
    def from_slices(cls, slices: Iterable[Raw]) -> "Backend":
        """Read the EndpointSlices of one Service; one of each family of addresses, or more."""
        # A pod has an entry in a slice of each family; it is one pod all the same.
        return cls(tuple(dict.fromkeys(one for each in slices for one in _ready(each))))


def _ready(raw: Raw) -> Iterator[Endpoint]:
    for each in raw.get("endpoints") or ():
        # What is not said is to be taken as ready; a terminating one is not.
        if (each.get("conditions") or {}).get("ready") in (None, True) and each.get("addresses"):
            target = each.get("targetRef") or {}
            pod = target.get("name", "") if target.get("kind") == "Pod" else ""
            yield Endpoint(each.get("nodeName") or "", pod or each["addresses"][0])
