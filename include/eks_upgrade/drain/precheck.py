"""A look at every pod of the nodes before anything is evicted, and the refusals it leads to."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.blocked.model import MAX_LISTED_NAMES
from include.eks_upgrade.drain.filters import (
    FilterResult,
    Objection,
    ObjectionKind,
    filter_pod,
    refuse_if_any,
)
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node

log = logging.getLogger(__name__)

CHUNK = 250
"""Pods that are filtered in one go; in between the event loop gets its turn."""

MAX_LISTED_OBSTACLES = 12
"""Obstacles of a kind that are listed one by one; more are one entry with their number."""


@dataclass(frozen=True)
class Precheck:
    """What a look at the nodes found before anything was evicted."""

    nodes: tuple[Node, ...]
    filtered: tuple[FilterResult, ...]
    obstacles: tuple[Obstacle, ...]


async def precheck(
    client: KubeClient, target: Target, options: DrainOptions, *, flags: bool = False
) -> Precheck:
    """Look at every pod of the nodes; changes nothing.

    Args:
        client: the cluster, opened.
        target: the nodes.
        options: what may be done to which pods.
        flags: whether refusals name kubectl's flags instead of parameters.

    Raises:
        Refused: some pods may not be moved with these options, or a named node is not there;
            all are named.
    """
    nodes = await _target_nodes(client, target)
    names = {node.name for node in nodes}
    pods, daemonsets = await asyncio.gather(client.pods(), client.daemonsets())
    there = sorted((pod for pod in pods if pod.node in names), key=str)
    alive = {(daemon.namespace, daemon.name) for daemon in daemonsets}
    filtered: list[FilterResult] = []
    for first in range(0, len(there), CHUNK):
        filtered += [filter_pod(pod, alive, options) for pod in there[first : first + CHUNK]]
        await asyncio.sleep(0)  # thousands of pods must not stop the event loop
    refuse_if_any(f"The drain of {target.title} is refused", filtered, flags=flags)
    lifted = [objection for each in filtered for objection in each.lifted]
    for line in _lifted_messages(lifted, flags=flags):
        log.info("%s", line)
    return Precheck(nodes, tuple(filtered), tuple(_obstacles(lifted, flags=flags)))


def _by_kind(objections: Iterable[Objection]) -> dict[ObjectionKind, list[Objection]]:
    kinds: dict[ObjectionKind, list[Objection]] = {}
    for objection in objections:
        kinds.setdefault(objection.kind, []).append(objection)
    return kinds


def _lifted_messages(lifted: Iterable[Objection], *, flags: bool) -> list[str]:
    """What a drain without options would have refused, in a line for each kind."""
    return [
        f"a drain without options would refuse {len(found)} pod(s)"
        f" ({first_few([o.pod for o in found], MAX_LISTED_NAMES)}): each {found[0].what};"
        f" {found[0].lifter(flags=flags)} lifts this"
        for found in _by_kind(lifted).values()
    ]


def _obstacles(lifted: Iterable[Objection], *, flags: bool) -> list[Obstacle]:
    """The same as obstacles: pod by pod, but in one where there are many of a kind."""
    obstacles = []
    for found in _by_kind(lifted).values():
        if len(found) <= MAX_LISTED_OBSTACLES:
            obstacles += [objection.as_obstacle(flags=flags) for objection in found]
        else:
            what = f"{found[0].label} {first_few([o.pod for o in found], MAX_LISTED_NAMES)}"
            obstacles.append(Obstacle(what, found[0].lifter(flags=flags)))
    return obstacles


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
