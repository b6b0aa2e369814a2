"""Triggers that wait for one update AWS was asked for, by its id.

A cluster that is ACTIVE again tells nothing: it is so before the update begins and after it
failed. Only DescribeUpdate of that very update does
(https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeUpdate.html).
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.addons.update import addon_outcome
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.updates.outcome import update_outcome
from include.eks_upgrade.common.outcome import Outcome
from include.eks_upgrade.control_plane.roll_back import cancel_outcome

CONTROL_PLANE_SECONDS = 600.0
"""Others see 10 to 15 minutes; the earlier one is expected, for a late look costs time."""

GROUP_SECONDS = 30.0
"""Labels, taints and sizes, the only updates of a node group that are waited for."""

ADDON_SECONDS = 90.0
"""An update takes one to two minutes."""

ALONE_SECONDS = 300.0
"""For so long the add-on's word is enough that its update goes on; then the update is asked too."""


@typed_trigger
class EksUpdateTrigger(WatchTrigger):
    """Waits for an update of the cluster or of a node group.

    Attributes:
        update_id: as EKS returned it.
        nodegroup_name: when it is a node group's; None when it is the cluster's.
        cancelled: whether it was asked to be cancelled, which is then what is waited for.
    """

    update_id: str
    nodegroup_name: str | None = None
    cancelled: bool = False

    @property
    def usual_seconds(self) -> float:
        """Of a control plane or, for the fence, of a node group's settings."""
        return GROUP_SECONDS if self.nodegroup_name else CONTROL_PLANE_SECONDS

    @property
    def learned_as(self) -> str:
        """A node group's update is no measure for a control plane's."""
        return f"{type(self).__name__} {'node group' if self.nodegroup_name else 'control plane'}"

    @property
    def awaited(self) -> str:
        """Which update is awaited."""
        return f"update {self.update_id} of {self.subject}"

    @property
    def subject(self) -> str:
        """What is updated."""
        group = self.nodegroup_name
        return f"node group '{group}'" if group else f"cluster '{self.cluster_name}'"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the update."""
        ids = {"name": self.cluster_name, "updateId": self.update_id}
        if self.nodegroup_name:
            ids["nodegroupName"] = self.nodegroup_name
        async with self.address.async_client("eks") as eks:

            async def probe() -> Outcome:
                with aws_errors_about(self.awaited):
                    answer: dict[str, Any] = await eks.describe_update(**ids)
                judge = cancel_outcome if self.cancelled else update_outcome
                return judge(answer["update"], self.subject)

            yield probe


@typed_trigger
class EksAddonUpdateTrigger(WatchTrigger):
    """Waits for an update of an add-on, and for the add-on to be healthy after it.

    Attributes:
        update_id: as EKS returned it; empty: no update is left, the add-on is to get well.
        addon_name: the add-on that is updated.
    """

    usual_seconds = ADDON_SECONDS

    update_id: str
    addon_name: str

    @property
    def learned_as(self) -> str:
        """Each add-on takes its own time."""
        return f"{type(self).__name__} {self.addon_name}"

    @property
    def awaited(self) -> str:
        """Which update is awaited."""
        subject = f"add-on '{self.addon_name}'"
        return (
            f"update {self.update_id} of {subject}" if self.update_id else f"{subject} to be well"
        )

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the update and the add-on."""
        addon = self.addon_name
        async with self.address.async_client("eks") as eks:

            async def probe() -> Outcome:
                with aws_errors_about(self.awaited):
                    found = await eks.describe_addon(clusterName=self.cluster_name, addonName=addon)
                    update = await self._read_update(eks, found["addon"])
                return addon_outcome(update, found["addon"])

            yield probe

    async def _read_update(self, eks: Any, found: dict[str, Any]) -> dict[str, Any] | None:
        """The update, unless the add-on itself shows that EKS is at work on it."""
        at_work = found.get("status") == "UPDATING"
        if not self.update_id or (at_work and time.time() - self.began < ALONE_SECONDS):
            return None
        answer = await eks.describe_update(
            name=self.cluster_name, updateId=self.update_id, addonName=self.addon_name
        )
        update: dict[str, Any] = answer["update"]
        return update
