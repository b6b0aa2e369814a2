"""APIs that a Service in the cluster serves, such as `v1beta1.metrics.k8s.io`. Pure.

https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
"""

from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.objects import condition


@dataclass(frozen=True, slots=True)
class ApiService:
    """An APIService.

    Attributes:
        service: `kube-system/metrics-server`; empty for an API of the API server itself.
        available: its condition; None where nobody has judged it yet.
        reason, message: why it is not, in the API server's words.
    """

    name: str
    service: str = ""
    available: bool | None = None
    reason: str = ""
    message: str = ""

    @classmethod
    def from_raw(cls, raw: Raw) -> "ApiService":
        """Read an APIService."""
        service = (raw.get("spec") or {}).get("service") or {}
        found = condition(raw.get("status") or {}, "Available")
        known = {"True": True, "False": False}
        return cls(
            name=raw["metadata"]["name"],
            service=f"{service['namespace']}/{service['name']}" if service else "",
            available=known.get(found.get("status", "")),
            reason=found.get("reason", ""),
            message=found.get("message", ""),
        )


API_SERVICES: Reading[tuple[ApiService, ...]] = Reading(
    "api_services", "the APIs that Services of the cluster serve", ("list apiservices",)
)
