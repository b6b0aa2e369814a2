"""Nodes whose machine is gone: nothing runs there any more, so nothing is waited for.

The node object stays for a while, its pods `Terminating` for as long as no kubelet says that they
have ended: minutes until AWS's cloud controller deletes the node, or for good when it does not
(https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller).
"""

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Iterable

from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.kube.objects import Node

log = logging.getLogger(__name__)

ReadEnded = Callable[[Collection[str]], Awaitable[frozenset[str]]]
"""Which of these EC2 instances are terminated."""

LOOK_SECONDS = 30.0
"""Between two questions about nodes that are not Ready."""

_INSTANCE = re.compile(r"i-[0-9a-z]+")


async def lost_among(nodes: Iterable[Node], ended: ReadEnded | None) -> tuple[Node, ...]:
    """The nodes that are not Ready and whose instance EC2 has terminated.

    None when nobody can be asked: then the pods are waited for, as on any node that is silent. A
    node that is not Ready may run its pods all the same, and they must not be given up for that.
    """
    silent = [n for n in nodes if not n.ready and _INSTANCE.fullmatch(n.instance_id)]
    if ended is None or not silent:
        return ()
    try:
        gone = await ended({node.instance_id for node in silent})
    except UpgradeError as error:
        log.info("whether silent nodes still have an instance is not known: %s", error)
        return ()
    return tuple(node for node in silent if node.instance_id in gone)


def lost_obstacle(node: Node) -> Obstacle:
    """What the report says of one."""
    what = f"node {node.name} is not Ready, and its instance {node.instance_id} is terminated"
    return Obstacle(what, "leaving it out: nothing runs there any more")
