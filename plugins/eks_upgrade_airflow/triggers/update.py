"""Triggers that wait for one update AWS was asked for, by its id.

A cluster that is ACTIVE again tells nothing: it is so before the update begins and after it
failed. Only DescribeUpdate of that very update does
(https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeUpdate.html).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from eks_upgrade_airflow.triggers.watch import Look, WatchTrigger
from include.eks_upgrade.addons.update import addon_outcome
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.update_outcome import update_outcome
from include.eks_upgrade.common.outcome import Outcome


class EksUpdateTrigger(WatchTrigger):
    """Waits for an update of the cluster or of a node group.

    Letter: `update_id`, and `nodegroup_name` when it is a node group's.
    """

    @property
    def awaited(self) -> str:
        """Which update is awaited."""
        return f"update {self.letter['update_id']} of {self.subject}"

    @property
    def subject(self) -> str:
        """What is updated."""
        group = self.letter.get("nodegroup_name")
        return f"node group '{group}'" if group else f"cluster '{self.cluster_name}'"

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Look]:
        """Yield a look at the update."""
        ids = {"name": self.cluster_name, "updateId": self.letter["update_id"]}
        if self.letter.get("nodegroup_name"):
            ids["nodegroupName"] = self.letter["nodegroup_name"]
        async with self.address.async_client("eks") as eks:

            async def look() -> Outcome:
                with aws_errors_about(self.awaited):
                    answer: dict[str, Any] = await eks.describe_update(**ids)
                return update_outcome(answer["update"], self.subject)

            yield look


class EksAddonUpdateTrigger(WatchTrigger):
    """Waits for an update of an add-on, and for the add-on to be healthy after it.

    Letter: `update_id`, `addon_name`.
    """

    @property
    def awaited(self) -> str:
        """Which update is awaited."""
        return f"update {self.letter['update_id']} of add-on '{self.letter['addon_name']}'"

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Look]:
        """Yield a look at the update and the add-on."""
        addon = self.letter["addon_name"]
        async with self.address.async_client("eks") as eks:

            async def look() -> Outcome:
                with aws_errors_about(self.awaited):
                    update = await eks.describe_update(
                        name=self.cluster_name,
                        updateId=self.letter["update_id"],
                        addonName=addon,
                    )
                    found = await eks.describe_addon(clusterName=self.cluster_name, addonName=addon)
                return addon_outcome(update["update"], found["addon"])

            yield look
