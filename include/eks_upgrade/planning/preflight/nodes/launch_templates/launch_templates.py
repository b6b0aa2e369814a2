"""The launch templates and user data that new groups start from."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.new_groups.images import with_image
from include.eks_upgrade.planning.preflight.rules.new_groups.launch_template import (
    template_problems,
    template_warnings,
)
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    surge, images = seen.surge, with_image(seen.images, seen.rolled)
    yield from blocking(template_problems(seen.new_names, images, seen.facts, surge))
    told = template_warnings(seen.new_names, images, seen.facts, surge)
    yield from warning("launch templates", told)


CHECK = Check(
    "launch_templates",
    "Can new groups start from the launch templates and user data of the old ones?",
    "https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html",
    _judge,
    may_be_waived=False,
)
