"""Looking for what a dead run left, and lifting it; harmless when run twice."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_asgs_of, read_node_groups
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.aws.updates.state import newest_in_progress
from include.eks_upgrade.cleanup.judgement import (
    GroupRelease,
    baseline_sentence,
    baselines_to_drop,
    is_marked,
    judge_group,
    marks_without_group,
)
from include.eks_upgrade.cleanup.way_back import WaysBack, raised, ways_back
from include.eks_upgrade.common.errors import Problem, Refused, refusal
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.auto_scaling.rebalance import give_back_rebalance
from include.eks_upgrade.nodes.managed.fence import is_fencing, not_active
from include.eks_upgrade.nodes.managed.marks import KEY, NODE_EFFECT, mark_of, rests_for_us
from include.eks_upgrade.verification.baseline import Baseline
from include.eks_upgrade.verification.keeping import forget_baselines, read_baselines

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

UPDATING = "UPDATING"


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        groups: each node group that was looked at.
        running: node group -> id of an update of it that has to end first: the dead run's
            fence, which puts its mark on only then, or another that keeps us from ours.
        left: what is left alone, each with the reason.
        baselines: how workloads were before a fence; people go on with the old group, so that the
            next upgrade begins with how they are then.
        holders: who left the marks on nodes, as each names itself in them.
    """

    groups: tuple[GroupRelease, ...]
    running: Mapping[str, str]
    left: tuple[str, ...]
    baselines: tuple[Baseline, ...] = ()
    holders: tuple[str, ...] = ()

    @property
    def lifts(self) -> tuple[str, ...]:
        """Everything that is ours to lift, in sentences."""
        lifts = [sentence for group in self.groups for sentence in group.lifts]
        return (*lifts, *map(baseline_sentence, self.baselines))

    @property
    def awaited(self) -> tuple[str, ...]:
        """What has to end first, in sentences."""
        return tuple(
            f"node group '{name}': whatever its update {update} leaves, once that has ended"
            for name, update in self.running.items()
        )

    @property
    def nothing(self) -> bool:
        """Whether nothing of ours is left, and nothing is awaited."""
        nothing = all(group.nothing for group in self.groups)
        return not self.running and not self.baselines and nothing


async def look(
    clients: AwsClients,
    client: KubeClient,
    cluster: str,
    wanted: Collection[str] = (),
    *,
    raise_again: bool = False,
) -> Findings:
    """Find what carries our marks; changes nothing.

    Args:
        clients: EKS and Auto Scaling are read.
        client: the cluster's Kubernetes API.
        cluster: the cluster's name.
        wanted: node groups to look at; empty: all of them.
        raise_again: a fenced group that has fewer nodes than at its fence gets them back, too.

    Raises:
        Refused: the cluster has no node group of a wanted name.
    """
    raw = await asyncio.to_thread(read_node_groups, clients.eks, cluster)
    unknown = sorted(set(wanted) - set(raw))
    if unknown:
        raise _no_such_groups(unknown, raw)
    nodes = await client.nodes()
    asgs = await asyncio.to_thread(read_asgs_of, clients.autoscaling, raw)
    groups, running, holders = [], {}, set[str]()
    for name, group in sorted(raw.items()):
        if wanted and name not in wanted:
            continue
        members = [node for node in nodes if node.node_group == name]
        asg = asgs.get(name)
        marked = mark_of(group) is not None or any(map(is_marked, members)) or rests_for_us(asg)
        holders.update(each for node in members for each in (node.cordoned_by, node.excluded_by))
        sizes = raised(group) if raise_again else {}
        judged = judge_group(group, asg, members, sizes=sizes)
        groups.append(judged if marked else GroupRelease(name))
        if marked or group["status"] == UPDATING:
            update = await asyncio.to_thread(_running_update, clients.eks, cluster, name)
            if update and (is_fencing(update) or groups[-1].request):
                running[name] = str(update["id"])
    left = [sentence for each in groups for sentence in each.left]
    kept = await read_baselines(client)
    ours = tuple(each for each in kept if not wanted or each.group in wanted)
    baselines = baselines_to_drop(raw, ours)
    left += _others(nodes, raw, wanted)
    who = tuple(sorted(holders - {""}))
    return Findings(tuple(groups), running, tuple(left), baselines, who)


