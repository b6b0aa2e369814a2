"""Triggers that wait for a managed node group: to be ready, to be deleted, to be gone entirely."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from botocore.exceptions import ClientError

from eks_upgrade_airflow.connection.shared_session import read_access
from eks_upgrade_airflow.triggers.watch import UNSEEN_SECONDS, Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.aws.calls import is_not_found
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.outcome import Failed, NotYet, Outcome
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.nodes.managed.deletion import (
    deletion_outcome,
    gone_outcome,
    instance_filters,
)
from include.eks_upgrade.nodes.managed.new_group.compare_zones import look_at_nodes

CREATION_SECONDS = 180.0
"""From CreateNodegroup to ACTIVE with Ready nodes."""

DELETION_SECONDS = 300.0
"""Of an empty group; with pods left on it EKS takes ten minutes and more."""

REST_SECONDS = 60.0
"""Until instances have terminated and the Auto Scaling group is gone, behind the node group."""


async def read_group(eks: Any, cluster: str, name: str) -> dict[str, Any] | None:
    """DescribeNodegroup with an asynchronous client; None when there is none."""
    try:
        answer = await eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)
    except ClientError as error:
        if is_not_found(error):
            return None
        raise
    group: dict[str, Any] = answer["nodegroup"]
    return group


@typed_trigger
class EksNodegroupReadyTrigger(WatchTrigger):
    """Waits until a node group is ACTIVE and enough of its nodes are Ready.

    Attributes:
        nodegroup_name: the new group.
        wanted: nodes that must be Ready.
        to_version: Kubernetes minor of their kubelets (`1.26`).
        old_nodegroup_name: the group whose zones it must cover; empty: none is compared.
    """

    usual_seconds = CREATION_SECONDS

    nodegroup_name: str
    wanted: int
    to_version: str
    old_nodegroup_name: str = ""

    @property
    def awaited(self) -> str:
        """Which group is awaited."""
        name, wanted = self.nodegroup_name, self.wanted
        return f"node group '{name}' with {wanted} Ready nodes at {self.to_version}"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the group and at its nodes."""
        name = self.nodegroup_name
        access = await read_access(self.address)
        async with (
            self.address.async_client("eks") as eks,
            KubeClient(access) as kube,
        ):

            async def probe() -> Outcome:
                with aws_errors_about(f"node group '{name}'"):
                    group = await read_group(eks, self.cluster_name, name)
                if group is None:
                    return self._unseen(name)
                return await look_at_nodes(
                    kube,
                    group,
                    wanted=self.wanted,
                    to_version=self.to_version,
                    old=self.old_nodegroup_name,
                )

            yield probe

    def _unseen(self, name: str) -> Outcome:
        """AWS may show what was just made a little later; after that it is gone."""
        if time.time() - self.began < UNSEEN_SECONDS:
            return NotYet(f"node group '{name}' is not there, or AWS does not show it yet")
        return Failed(f"node group '{name}' does not exist any more")


@typed_trigger
class EksNodegroupDeletionTrigger(WatchTrigger):
    """Waits until a deletion has come to an end, or fails, or makes no headway.

    That it is stuck is an answer, not an error: the recovery comes next.

    Attributes:
        nodegroup_name: the old group.
        stall_minutes: minutes of deletion after which it counts as stuck.
    """

    usual_seconds = DELETION_SECONDS

    nodegroup_name: str
    stall_minutes: float

    @property
    def awaited(self) -> str:
        """Which deletion is awaited."""
        return f"deletion of node group '{self.nodegroup_name}'"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the group."""
        name = self.nodegroup_name
        async with self.address.async_client("eks") as eks:

            async def probe() -> Outcome:
                with aws_errors_about(self.awaited):
                    group = await read_group(eks, self.cluster_name, name)
                return deletion_outcome(
                    group,
                    since=self.began,
                    now=time.time(),
                    stall_minutes=self.stall_minutes,
                )

            yield probe


@typed_trigger
class EksNodegroupGoneTrigger(WatchTrigger):
    """Waits until group, Auto Scaling group and instances are all gone.

    Attributes:
        nodegroup_name: the old group.
        asg_name: its Auto Scaling group; None or empty when it never had one.
    """

    usual_seconds = REST_SECONDS

    nodegroup_name: str
    asg_name: str | None = None

    @property
    def awaited(self) -> str:
        """What must be gone."""
        return f"node group '{self.nodegroup_name}' and all that belongs to it to be gone"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at all three."""
        async with (
            self.address.async_client("eks") as eks,
            self.address.async_client("autoscaling") as autoscaling,
            self.address.async_client("ec2") as ec2,
        ):

            async def probe() -> Outcome:
                with aws_errors_about(self.awaited):
                    group = await read_group(eks, self.cluster_name, self.nodegroup_name)
                    asg = await self._read_asg(autoscaling)
                    return gone_outcome(group, asg, await self._read_instances(ec2))

            yield probe

    async def _read_asg(self, autoscaling: Any) -> dict[str, Any] | None:
        if not self.asg_name:
            return None
        answer = await autoscaling.describe_auto_scaling_groups(
            AutoScalingGroupNames=[self.asg_name]
        )
        return next(iter(answer["AutoScalingGroups"]), None)

    async def _read_instances(self, ec2: Any) -> list[dict[str, Any]]:
        """The Auto Scaling group's instances that have not terminated."""
        filters = instance_filters(self.asg_name)
        if not filters:
            return []
        pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
        return [
            instance
            async for page in pages
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        ]
