"""Waiting until load balancers have let go of the old nodes, before these are deleted.

The drain labels each node when it is empty (`drain.exclusion`). A load balancer then stops sending
new connections there, but those it has already go on for its deregistration delay; so the group is
deleted only so many seconds after the last of its nodes was labelled. The time stands on the node:
whoever looks again neither waits twice nor skips it.
"""

from collections.abc import Sequence

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.outcome import Done, NotYet
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node


def seconds_left(nodes: Sequence[Node], seconds: float, now: float) -> float:
    """How long the deletion of these nodes still has to wait.

    A node that somebody else took out of the load balancers is waited for no more: nobody knows
    since when. One that is in them still does not count; it is to be taken out first.

    Args:
        nodes: of the old group.
        seconds: for how long each must have been out of the load balancers.
        now: epoch seconds.
    """
    ours = (node for node in nodes if node.excluded and node.excluded_by)
    # A node whose time is unreadable is labelled anew; one from the future (another machine's
    # clock) is waited for like one of now.
    since = [min(node.excluded_at, now) for node in ours if node.excluded_at is not None]
    return max(0.0, max(since) + seconds - now) if since else 0.0


def load_balancers_outcome(nodes: Sequence[Node], seconds: float, now: float) -> Done | NotYet:
    """Whether the wait is over; arguments as for `seconds_left`."""
    left = seconds_left(nodes, seconds, now)
    if left > 0:
        return NotYet(
            f"{len(nodes)} nodes are out of the load balancers; {left:.0f} of {seconds:g} seconds"
            " are left until connections through the last of them have ended"
        )
    return Done(f"{len(nodes)} nodes have been out of the load balancers for {seconds:g} seconds")


async def take_out_of_load_balancers(
    client: KubeClient, node_group: str, *, mark: str, now: float
) -> tuple[list[Node], list[str]]:
    """Label the nodes of a group that are not labelled yet: one may have joined since the drain.

    Args:
        client: the cluster, opened.
        node_group: the old group.
        mark: who labels them.
        now: epoch seconds.

    Returns:
        The nodes as they are now, and the names of those that were labelled.
    """
    nodes = await client.nodes(node_group)
    labelled = [n.name for n in nodes if await client.exclude(n.name, mark, now, seen=n)]
    return (await client.nodes(node_group) if labelled else nodes), labelled


def labelled_message(labelled: Sequence[str]) -> str:
    """What to say of nodes that were still in the load balancers."""
    return (
        f"{counted(len(labelled), 'node')} taken out of the load balancers: {first_few(labelled)}"
    )
