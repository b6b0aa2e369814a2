"""What a drain writes on a node before it goes past a budget, so that a killed one hides nothing.

The process in which a drain runs can be killed after a pod was deleted past its budget and before
anybody knew; whoever begins again finds the pod gone. So the node of the pod carries, from before
that, which budgets were passed and how: the annotation `objects.BUDGETS_PASSED`,
`{"shop/web": ["DELETED"]}`. It goes with the node, with our cordon, and with the next one.
"""

import json
from collections.abc import Collection, Iterable
from typing import Final

from include.eks_upgrade.drain.ledger import Fate
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node, Pod

PAST_BUDGETS: Final = (Fate.RESTARTED, Fate.DELETED)
"""The ways of leaving that no budget has a say in."""


async def note_passed_budgets(
    client: KubeClient, pod: Pod, budgets: Collection[str], fate: Fate
) -> None:
    """Write on the pod's node that its budgets are about to be passed in this way.

    Raises:
        Unreachable: it is not known to be written, so the pod must wait.
    """
    if budgets:
        await client.note_passed(pod.node, lambda text: with_passed(text, budgets, fate))


def with_passed(text: str, budgets: Iterable[str], fate: Fate) -> str:
    """The annotation with these budgets in it; the same text when nothing is new."""
    known = read_annotation(text)
    for name in budgets:
        known.setdefault(name, set()).add(fate)
    return json.dumps(
        {name: sorted(fate.name for fate in fates) for name, fates in sorted(known.items())}
    )


def passed_on(nodes: Iterable[Node]) -> dict[str, set[Fate]]:
    """What earlier tries of this drain have passed: budget (`namespace/name`) -> in which ways.

    A node that is not cordoned yet speaks of an earlier drain, if of any.
    """
    found: dict[str, set[Fate]] = {}
    for node in (node for node in nodes if node.unschedulable):
        for name, fates in read_annotation(node.budgets_passed).items():
            found.setdefault(name, set()).update(fates)
    return found


def read_annotation(text: str) -> dict[str, set[Fate]]:
    """An annotation; what cannot be read (people may write there, too) says nothing."""
    names = {fate.name: fate for fate in PAST_BUDGETS}
    try:
        plain = json.loads(text or "{}")
        return {str(k): {names[each] for each in v if each in names} for k, v in plain.items()}
    except (ValueError, AttributeError, TypeError):
        return {}
