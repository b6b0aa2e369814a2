"""What a pod needs of its node and what a node offers, read from the raw objects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from include.rehearsal.kube.objects.quantities import quantity
from include.rehearsal.kube.objects.selectors import LabelSelector, Requirement
from include.rehearsal.raw import Raw

_OPERATORS = {
    "In": "in",
    "NotIn": "notin",
    "Exists": "exists",
    "DoesNotExist": "!",
    "Gt": "gt",
    "Lt": "lt",
}


@dataclass(frozen=True)
class Toleration:
    """One toleration; an empty key with Exists tolerates every taint."""

    key: str
    operator: str
    value: str
    effect: str
    seconds: int | None = None

    def tolerates(self, taint: Raw) -> bool:
        """Whether the taint is tolerated (core/v1 `ToleratesTaint`)."""
        if self.effect and self.effect != taint["effect"]:
            return False
        if self.key and self.key != taint["key"]:
            return False
        return self.operator == "Exists" or self.value == (taint.get("value") or "")


@dataclass(frozen=True)
class AntiAffinity:
    """A required anti-affinity term."""

    topology: str
    selector: LabelSelector
    namespaces: frozenset[str]


@dataclass(frozen=True)
class SpreadConstraint:
    """A topologySpreadConstraint with DoNotSchedule."""

    topology: str
    selector: LabelSelector
    skew: int


Terms = tuple[tuple[LabelSelector, tuple[str, ...] | None], ...]  # labels, node names or None


@dataclass(frozen=True)
class Needs:
    """What a pod demands of its node. cpu in cores, memory in bytes.

    `affinity` and each of `volumes` are terms of which one must hold.
    """

    namespace: str
    labels: Mapping[str, str]
    cpu: float
    memory: float
    selector: LabelSelector
    affinity: Terms | None
    preferred: tuple[tuple[int, LabelSelector], ...]
    tolerations: tuple[Toleration, ...]
    anti_affinity: tuple[AntiAffinity, ...] = ()
    spread: tuple[SpreadConstraint, ...] = ()
    volumes: tuple[Terms, ...] = ()


@dataclass(frozen=True)
class NodeView:
    """What a node offers. cpu in cores, memory in bytes."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Raw, ...]
    unschedulable: bool
    cpu: float
    memory: float
    pods: int


@dataclass
class Load:
    """What the pods bound to a node ask for, and how many of each owner there are."""

    cpu: float = 0.0
    memory: float = 0.0
    pods: int = 0
    owners: dict[str, int] = field(default_factory=dict)


def _terms(expressions: Iterable[Raw]) -> LabelSelector:
    return LabelSelector(
        tuple(
            Requirement(each["key"], _OPERATORS[each["operator"]], tuple(each.get("values") or ()))
            for each in expressions
        )
    )


def _requests(spec: Raw, resource: str) -> float:
    def requested(container: Raw) -> float:
        resources = container.get("resources") or {}
        limits = resources.get("limits") or {}
        found = (resources.get("requests") or {}).get(resource, limits.get(resource, "0"))
        return quantity(str(found))

    running = sum(requested(each) for each in spec.get("containers") or ())
    return max([running, *(requested(each) for each in spec.get("initContainers") or ())])


def tolerations_of(spec: Raw) -> tuple[Toleration, ...]:
    """The tolerations of a pod spec."""
    return tuple(
        Toleration(
            each.get("key") or "",
            each.get("operator") or "Equal",
            each.get("value") or "",
            each.get("effect") or "",
            each.get("tolerationSeconds"),
        )
        for each in spec.get("tolerations") or ()
    )


def node_terms(required: Raw | None) -> Terms | None:
    """The terms of a NodeSelector, as node affinity and persistent volumes have one."""
    if not required:
        return None
    terms = []
    for each in required["nodeSelectorTerms"]:
        fields = each.get("matchFields") or ()
        names = tuple(name for one in fields for name in one["values"]) if fields else None
        terms.append((_terms(each.get("matchExpressions") or ()), names))
    return tuple(terms)


def claims_of(pod: Raw) -> list[str]:
    """The names of the claims whose volumes a raw pod mounts."""
    found = (each.get("persistentVolumeClaim") for each in pod["spec"].get("volumes") or ())
    return [claim["claimName"] for claim in found if claim]


def needs_of(pod: Raw, volumes: Iterable[Raw] = ()) -> Needs:
    """Read what a raw pod demands; `volumes`: the raw PersistentVolumes it mounts."""
    meta, spec = pod["metadata"], pod["spec"]
    namespace = meta.get("namespace") or ""
    affinity = spec.get("affinity") or {}
    node_affinity = affinity.get("nodeAffinity") or {}
    anti = affinity.get("podAntiAffinity") or {}
    wished = node_affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return Needs(
        namespace=namespace,
        labels=meta.get("labels") or {},
        cpu=_requests(spec, "cpu"),
        memory=_requests(spec, "memory"),
        selector=LabelSelector.from_object({"matchLabels": spec.get("nodeSelector") or {}}),
        affinity=node_terms(node_affinity.get("requiredDuringSchedulingIgnoredDuringExecution")),
        preferred=tuple(
            (each["weight"], _terms(each["preference"].get("matchExpressions") or ()))
            for each in wished
        ),
        tolerations=tolerations_of(spec),
        anti_affinity=tuple(
            AntiAffinity(
                each["topologyKey"],
                LabelSelector.from_object(each.get("labelSelector")),
                frozenset(each.get("namespaces") or (namespace,)),
            )
            for each in anti.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        ),
        spread=tuple(
            SpreadConstraint(
                each["topologyKey"],
                LabelSelector.from_object(each.get("labelSelector")),
                int(each["maxSkew"]),
            )
            for each in spec.get("topologySpreadConstraints") or ()
            if each.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
        ),
        volumes=tuple(
            terms
            for each in volumes
            if (terms := node_terms((each["spec"].get("nodeAffinity") or {}).get("required")))
        ),
    )


def node_view(node: Raw) -> NodeView:
    """Read what a raw node offers."""
    spec = node.get("spec") or {}
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    return NodeView(
        name=node["metadata"]["name"],
        labels=node["metadata"].get("labels") or {},
        taints=tuple(spec.get("taints") or ()),
        unschedulable=bool(spec.get("unschedulable")),
        cpu=quantity(str(allocatable.get("cpu", "0"))),
        memory=quantity(str(allocatable.get("memory", "0"))),
        pods=int(allocatable.get("pods", 110)),
    )
