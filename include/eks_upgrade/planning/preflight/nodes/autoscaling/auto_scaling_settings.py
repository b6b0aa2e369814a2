"""Settings of the old Auto Scaling groups that new ones do not get."""

from collections.abc import Iterator

from include.eks_upgrade.nodes.managed.auto_scaling.asg_settings import not_copied
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    surge = seen.surge
    for name in seen.rolled:
        asg, extras = seen.facts.asgs.get(name), surge.asg_extras.get(name)
        for sentence in not_copied(asg, extras) if asg is not None and extras is not None else ():
            yield Finding(
                Severity.WARNS,
                f"node group {name}",
                sentence,
                "set them on the new group after the run, where they are still wanted",
            )


CHECK = Check(
    "auto_scaling_settings",
    "Do the old Auto Scaling groups have settings that new ones do not get?",
    "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html",
    _judge,
)
