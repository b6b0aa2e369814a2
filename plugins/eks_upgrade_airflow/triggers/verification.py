"""Triggers that wait until workloads, or the whole cluster, are as they should be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field, replace
from functools import partial
from typing import Any

from eks_upgrade_airflow.connection.ended_instances import ended_instances
from eks_upgrade_airflow.connection.facts import read_state
from eks_upgrade_airflow.connection.lanes import in_aws_thread
from eks_upgrade_airflow.connection.shared_session import read_access
from eks_upgrade_airflow.run.record import WORLD_KEY, world_of
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.outcome import Done, Outcome
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.verification.baseline import GroupId
from include.eks_upgrade.verification.cluster import BrokenBefore, Replaced, cluster_outcome
from include.eks_upgrade.verification.keeping import read_baseline
from include.eks_upgrade.verification.look import look_again, look_in_bake
from include.eks_upgrade.verification.patience import WORSE_MINUTES, Patience
from include.eks_upgrade.verification.watch import shared_pods


@typed_trigger
class EksWorkloadsTrigger(WatchTrigger):
    """Waits until the workloads are as well as before the drain.

    Attributes:
        nodegroup_name: the old group.
        nodegroup_arn: its ARN; a baseline of an earlier group of that name does not count.
        worse_minutes: see `Patience`.
    """

    kind = "drain"

    nodegroup_name: str
    nodegroup_arn: str
    worse_minutes: float = WORSE_MINUTES

    def __post_init__(self) -> None:
        """What looks have found so far outlives a connection that breaks."""
        super().__post_init__()
        self._patience = Patience(self.worse_minutes * 60)

    @property
    def awaited(self) -> str:
        """What is verified."""
        return f"workloads that were on node group '{self.nodegroup_name}' to be well"

    async def probe_first(self) -> dict[str, Any] | None:
        """One look proves nothing when minutes count, and costs a list of all pods."""
        return None if self.worse_minutes else await super().probe_first()

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at all pods, which every verification of the cluster shares."""
        group = GroupId(self.nodegroup_name, self.nodegroup_arn)
        async with shared_pods(self.address, partial(read_access, self.address)) as pods:
            baseline = await read_baseline(pods.client, group)

            async def probe() -> Outcome:
                return await look_again(
                    pods,
                    self.nodegroup_name,
                    baseline,
                    self._patience,
                    partial(ended_instances, self.address),
                )

            yield probe

    def _limit(self) -> str:
        return (
            f"{super()._limit()}. What is worse can be repaired meanwhile: the old group stays, and"
            " its nodes can be uncordoned. If it is meant to be as it is, mark this task as"
            " success: the deletion looks only at what is left on the old nodes"
        )


@typed_trigger
class EksBakeTrigger(EksWorkloadsTrigger):
    """Looks at the workloads for a while after the drain, while the old group is kept.

    Attributes:
        until: epoch seconds at which it is over.
    """

    until: float

    @property
    def awaited(self) -> str:
        """What is watched, and until when."""
        return f"the bake of node group '{self.nodegroup_name}' until {moment_text(self.until)}"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at all pods, which every verification of the cluster shares."""
        group = GroupId(self.nodegroup_name, self.nodegroup_arn)
        async with shared_pods(self.address, partial(read_access, self.address)) as pods:
            baseline = await read_baseline(pods.client, group)

            async def probe() -> Outcome:
                return await look_in_bake(
                    pods,
                    self.nodegroup_name,
                    baseline,
                    self._patience,
                    until=self.until,
                    ended=partial(ended_instances, self.address),
                )

            yield probe


@typed_trigger
class EksClusterVerifiedTrigger(WatchTrigger):
    """Waits until the whole cluster is as planned.

    Attributes:
        to_version: Kubernetes minor of the control plane (`1.26`).
        addon_versions: wanted version by name, of the add-ons that were to be updated.
        replaced: `{"name", "replacement", "to_version"}` of each node group that was to be.
        before: `BrokenBefore.as_json`.
        back: whether the control plane was to go back.
    """

    to_version: str
    addon_versions: dict[str, str]
    replaced: list[dict[str, str]]
    before: dict[str, Any] = field(default_factory=dict)
    back: bool = False

    @property
    def awaited(self) -> str:
        """What is verified."""
        return f"cluster '{self.cluster_name}' to be as planned"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at control plane, add-ons, node groups and kubelets."""
        groups = [Replaced(**each) for each in self.replaced]

        async def probe() -> Outcome:
            facts = await in_aws_thread(self.address.account, partial(read_state, self.address))
            outcome = cluster_outcome(
                facts,
                to_version=self.to_version,
                addons=self.addon_versions,
                groups=groups,
                before=BrokenBefore.from_json(self.before),
                back=self.back,
            )
            if not isinstance(outcome, Done):
                return outcome
            return replace(outcome, data={**outcome.data, WORLD_KEY: world_of(facts)})

        yield probe