async def look_for_ways_back(
    clients: AwsClients, client: KubeClient, cluster: str, wanted: Collection[str] = ()
) -> WaysBack:
    """Find the old node groups that pods can go back to; changes nothing. See `ways_back`."""
    groups = await asyncio.to_thread(read_node_groups, clients.eks, cluster)
    asgs = await asyncio.to_thread(read_asgs_of, clients.autoscaling, groups)
    raw = await asyncio.to_thread(read_cluster, clients.eks, cluster)
    if raw is None:
        raise refusal("Pods do not go back", f"cluster {cluster!r}", "there is none", "correct it")
    nodes = await client.nodes()
    present = Minor.parse(raw["version"])
    return ways_back(groups, asgs, nodes, control_plane=present, wanted=wanted)


async def lift_from_nodes(client: KubeClient, group: GroupRelease) -> tuple[str, ...]:
    """Lift what is ours on the nodes of a group; returns the sentences of what was lifted."""
    lifted: list[str] = []
    for node in group.nodes:
        if await client.lift_marks(node.name):
            lifted += node.lifts
    return tuple(lifted)


def lift_from_asg(clients: AwsClients, group: GroupRelease) -> tuple[str, ...]:
    """Give AZRebalance back; returns the sentence of what was given back."""
    if group.asg:
        give_back_rebalance(clients.autoscaling, group.asg)
    return group.rebalance


async def forget(client: KubeClient, found: Findings) -> tuple[str, ...]:
    """Take the baselines away; returns the sentences of what was taken away."""
    going = {each.group_id for each in found.baselines}
    dropped = await forget_baselines(client, lambda kept: kept.group_id in going) if going else []
    return tuple(map(baseline_sentence, dropped))


def unmark(clients: AwsClients, cluster: str, group: GroupRelease, *, token: str) -> str | None:
    """Take taint and cap off a node group, in one update.

    Returns:
        The id of the update to wait for, None when there is nothing to take off.

    Raises:
        Busy: another update of the group has begun meanwhile.
        Refused: EKS takes no update of it in the state that it is in.
    """
    if group.request is None:
        return None
    request = {"clusterName": cluster, "clientRequestToken": token, **group.request}
    update: Any = clients.eks.update_nodegroup_config
    with aws_errors_about(f"taking the mark off node group '{group.group}' of cluster '{cluster}'"):
        try:
            return str(update(**request)["update"]["id"])
        except ClientError as error:
            if group.unwell and not_active(error):
                raise Refused("Not all was released", [_not_taken(group)]) from error
            raise


def _not_taken(group: GroupRelease) -> Problem:
    return Problem(
        f"node group '{group.group}'",
        f"EKS takes no update of it while it is {group.unwell}, so this stays: "
        f"{'; '.join(group.config)}. All else of ours is lifted",
        "repair what its health issues name, then repeat this step; until then the taint can be "
        f"taken off its nodes with kubectl ({KEY}:{NODE_EFFECT}-), and comes back on new ones",
    )


def _others(nodes: list[Node], groups: Raw, wanted: Collection[str]) -> tuple[str, ...]:
    """Marks outside the node groups that were looked at."""
    if not wanted:
        return marks_without_group(nodes, groups)
    marked = {name for name, group in groups.items() if mark_of(group)}
    marked |= {node.node_group for node in nodes if is_marked(node) and node.node_group}
    return tuple(
        f"node group '{name}': it carries our mark {KEY}, but it was not asked for"
        for name in sorted(marked - set(wanted))
    )


def _running_update(eks: "EKSClient", cluster: str, name: str) -> Raw | None:
    with aws_errors_about(f"updates of node group '{name}'"):
        return newest_in_progress(read_updates(eks, cluster, node_group=name))


def _no_such_groups(unknown: list[str], known: Raw) -> Refused:
    there = ", ".join(sorted(known)) or "none"
    problems = [
        Problem(f"node group '{name}'", f"there is none; there are: {there}", "correct node_groups")
        for name in unknown
    ]
    return Refused("Nothing was released", problems)
