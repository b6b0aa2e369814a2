"""HorizontalPodAutoscalers: how many pods they may make, and whether they want more. Pure.

https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
"""

from collections.abc import Iterator
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.objects import condition
from include.eks_upgrade.kube.quantity import quantity


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """A HorizontalPodAutoscaler (autoscaling/v2).

    Attributes:
        target: what it scales, as `Pod.family` of its pods: `Deployment shop/web`.
        current, most: pods now, and at most.
        wants_more: its controller says that only the maximum keeps it from more.
        above: metrics that are above their targets, each as `cpu 95 % of 80 %`.
    """

    namespace: str
    name: str
    target: str = ""
    current: int = 0
    most: int = 0
    wants_more: bool = False
    above: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_raw(cls, raw: Raw) -> "Autoscaler":
        """Read a HorizontalPodAutoscaler."""
        meta, spec, status = raw["metadata"], raw.get("spec") or {}, raw.get("status") or {}
        target = spec.get("scaleTargetRef") or {}
        limited = condition(status, "ScalingLimited")
        return cls(
            meta["namespace"],
            meta["name"],
            target=f"{target.get('kind')} {meta['namespace']}/{target.get('name')}",
            current=status.get("currentReplicas") or 0,
            most=spec.get("maxReplicas") or 0,
            wants_more=(limited.get("status"), limited.get("reason"))
            == ("True", "TooManyReplicas"),
            above=tuple(_above(spec, status)),
        )


AUTOSCALERS: Reading[tuple[Autoscaler, ...]] = Reading(
    "autoscalers", "the HorizontalPodAutoscalers", ("list horizontalpodautoscalers",)
)

_PLACES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}
"""Where each type of metric keeps its own fields."""


def _above(spec: Raw, status: Raw) -> Iterator[str]:
    """Metrics above their targets; the two lists are in the same order."""
    wanted, current = spec.get("metrics") or (), status.get("currentMetrics") or ()
    for want, have in zip(wanted, current, strict=False):
        place = _PLACES.get(want.get("type", ""), "")
        if not place or have.get("type") != want.get("type"):
            continue
        target = (want.get(place) or {}).get("target") or {}
        value = (have.get(place) or {}).get("current") or {}
        for field in ("averageUtilization", "averageValue", "value"):
            limit, now = quantity(target.get(field)), quantity(value.get(field))
            if limit is not None and now is not None and now > limit:
                unit = " %" if field == "averageUtilization" else ""
                name = _metric_name(want[place])
                yield f"{name} {value[field]}{unit} of {target[field]}{unit}"


def _metric_name(of: Raw) -> str:
    return str(of.get("name") or (of.get("metric") or {}).get("name") or "a metric")
