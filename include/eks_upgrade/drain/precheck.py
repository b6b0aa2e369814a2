"""A look at every pod of the nodes before anything is evicted, and the refusals it leads to."""

import asyncio
import logging
from dataclasses import dataclass

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.event_loop import Slices
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.common.text import first_lines
from include.eks_upgrade.drain.filters import FilterResult, filter_pod
from include.eks_upgrade.drain.lost_nodes import ReadEnded, lost_among, lost_obstacle
from include.eks_upgrade.drain.obstacles import grouped, grouped_obstacles, refuse_if_any
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node

log = logging.getLogger(__name__)

MAX_LOGGED_PODS = 200
"""Refused pods that a log of level DEBUG names one by one; the refusal names them by their owners,
and a person who looks for the reason should not have to read past them."""


@dataclass(frozen=True)
class Precheck:
    """What a look at the nodes found before anything was evicted.

    Attributes:
        lost: nodes without a machine, which are not among `nodes` and whose pods were not asked.
    """

    nodes: tuple[Node, ...]
    filtered: tuple[FilterResult, ...]
    obstacles: tuple[Obstacle, ...]
    lost: tuple[Node, ...] = ()


async def precheck(
    client: KubeClient,
    target: Target,
    options: DrainOptions,
    *,
    flags: bool = False,
    ended: ReadEnded | None = None,
) -> Precheck:
    """Look at every pod of the nodes; changes nothing.

    Args:
        client: the cluster, opened.
        target: the nodes.
        options: what may be done to which pods.
        flags: whether refusals name kubectl's flags instead of parameters.
        ended: asks EC2 which instances are terminated.

    Raises:
        Refused: some pods may not be moved with these options, or a named node is not there;
            all are named, by their owners.
    """
    there = await _target_nodes(client, target)
    lost = await lost_among(there, ended)
    nodes = tuple(node for node in there if node not in lost)
    names = {node.name for node in nodes}
    pods, daemonsets = await asyncio.gather(client.pods_on(names), client.daemonsets())
    found = sorted(pods, key=str)
    alive = {(daemon.namespace, daemon.name) for daemon in daemonsets}
    filtered: list[FilterResult] = []
    slices = Slices()  # thousands of pods must not stop the event loop
    for pod in found:
        filtered.append(filter_pod(pod, alive, options))
        await slices.pause()
    refused = [reason.sentence(flags=flags) for each in filtered for reason in each.refused]
    for line in first_lines(refused, MAX_LOGGED_PODS):
        log.debug("refused: %s", line)
    refuse_if_any(f"The drain of {target.title} is refused", filtered, flags=flags)
    lifted = [objection for each in filtered for objection in each.lifted]
    for group in grouped(lifted):
        log.info("%s", group.sentence(flags=flags))
    obstacles = (*grouped_obstacles(lifted, flags=flags), *map(lost_obstacle, lost))
    return Precheck(nodes, tuple(filtered), obstacles, lost)


async def _target_nodes(client: KubeClient, target: Target) -> tuple[Node, ...]:
    nodes = sorted(await client.nodes(selector=target.selector), key=lambda node: node.name)
    if not target.names or target.selector:
        return tuple(nodes)
    names = {node.name for node in nodes}
    missing = [
        Problem(f"node {name}", f'nodes "{name}" not found', "correct its name")
        for name in target.names
        if name not in names
    ]
    if missing:
        raise Refused(f"The drain of {target.title} is refused", missing)
    return tuple(node for node in nodes if node.name in target.names)
