"""Whether a pod fits on a node, and how well: pure functions over parsed values.

The words are those kube-scheduler writes into an unschedulable pod's condition (recording
`unschedulable`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from include.rehearsal.kube.objects.selectors import LabelSelector, Requirement

CORDONED = "node(s) were unschedulable"
UNMATCHED = "node(s) didn't match Pod's node affinity/selector"
ELSEWHERE = "node(s) had volume node affinity conflict"
UNSPREAD = "node(s) didn't match pod topology spread constraints"
REPELLED = "node(s) didn't match pod anti-affinity rules"
REPELLING = "node(s) didn't satisfy existing pods anti-affinity rules"
UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"

_SUFFIXES = {
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}
_OPERATORS = {
    "In": "in",
    "NotIn": "notin",
    "Exists": "exists",
    "DoesNotExist": "!",
    "Gt": "gt",
    "Lt": "lt",
}


@lru_cache(maxsize=4096)
def quantity(text: str) -> float:
    """A Kubernetes quantity (`100m`, `1k`, `2Gi`) as a number of its unit."""
    for length in (2, 1):
        if text[-length:] in _SUFFIXES:
            return float(text[:-length]) * _SUFFIXES[text[-length:]]
    return float(text)


@dataclass(frozen=True)
class Toleration:
    """One toleration; an empty key with Exists tolerates every taint."""

    key: str
    operator: str
    value: str
    effect: str
    seconds: int | None = None

    def tolerates(self, taint: Mapping[str, Any]) -> bool:
        """Whether the taint is tolerated (core/v1 `ToleratesTaint`)."""
        if self.effect and self.effect != taint["effect"]:
            return False
        if self.key and self.key != taint["key"]:
            return False
        return self.operator == "Exists" or self.value == (taint.get("value") or "")


@dataclass(frozen=True)
class Apart:
    """A required anti-affinity term."""

    topology: str
    selector: LabelSelector
    namespaces: frozenset[str]


@dataclass(frozen=True)
class Spread:
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
    apart: tuple[Apart, ...] = ()
    spread: tuple[Spread, ...] = ()
    volumes: tuple[Terms, ...] = ()


@dataclass(frozen=True)
class Place:
    """What a node offers. cpu in cores, memory in bytes."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Mapping[str, Any], ...]
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


def _terms(expressions: Iterable[Mapping[str, Any]]) -> LabelSelector:
    return LabelSelector(
        tuple(
            Requirement(each["key"], _OPERATORS[each["operator"]], tuple(each.get("values") or ()))
            for each in expressions
        )
    )


def _requests(spec: Mapping[str, Any], resource: str) -> float:
    def asked(container: Mapping[str, Any]) -> float:
        resources = container.get("resources") or {}
        limits = resources.get("limits") or {}
        found = (resources.get("requests") or {}).get(resource, limits.get(resource, "0"))
        return quantity(str(found))

    running = sum(asked(each) for each in spec.get("containers") or ())
    return max([running, *(asked(each) for each in spec.get("initContainers") or ())])


def tolerations_of(spec: Mapping[str, Any]) -> tuple[Toleration, ...]:
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


def node_terms(required: Mapping[str, Any] | None) -> Terms | None:
    """The terms of a NodeSelector, as node affinity and persistent volumes have one."""
    if not required:
        return None
    terms = []
    for each in required["nodeSelectorTerms"]:
        fields = each.get("matchFields") or ()
        names = tuple(name for one in fields for name in one["values"]) if fields else None
        terms.append((_terms(each.get("matchExpressions") or ()), names))
    return tuple(terms)


def claims_of(pod: Mapping[str, Any]) -> list[str]:
    """The names of the claims whose volumes a raw pod mounts."""
    found = (each.get("persistentVolumeClaim") for each in pod["spec"].get("volumes") or ())
    return [claim["claimName"] for claim in found if claim]


