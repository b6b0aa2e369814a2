"""How many pods a Deployment or StatefulSet is to have, and how many of them it may miss itself.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable
https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#maximum-unavailable-pods
"""

from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw

ROLLING = "RollingUpdate"
RECREATE = "Recreate"

KINDS = {"deployments": "Deployment", "statefulsets": "StatefulSet"}
"""Kind of the objects in a list, whose items do not carry it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """A Deployment or StatefulSet, as far as it says how many of its pods there must be.

    Attributes:
        wanted: `spec.replicas`.
        strategy: `RollingUpdate`, `Recreate` or `OnDelete`.
        max_unavailable: of a rolling update, as its author wrote it (`1`, `25%`); empty when it
            says nothing.
        max_surge: the same; only Deployments have it.
        paused: a Deployment that rolls nothing out.
    """

    kind: str
    namespace: str
    name: str
    wanted: int
    strategy: str = ROLLING
    max_unavailable: str = ""
    max_surge: str = ""
    paused: bool = False

    @property
    def family(self) -> str:
        """As `Pod.family` of its pods."""
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def surges(self) -> bool:
        """Whether a rollout brings a new pod up before an old one goes."""
        return (
            self.kind == "Deployment"
            and self.strategy == ROLLING
            and scaled(self.max_surge or "25%", self.wanted, up=True) > 0
        )

    @classmethod
    def from_raw(cls, kind: str, raw: Raw) -> "Scale":
        """Read a Deployment or StatefulSet from the API's JSON."""
        meta, spec = raw["metadata"], raw.get("spec", {})
        strategy = spec.get("strategy" if kind == "Deployment" else "updateStrategy") or {}
        rolling = strategy.get("rollingUpdate") or {}
        return cls(
            kind=kind,
            namespace=meta["namespace"],
            name=meta["name"],
            wanted=spec.get("replicas", 1),
            strategy=strategy.get("type", ROLLING),
            max_unavailable=_text(rolling, "maxUnavailable"),
            max_surge=_text(rolling, "maxSurge"),
            paused=bool(spec.get("paused")),
        )


def scaled(value: str, total: int, *, up: bool) -> int:
    """A number, or a percentage of a total (`25%`), as `intstr.GetScaledValueFromIntOrPercent`.

    Raises:
        ValueError: it is neither.
    """
    if not value.endswith("%"):
        return int(value)
    hundredths = int(value.removesuffix("%")) * total
    return -(-hundredths // 100) if up else hundredths // 100


def _text(rolling: Raw, key: str) -> str:
    value = rolling.get(key)
    return "" if value is None else str(value)
