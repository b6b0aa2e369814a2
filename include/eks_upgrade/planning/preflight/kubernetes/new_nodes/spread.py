"""Pods that will not share a node, and too few new nodes for them. Pure.

Old nodes are cordoned, and stay until all are empty. For a spread constraint they still count as
places, empty ones in the end (`nodeTaintsPolicy` is `Ignore` unless it is set), so that no new node
may take more than `maxSkew` pods although the old ones take none.
"""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.pod_facts.needs import Apart
from include.eks_upgrade.kube.volumes import ZONE_KEYS
from include.eks_upgrade.planning.packing.model import Why
from include.eks_upgrade.planning.packing.pack import pack
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.stage import stage_of
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.new_nodes import HOSTNAME
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each workload of which some pods may stand nowhere, whatever the room."""
    surveyed = moving_pods(seen)
    if surveyed is not None:
        yield from capped_findings(_found(seen, surveyed), "workloads")


def _found(seen: Seen, surveyed: Surveyed) -> Iterator[Finding]:
    stage = stage_of(seen, surveyed)
    found = pack(stage.items, stage.bins, stage.present)
    all_of = by_key((one.pod.family, one) for one in stage.moving)
    left = by_key((stage.moving[at].pod.family, (at, one)) for at, one in found.left.items())
    for family, some in left.items():
        _, first = some[0]
        if first.rule is None or not stage.items[some[0][0]].bins:
            continue  # its ports keep it away, or nothing at all would take it
        pods = all_of[family]
        told = _apart if first.why is Why.APART else _spread
        yield told(family, first.rule, pods, len(pods) - len(some), surveyed)


def _apart(
    family: str, rule: Apart, pods: Sequence[SurveyedPod], room: int, surveyed: Surveyed
) -> Finding:
    one = pods[0]
    whose = (
        f"its anti-affinity allows one pod {_on(rule)} ({rule.topology})"
        if rule.covers(one.pod.namespace, one.pod.labels)
        else f"anti-affinity keeps it from other pods {_on(rule)} ({rule.topology})"
    )
    what = (
        f"{whose}, {len(pods)} of its pods move from {surveyed.places(pods)}, and"
        f" {_places(rule, room)} may take one: the others find no node"
    )
    remedy = (
        "give the new group more nodes (extra_nodes, or its desired size)"
        if rule.topology == HOSTNAME
        else "run fewer of them, or ask for less: preferred anti-affinity, or another topologyKey"
    )
    return Finding(Severity.WARNS, family, what, remedy)


def _spread(
    family: str, rule: Apart, pods: Sequence[SurveyedPod], room: int, surveyed: Surveyed
) -> Finding:
    constraint = f"(maxSkew {rule.most}, DoNotSchedule)"
    counts = (
        f"its spread constraint over nodes {constraint} counts the old nodes, too, which stand"
        " empty until the drain has ended"
        if rule.topology == HOSTNAME
        else f"its spread constraint over {rule.topology} {constraint} counts places that may take"
        " none of them, such as those where only old nodes are"
    )
    what = (
        f"{counts}: there is room for {room} of its {len(pods)} pods that move from"
        f" {surveyed.places(pods)}, and the others wait without a node"
    )
    remedy = (
        "set nodeTaintsPolicy: Honor in its topologySpreadConstraints, which leaves cordoned nodes"
        " out; or raise maxSkew, or give the new group more nodes (extra_nodes)"
    )
    return Finding(Severity.WARNS, family, what, remedy)


def _on(rule: Apart) -> str:
    return f"{'on' if rule.topology == HOSTNAME else 'in'} a {_word(rule)}"


def _places(rule: Apart, number: int) -> str:
    return f"no {_word(rule)}" if number <= 0 else counted(number, _word(rule))


def _word(rule: Apart) -> str:
    if rule.topology == HOSTNAME:
        return "node"
    return "zone" if rule.topology in ZONE_KEYS else "place"


CHECK = Check(
    "spread",
    "Are there enough new nodes for pods that will not share one?",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/ and"
    " https://github.com/kubernetes/kubernetes/issues/106127",
    judge,
)
