"""What a pod takes of its node, and which other pods it will not stand beside. Pure.

https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.label_selector import selects
from include.eks_upgrade.kube.quantity import quantities

EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - a word of pods that is read
"""Words for all addresses of a node."""

_SLEEP = re.compile(r"(?:^|[;&|\s/])sleep\s+(\d+(?:\.\d+)?)\b")


@dataclass(frozen=True, slots=True)
class HostPort:
    """A port of the node itself; two pods with the same one cannot be on one node.

    `address`: the one that it listens at; empty: all of the node's.
    """

    port: int
    protocol: str = "TCP"
    address: str = ""

    def __str__(self) -> str:
        at = f" at {self.address}" if self.address else ""
        return f"{self.port}/{self.protocol}{at}"


@dataclass(frozen=True, slots=True)
class Apart:
    """Other pods that this one will not share a place with, or of which it wants few there.

    Attributes:
        topology: the label of nodes that says what a place is.
        selector: which pods; None selects none.
        namespaces: in which; None: in all.
        most: how many more than in the emptiest place there may be; 0 where there may be none.
        honours_taints: places whose nodes are cordoned do not count.
    """

    topology: str
    selector: Raw | None
    namespaces: frozenset[str] | None
    most: int = 0
    honours_taints: bool = False

    def covers(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Whether a pod is one of those."""
        if self.selector is None:
            return False
        known = self.namespaces is None or namespace in self.namespaces
        return known and selects(self.selector, labels)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a pod needs of its node, beside labels and taints.

    Attributes:
        requests, limits: by resource (cores, bytes, pieces), as the scheduler and quotas count.
        host_ports: ports of the node.
        apart: its required anti-affinity.
        spread: its topology spread constraints that keep it from a node (`DoNotSchedule`).
        sleeps: seconds for which a preStop hook certainly waits, where it says so.
        pre_stop: it has a preStop hook at all.
    """

    requests: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    host_ports: tuple[HostPort, ...] = ()
    apart: tuple[Apart, ...] = ()
    spread: tuple[Apart, ...] = ()
    sleeps: float = 0.0
    pre_stop: bool = False

    @classmethod
    def from_raw(cls, meta: Raw, spec: Raw) -> "Needs":
        """Read a pod from the API's JSON."""
        containers = spec.get("containers") or ()
        hooks = [(each.get("lifecycle") or {}).get("preStop") for each in containers]
        return cls(
            requests=_effective(spec, "requests"),
            limits=_effective(spec, "limits"),
            host_ports=tuple(dict.fromkeys(_host_ports(containers))),
            apart=tuple(_anti_affinity(meta, spec)),
            spread=tuple(_spread(meta, spec)),
            sleeps=max((_sleeps(hook) for hook in hooks if hook), default=0.0),
            pre_stop=any(hooks),
        )


NOTHING = Needs()


def _effective(spec: Raw, kind: str) -> dict[str, float]:
    """What counts of a pod: its containers together, or an init container that needs more."""
    running = _total(_amounts(each, kind) for each in spec.get("containers") or ())
    before: dict[str, float] = {}
    most: dict[str, float] = {}
    for each in spec.get("initContainers") or ():
        own = _amounts(each, kind)
        if each.get("restartPolicy") == "Always":  # a sidecar stays, beside what comes after it
            before = _total((before, own))
            continue
        most = _greater(most, _total((before, own)))
    needed = _greater(_total((running, before)), most) | _amounts(spec, kind)
    return _total((needed, quantities(spec.get("overhead")))) if needed else {}


def _amounts(of: Raw, kind: str) -> dict[str, float]:
    return quantities((of.get("resources") or {}).get(kind))


def _total(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in parts:
        for name, amount in part.items():
            found[name] = found.get(name, 0.0) + amount
    return found


def _greater(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: max(one.get(name, 0.0), other.get(name, 0.0)) for name in {**one, **other}}


def _host_ports(containers: Iterable[Raw]) -> Iterator[HostPort]:
    for container in containers:
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                address = str(port.get("hostIP") or "")
                yield HostPort(
                    int(port["hostPort"]),
                    port.get("protocol") or "TCP",
                    "" if address in EVERYWHERE else address,
                )


def _anti_affinity(meta: Raw, spec: Raw) -> Iterator[Apart]:
    affinity = (spec.get("affinity") or {}).get("podAntiAffinity") or {}
    for term in affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ():
        named = term.get("namespaces") or ()
        # A selector of namespaces needs their labels; an empty one means all of them.
        anywhere = term.get("namespaceSelector") is not None and not named
        spaces = None if anywhere else frozenset(named or (meta["namespace"],))
        yield Apart(term.get("topologyKey", ""), term.get("labelSelector"), spaces)


def _spread(meta: Raw, spec: Raw) -> Iterator[Apart]:
    labels = meta.get("labels") or {}
    for each in spec.get("topologySpreadConstraints") or ():
        if each.get("whenUnsatisfiable", "DoNotSchedule") != "DoNotSchedule":
            continue
        yield Apart(
            each.get("topologyKey", ""),
            _with_own(each.get("labelSelector"), each.get("matchLabelKeys") or (), labels),
            frozenset({meta["namespace"]}),
            most=int(each.get("maxSkew") or 1),
            honours_taints=each.get("nodeTaintsPolicy") == "Honor",
        )


def _with_own(selector: Raw | None, keys: Iterable[str], labels: Mapping[str, str]) -> Raw | None:
    """A selector that asks for the pod's own values of these labels as well."""
    own = {key: labels[key] for key in keys if key in labels}
    if selector is None or not own:
        return selector
    return {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), **own}}


def _sleeps(hook: Raw) -> float:
    """How long a hook waits: its `sleep`, or the one command `sleep 30` in it."""
    if hook.get("sleep"):
        return float(hook["sleep"].get("seconds") or 0)
    command = " ".join(map(str, (hook.get("exec") or {}).get("command") or ()))
    return max((float(found) for found in _SLEEP.findall(command)), default=0.0)
