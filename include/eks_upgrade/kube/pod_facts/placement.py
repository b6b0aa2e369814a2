"""Which nodes a pod or a volume may be on: selector, required node affinity, tolerations.

The rules are the scheduler's own (k8s.io/component-helpers/scheduling/corev1/nodeaffinity):
https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/. What is only preferred
keeps no pod back and is not read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.selectors import Requirement

_OPERATORS = {
    "In": "in",
    "NotIn": "notin",
    "Exists": "exists",
    "DoesNotExist": "absent",
    "Gt": ">",
    "Lt": "<",
}

NODE_NAME = "metadata.name"
"""The one field of a node that `matchFields` knows."""

HOLDING = frozenset({"NoSchedule", "NoExecute"})
"""Effects of taints that keep a pod off a node."""


@dataclass(frozen=True, slots=True)
class NodeTerm:
    """Requirements of which all must hold: of labels, and of the node's own name.

    `empty`: it was written without any, and then selects no node at all.
    """

    labels: tuple[Requirement, ...] = ()
    names: tuple[Requirement, ...] = ()
    empty: bool = False

    def selects(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether it selects a node."""
        if self.empty:
            return False
        named = {NODE_NAME: name}
        return all(one.holds(labels) for one in self.labels) and all(
            one.holds(named) for one in self.names
        )


Terms = tuple[NodeTerm, ...]
"""Of these one must hold; of an empty tuple none does."""


@dataclass(frozen=True, slots=True)
class Toleration:
    """A toleration; without a key it tolerates every taint, without an effect every effect."""

    key: str = ""
    effect: str = ""

    def tolerates(self, key: str, effect: str) -> bool:
        """Whether a taint is tolerated. Values are not compared: in doubt it is."""
        return self.key in ("", key) and self.effect in ("", effect)


@dataclass(frozen=True, slots=True)
class Placement:
    """What a pod asks of its node.

    Attributes:
        selector: its nodeSelector; all of it must hold.
        terms: its required node affinity; None without any.
        tolerations: the taints it may live with.
    """

    selector: tuple[Requirement, ...] = ()
    terms: Terms | None = None
    tolerations: tuple[Toleration, ...] = ()

    @property
    def free(self) -> bool:
        """Whether any node will do, but for taints."""
        return not self.selector and self.terms is None

    def selects(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether selector and affinity allow a node."""
        if not all(one.holds(labels) for one in self.selector):
            return False
        return self.terms is None or any(term.selects(name, labels) for term in self.terms)

    def tolerates(self, taints: Iterable[tuple[str, str]]) -> bool:
        """Whether it may live with a node's taints, each `(key, effect)`."""
        return all(
            any(one.tolerates(key, effect) for one in self.tolerations)
            for key, effect in taints
            if effect in HOLDING
        )

    def requirements(self) -> Iterator[Requirement]:
        """All that it asks of labels and names, whichever term it stands in."""
        yield from self.selector
        for term in self.terms or ():
            yield from term.labels
            yield from term.names

    @classmethod
    def from_raw(cls, spec: Raw) -> "Placement":
        """Read the spec of a pod or of a pod template."""
        affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
        selector = spec.get("nodeSelector") or {}
        return cls(
            selector=tuple(
                Requirement(key, "in", frozenset({str(value)}))
                for key, value in sorted(selector.items())
            ),
            terms=terms_of(affinity.get("requiredDuringSchedulingIgnoredDuringExecution")),
            tolerations=tuple(
                Toleration(each.get("key") or "", each.get("effect") or "")
                for each in spec.get("tolerations") or ()
            ),
        )


ANYWHERE = Placement()
"""Asks for nothing, and tolerates no taint."""


def terms_of(required: Raw | None) -> Terms | None:
    """The terms of a NodeSelector, as pods and volumes have one; None without one."""
    if not required:
        return None
    return tuple(_term(each) for each in required.get("nodeSelectorTerms") or ())


def _term(raw: Raw) -> NodeTerm:
    expressions, fields = raw.get("matchExpressions") or (), raw.get("matchFields") or ()
    return NodeTerm(
        tuple(_requirements(expressions)),
        tuple(_requirements(fields)),
        empty=not expressions and not fields,
    )


def _requirements(expressions: Iterable[Raw]) -> Iterator[Requirement]:
    for each in expressions:
        # An operator of a later Kubernetes asks for something unknown: in doubt it holds.
        if operator := _OPERATORS.get(each.get("operator", "")):
            yield Requirement(each["key"], operator, frozenset(map(str, each.get("values") or ())))


def requirement_text(one: Requirement) -> str:
    """A requirement as people write it: `pool=blue`, `pool in (a, b)`, `!gpu`."""
    values = ", ".join(sorted(one.values))
    match one.operator:
        case "in":
            return f"{one.key}={values}" if len(one.values) == 1 else f"{one.key} in ({values})"
        case "notin":
            return f"{one.key} notin ({values})"
        case "exists":
            return one.key
        case "absent":
            return f"!{one.key}"
    return f"{one.key}{one.operator}{values}"