def needs_of(pod: Mapping[str, Any], volumes: Iterable[Mapping[str, Any]] = ()) -> Needs:
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
        apart=tuple(
            Apart(
                each["topologyKey"],
                LabelSelector.from_object(each.get("labelSelector")),
                frozenset(each.get("namespaces") or (namespace,)),
            )
            for each in anti.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        ),
        spread=tuple(
            Spread(
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


def place_of(node: Mapping[str, Any]) -> Place:
    """Read what a raw node offers."""
    spec = node.get("spec") or {}
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    return Place(
        name=node["metadata"]["name"],
        labels=node["metadata"].get("labels") or {},
        taints=tuple(spec.get("taints") or ()),
        unschedulable=bool(spec.get("unschedulable")),
        cpu=quantity(str(allocatable.get("cpu", "0"))),
        memory=quantity(str(allocatable.get("memory", "0"))),
        pods=int(allocatable.get("pods", 110)),
    )


def untolerated(
    place: Place, tolerations: Sequence[Toleration], effects: Sequence[str]
) -> Mapping[str, Any] | None:
    """The first taint of these effects that nothing tolerates, or None."""
    for taint in place.taints:
        if taint["effect"] in effects and not any(each.tolerates(taint) for each in tolerations):
            return taint
    return None


def chosen_by(needs: Needs, place: Place) -> bool:
    """Whether the pod's nodeSelector and required node affinity allow the node."""
    if not needs.selector.matches(place.labels):
        return False
    if needs.affinity is None:
        return True
    return _any_holds(needs.affinity, place)


def _any_holds(terms: Terms, place: Place) -> bool:
    return any(
        labels.matches(place.labels) and (names is None or place.name in names)
        for labels, names in terms
    )


def why_not(needs: Needs, place: Place, load: Load) -> str | None:
    """The scheduler's word for why the pod does not fit on the node, None when it does.

    Looks at the node alone; spreading and anti-affinity look at the other nodes too, see the
    scheduler.
    """
    cordon = {"key": UNSCHEDULABLE_TAINT, "effect": "NoSchedule"}
    if place.unschedulable and not any(each.tolerates(cordon) for each in needs.tolerations):
        return CORDONED
    taint = untolerated(place, needs.tolerations, ("NoSchedule", "NoExecute"))
    if taint is not None:
        return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value') or ''}}}"
    if not chosen_by(needs, place):
        return UNMATCHED
    lacking = _lacking(needs, place, load)
    if lacking is None and not all(_any_holds(terms, place) for terms in needs.volumes):
        return ELSEWHERE
    return lacking


def _lacking(needs: Needs, place: Place, load: Load) -> str | None:
    """The resource of which the node has too little left."""
    if load.pods + 1 > place.pods:
        return "Too many pods"
    if needs.cpu and load.cpu + needs.cpu > place.cpu + 1e-9:
        return "Insufficient cpu"
    if needs.memory and load.memory + needs.memory > place.memory:
        return "Insufficient memory"
    return None


def could_preempt(reason: str, needs: Needs, place: Place) -> bool:
    """Whether removing other pods could help: not when the node itself is the obstacle."""
    if reason == "Insufficient cpu":
        return needs.cpu <= place.cpu
    if reason == "Insufficient memory":
        return needs.memory <= place.memory
    return reason in ("Too many pods", UNSPREAD, REPELLED, REPELLING)


def rank(needs: Needs, place: Place, load: Load, owner: str) -> tuple[float, ...]:
    """How good a fitting node is; smaller is better.

    Preferred affinity, soft taints, fewer pods of the same owner, then the least loaded.
    """
    wished = sum(weight for weight, labels in needs.preferred if labels.matches(place.labels))
    soft = sum(
        1
        for taint in place.taints
        if taint["effect"] == "PreferNoSchedule"
        and not any(each.tolerates(taint) for each in needs.tolerations)
    )
    used = load.cpu / place.cpu if place.cpu else 0.0
    full = load.pods / place.pods if place.pods else 1.0
    return (-wished, soft, load.owners.get(owner, 0), round(used + full, 6))


def unschedulable_message(reasons: Mapping[str, int], total: int, helpless: int) -> str:
    """The sentence of the condition PodScheduled=False.

    Args:
        reasons: how many nodes were refused, by the scheduler's word.
        total: how many nodes there are.
        helpless: on how many of them preemption cannot help.
    """
    if total == 0:
        return "no nodes available to schedule pods"
    words = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    parts = []
    if total - helpless:
        parts.append(f"{total - helpless} No preemption victims found for incoming pod")
    if helpless:
        parts.append(f"{helpless} Preemption is not helpful for scheduling")
    preemption = ", ".join(sorted(parts))
    return (
        f"0/{total} nodes are available: {words}. no new claims to deallocate, "
        f"preemption: 0/{total} nodes are available: {preemption}."
    )
