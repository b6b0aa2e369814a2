"""What the checks of Kubernetes see: the small cluster of the survey, `workers` to be replaced."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.reading import NotRead, Reading, Readings
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.kube.pod_facts.model import PodFacts, SurveyedPod
from include.eks_upgrade.planning.preflight.check import (
    Check,
    Finding,
    Outcome,
    Severity,
    judge_all,
)
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.request import UpgradeRequest
from tests.eks_upgrade.planning.survey.small_cluster import NODES, NOW

Raw = dict[str, Any]
DENIED = NotRead("the caller may not")


def seen(
    *pods: SurveyedPod,
    readings: dict[Reading[Any], Any] | None = None,
    nodes: int = 2,
    extra_nodes: int = 0,
    target: str = "1.26",
    drain: dict[str, Any] | None = None,
    addons: dict[str, Raw] | None = None,
    groups: tuple[str, ...] = ("workers",),
    **facts: Any,
) -> Seen:
    """What is seen of a cluster at 1.25.

    Args:
        pods: on nodes of `workers`.
        readings: what was read for checks.
        nodes: how many nodes `workers` wants.
        extra_nodes, target, drain: of the request.
        addons: of EKS.
        groups: those to be replaced.
        facts: further fields of `PodFacts`.
    """
    group = {
        "nodegroupName": "workers",
        "version": "1.25",
        "status": "ACTIVE",
        "subnets": ["subnet-a", "subnet-b"],
        "labels": {"team": "shop"},
        "scalingConfig": {"minSize": 0, "maxSize": 9, "desiredSize": nodes},
    }
    return Seen(
        request=replace(
            UpgradeRequest(cluster="demo"),
            node_groups=groups,
            extra_nodes=extra_nodes,
            drain=replace(DEFAULTS, **(drain or {})),
        ),
        target=Minor.parse(target),
        facts=ClusterFacts(
            cluster={"name": "demo", "version": "1.25", "status": "ACTIVE"},
            node_groups={"workers": group} if groups else {},
            addons=addons or {},
        ),
        pods=replace(PodFacts(read_at=NOW, nodes=NODES, pods=pods), **facts),
        readings=Readings({one.name: value for one, value in (readings or {}).items()}),
        moment=datetime.fromtimestamp(NOW, UTC),
    )


def outcome(check: Check, given: Seen) -> Outcome:
    """What comes of a check, as the preflight runs it."""
    (found,) = judge_all((check,), given).all
    return found


def findings(check: Check, given: Seen) -> tuple[Finding, ...]:
    """What a check finds; everything that it needs was read."""
    found = outcome(check, given)
    assert found.unknown == ""
    return found.findings


def severities(found: tuple[Finding, ...]) -> list[Severity]:
    """How much each of them weighs."""
    return [one.severity for one in found]
