"""What a drain writes on a node before it goes past a budget, so that a killed one hides nothing.

The triggerer in which a drain runs can be killed after a pod was deleted past its budget and
before anybody was told; whoever begins again finds the pod gone. So the node of the pod carries,
from before the deed, which budgets were passed and how: the annotation `objects.BUDGETS_PASSED`,
`{"shop/web": ["DELETED"]}`. It goes with the node, with our cordon, and with the next one.
"""

import json
from collections.abc import Iterable
from typing import Final

from include.eks_upgrade.drain.blocked.model import Hold
from include.eks_upgrade.drain.ledger import Fate
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node

FORCED: Final = (Fate.RESTARTED, Fate.DELETED)


async def leave_trace(client: KubeClient, hold: Hold, fate: Fate) -> None:
    """Write on the pod's node that its budgets are about to be passed in this way.

    Raises:
        Unreachable: it is not known to be written, so the deed must wait.
    """
    if hold.budgets:
        await client.note_passed(hold.pod.node, lambda text: with_passed(text, hold.budgets, fate))


def with_passed(text: str, budgets: Iterable[str], fate: Fate) -> str:
    """The annotation with these budgets in it; the same text when nothing is new."""
    known = read(text)
    for name in budgets:
        known.setdefault(name, set()).add(fate)
    told = {name: sorted(fate.name for fate in fates) for name, fates in sorted(known.items())}
    return json.dumps(told)


def passed_on(nodes: Iterable[Node]) -> dict[str, set[Fate]]:
    """What earlier tries of this drain have passed: budget (`namespace/name`) -> in which ways.

    A node that is not cordoned yet tells of an earlier drain, if of any.
    """
    found: dict[str, set[Fate]] = {}
    for node in (node for node in nodes if node.unschedulable):
        for name, fates in read(node.budgets_passed).items():
            found.setdefault(name, set()).update(fates)
    return found


def read(text: str) -> dict[str, set[Fate]]:
    """An annotation; what cannot be read (people may write there, too) says nothing."""
    try:
        told = json.loads(text or "{}")
        names = {fate.name: fate for fate in FORCED}
        return {str(k): {names[each] for each in v if each in names} for k, v in told.items()}
    except (ValueError, AttributeError, TypeError):
        return {}
