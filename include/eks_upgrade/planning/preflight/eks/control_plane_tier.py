"""What provisioned capacity the control plane has, and whether the target offers it. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.offered import offered
from include.eks_upgrade.planning.preflight.rules.target import control_plane_needed
from include.eks_upgrade.planning.preflight.seen import Seen

STANDARD = "standard"


def _judge(seen: Seen) -> Iterator[Finding]:
    tier = (seen.facts.cluster.get("controlPlaneScalingConfig") or {}).get("tier") or STANDARD
    if tier == STANDARD:
        return
    subject = f"control plane tier {tier}"
    yield Finding(
        Severity.INFORMS,
        subject,
        "the control plane is a provisioned one, which is paid for beside the cluster; the update "
        "leaves its tier as it is",
        "nothing is to be done",
    )
    if not control_plane_needed(seen.target, seen.facts):
        return
    tiers = [
        str(one.get("tierName"))
        for one in offered(seen.facts, seen.target).get("controlPlaneScalingTiers") or ()
    ]
    if tiers and tier not in tiers:
        yield Finding(
            Severity.WARNS,
            subject,
            f"for {seen.target} EKS lists only {', '.join(tiers)}",
            "put the cluster into one of these tiers before its version is updated",
        )


CHECK = Check(
    "control_plane_tier",
    "Is the control plane a provisioned one, and does the target offer its tier?",
    "controlPlaneScalingTiers of "
    "https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterVersionInformation.html",
    _judge,
)
