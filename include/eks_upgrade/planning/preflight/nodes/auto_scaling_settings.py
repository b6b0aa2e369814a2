"""Settings of the old Auto Scaling groups that new ones do not get."""

from collections.abc import Iterator

from include.eks_upgrade.nodes.managed.asg_settings import left_out
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    surge = seen.surge
    for name in seen.rolled:
        asg, extras = seen.facts.asgs.get(name), surge.asg_extras.get(name)
        left = list(left_out(asg, extras)) if asg is not None and extras is not None else []
        if asg is not None and left:
            yield _finding(name, str(asg["AutoScalingGroupName"]), left)


def _finding(name: str, asg: str, left: list[tuple[str, list[str]]]) -> Finding:
    kinds = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in left)
    return Finding(
        Severity.WARNS,
        f"node group {name}",
        f"these of its Auto Scaling group {asg} are not copied: {kinds}",
        "set them on the new group after the run, where they are still wanted",
    )


CHECK = Check(
    "auto_scaling_settings",
    "Do the old Auto Scaling groups have settings that new ones do not get?",
    "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html",
    _judge,
)
