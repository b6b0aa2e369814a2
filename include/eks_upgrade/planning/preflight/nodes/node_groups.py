"""Groups that do not exist, or cannot be replaced as they are."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.group_states import state_warnings
from include.eks_upgrade.planning.preflight.rules.groups import group_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(group_problems(seen.request, seen.target, seen.facts))
    if seen.target_refused:
        return
    for name, new in seen.new_names.items():
        yield from warning(f"node group {name}", state_warnings(name, new, seen.facts))


CHECK = Check(
    "node_groups",
    "Can each chosen node group be replaced in the state that it is in?",
    "https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html",
    _judge,
    may_be_waived=False,
)
