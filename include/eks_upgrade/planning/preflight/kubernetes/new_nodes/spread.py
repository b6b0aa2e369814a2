"""Pods that will not share a node, and too few new nodes for them. Pure.

Old nodes are cordoned, and stay until all are empty. For a spread constraint they still count as
places, empty ones in the end (`nodeTaintsPolicy` is `Ignore` unless it is set), so that no new node
may take more than `maxSkew` pods although the old ones take none.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.pod_facts.needs import Apart
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.places import (
    HOSTNAME,
    Places,
    places_of,
)
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each workload that wants more nodes than there will be."""
    surveyed = moving_pods(seen)
    if surveyed is not None:
        found = _found(surveyed, places_of(seen, surveyed))
        yield from capped_findings(found, "workloads")


def _found(surveyed: Surveyed, places: Places) -> Iterator[Finding]:
    others = _others(surveyed)
    for family, pods in by_key((one.pod.family, one) for one in surveyed.moving).items():
        first = pods[0]
        if not family or first.pod.finished:
            continue
        for term in first.needs.apart:
            if _on_nodes(term, first):
                room = _room(term, pods, others, places, 1)
                yield from _apart(family, pods, room, surveyed)
        for term in first.needs.spread:
            if _on_nodes(term, first) and not term.honours_taints:
                room = _room(term, pods, others, places, term.most)
                yield from _spread(family, term, pods, room, surveyed)


def _on_nodes(term: Apart, one: SurveyedPod) -> bool:
    """Whether it keeps the workload's own pods off one another's nodes."""
    return term.topology == HOSTNAME and term.covers(one.pod.namespace, one.pod.labels)


_Others = Mapping[str, Sequence[Pod]]


def _others(surveyed: Surveyed) -> _Others:
    """The pods on other nodes by namespace: terms are about one, and there may be many pods."""
    return by_key(
        (pod.namespace, pod)
        for pod in surveyed.facts.elsewhere
        if pod.node and not pod.finished and not pod.terminating
    )


def _room(
    term: Apart, pods: Sequence[SurveyedPod], others: _Others, places: Places, each: int
) -> int:
    """How many of them the new nodes take, and those that stay beside what they have."""
    placement = pods[0].placement
    there = Counter(
        pod.node
        for namespace in (others if term.namespaces is None else term.namespaces)
        for pod in others.get(namespace, ())
        if term.covers(pod.namespace, pod.labels)
    )
    staying = places.staying_for(placement)
    return each * places.new_for(placement) + sum(
        max(0, each - there[node.name]) for node in staying
    )


def _apart(
    family: str, pods: Sequence[SurveyedPod], room: int, surveyed: Surveyed
) -> Iterator[Finding]:
    if room >= len(pods):
        return
    what = (
        f"its anti-affinity allows one pod on a node ({HOSTNAME}), {len(pods)} of its pods move"
        f" from {surveyed.places(pods)}, and {_nodes(room)} may take one: the others find no node"
    )
    remedy = "give the new group more nodes (extra_nodes, or its desired size)"
    yield Finding(Severity.WARNS, family, what, remedy)


def _spread(
    family: str, term: Apart, pods: Sequence[SurveyedPod], room: int, surveyed: Surveyed
) -> Iterator[Finding]:
    if room >= len(pods):
        return
    what = (
        f"its spread constraint over nodes (maxSkew {term.most}, DoNotSchedule) counts the old"
        f" nodes, too, which stand empty until the drain has ended: there is room for {room} of its"
        f" {len(pods)} pods that move from {surveyed.places(pods)}, and the others wait without a"
        " node"
    )
    remedy = (
        "set nodeTaintsPolicy: Honor in its topologySpreadConstraints, which leaves cordoned nodes"
        " out; or raise maxSkew, or give the new group more nodes (extra_nodes)"
    )
    yield Finding(Severity.WARNS, family, what, remedy)


def _nodes(number: int) -> str:
    return "no node" if number <= 0 else counted(number, "node")


CHECK = Check(
    "spread",
    "Are there enough new nodes for pods that will not share one?",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/ and"
    " https://github.com/kubernetes/kubernetes/issues/106127",
    judge,
)
