"""Pods that take a port of their node, and too few new nodes for them. Pure."""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.counting import agreeing
from include.eks_upgrade.common.grouping import by_key, pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.pod_facts.needs import HostPort
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.growth import may_add_nodes
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.places import Places, places_of
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each port that more pods want than there will be nodes."""
    surveyed = moving_pods(seen)
    if surveyed is None:
        return
    places = places_of(seen, surveyed)
    wanted = by_key(
        (port, one)
        for one in surveyed.moving
        if not one.pod.finished and one.pod.owner is not None and not one.pod.mirror
        for port in one.needs.host_ports
    )
    found = (
        _finding(port, pods, room, surveyed, seen)
        for port, pods in wanted.items()
        if (room := _room(pods, places)) < len(pods)
    )
    yield from capped_findings(found, "ports")


def _room(pods: Sequence[SurveyedPod], places: Places) -> int:
    """Nodes for these pods: where they ask for different ones, as many as the least choosy has."""
    return max(
        places.new_for(one.placement) + len(places.staying_for(one.placement)) for one in pods
    )


def _finding(
    port: HostPort, pods: Sequence[SurveyedPod], room: int, surveyed: Surveyed, seen: Seen
) -> Finding:
    named = first_few(pod_groups(surveyed.named(pods)))
    short = len(pods) - room
    what = (
        f"{named} take it on their nodes, of which each has it once; there will be {room} for them,"
        f" and {short} of these pods {agreeing(short, 'finds', 'find')} none"
    )
    remedy = "give the new group more nodes (extra_nodes), or do without hostPort"
    severity = Severity.WARNS if may_add_nodes(seen) else Severity.BLOCKS
    return Finding(severity, f"host port {port}", what, remedy)


CHECK = Check(
    "host_ports",
    "Are there enough new nodes for pods that take a port of their node?",
    "https://kubernetes.io/docs/concepts/configuration/overview/#services",
    judge,
)
