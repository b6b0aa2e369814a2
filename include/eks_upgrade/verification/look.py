"""Looking at a cluster: before the first cordon of a node group, and after its drain."""

import time
from collections.abc import Collection, Iterable
from typing import Final

from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.drain.lost_nodes import ReadEnded
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.verification.asking import Asking
from include.eks_upgrade.verification.baseline import Baseline, GroupId, hosted, take
from include.eks_upgrade.verification.compare import explained, suspects, worse
from include.eks_upgrade.verification.old_nodes import living_nodes, read_evictable
from include.eks_upgrade.verification.patience import Patience
from include.eks_upgrade.verification.watch import PodWatch, list_pods

MAX_LISTED_LINES: Final = 20


async def take_baseline(client: KubeClient, group: GroupId, nodes: Collection[str]) -> Baseline:
    """How the workloads of a node group are now.

    Args:
        client: the cluster.
        group: which node group.
        nodes: names of its nodes.
    """
    tally = await list_pods(client)
    concerned = [*hosted(tally, nodes), *tally.stuck()]
    tops = await Asking(client).tops({pod.workload for pod in concerned})
    return take(group, tally, nodes, tops, time.time())


async def look_again(
    watch: PodWatch,
    node_group: str,
    baseline: Baseline | None,
    patience: Patience,
    ended: ReadEnded | None = None,
) -> Outcome:
    """One look at the workloads after the drain of a node group.

    Args:
        watch: the cluster's pods.
        node_group: the old group.
        baseline: the state before; None when nobody looked, then only the old nodes count.
        patience: what earlier looks found; this one is added.
        ended: asks EC2 which instances are terminated.

    Returns:
        Done, or NotYet that names everything that is missing; never Failed: how long to wait
        is the waiter's business.
    """
    watch.check()
    notes = await _compare(watch, baseline, patience) if baseline is not None else []
    nodes = await living_nodes(watch.client, node_group, ended)
    left = [(str(pod), pod.node) for pod in watch.tally.on(nodes)]
    missing = [*_still_there(left), *patience.lines()]
    if not missing and (unproven := patience.unproven()):
        return NotYet(_proving(len(unproven), patience))
    if not missing:
        # What is watched may be a moment behind; the last word has a list made now.
        fresh = await read_evictable(watch.client, node_group, ended)
        missing = _still_there((str(pod), pod.node) for pod in fresh)
    if missing:
        lines = first_few(missing, MAX_LISTED_LINES, separator="; ")
        return NotYet(f"{counted(len(missing), 'thing is', 'things are')} not as before: {lines}")
    return _done(baseline, patience, notes)


async def look_in_bake(
    watch: PodWatch,
    node_group: str,
    baseline: Baseline | None,
    patience: Patience,
    *,
    until: float,
    ended: ReadEnded | None = None,
) -> Outcome:
    """One look at the workloads while the old group is kept for a bake.

    Args:
        watch: the cluster's pods.
        node_group: the old group.
        baseline: the state before; None when nobody looked, then only the old nodes count.
        patience: what earlier looks found; this one is added.
        until: epoch seconds at which the bake is over; then the last look is that of `look_again`.
        ended: asks EC2 which instances are terminated.

    Returns:
        Done once it is over and all is as before; Failed as soon as a workload has been worse for
        `worse_minutes`.
    """
    over = time.time() >= until
    outcome: Outcome = NotYet(f"the old group is kept until {moment_text(until)}; all is as before")
    if over:
        outcome = await look_again(watch, node_group, baseline, patience, ended)
    else:
        watch.check()
        if baseline is not None:
            await _compare(watch, baseline, patience)
    long = [patience.line(name) for name in patience.long_worse()]
    if long and not isinstance(outcome, Done):
        lines = first_few(long, MAX_LISTED_LINES, separator="; ")
        return Failed(f"{counted(len(long), 'workload is', 'workloads are')} worse: {lines}")
    if patience.since and not over:
        brief = first_few([patience.line(name) for name in patience.since], separator="; ")
        return NotYet(f"the old group is kept until {moment_text(until)}; at this moment {brief}")
    return outcome


async def _compare(watch: PodWatch, baseline: Baseline, patience: Patience) -> list[str]:
    """Let patience take in what is worse; returns what is less and no damage, in sentences."""
    tally = watch.tally
    wanted = await watch.asking.wanted(suspects(baseline, tally))
    brief = any(before.short_lived for before in baseline.workloads.values())
    stuck = {pod.workload for pod in tally.stuck()} if brief else set()
    found = worse(baseline, tally, wanted, await watch.asking.tops(stuck))
    patience.look(baseline.workloads, found, time.time())
    return explained(baseline, tally, wanted)


def _still_there(left: Iterable[tuple[str, str]]) -> list[str]:
    return [f"pod {pod} is still on old node {node}" for pod, node in left]


def _proving(unproven: int, patience: Patience) -> str:
    return (
        "all is as before at this moment;"
        f" {counted(unproven, 'workload has', 'workloads have')} not been well for"
        f" {patience.seconds / 60:g} minutes in all yet (worse_minutes)"
    )


def _done(baseline: Baseline | None, patience: Patience, notes: list[str]) -> Done:
    if baseline is None:
        text = (
            "nothing is left on the old nodes; how the workloads were before is not known here,"
            " so they were not compared"
        )
        return Done(text)
    count, minutes = len(baseline.workloads), patience.seconds / 60
    text = (
        f"nothing is left on the old nodes, and the {counted(count, 'workload')} that had pods"
        " there"
        f" {agreeing(count, 'is', 'are')} as well as before ({baseline.taken_text}; watched"
        f" for {minutes:g} minutes)"
    )
    if notes:
        text += f". Less than before, and no damage: {first_few(notes, separator='; ')}"
    data = {"workloads": count, "taken": baseline.taken_text, "less": notes[:MAX_LISTED_LINES]}
    return Done(text, data)
