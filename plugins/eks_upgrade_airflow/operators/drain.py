"""Draining the old node group; the work itself runs in the triggerer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.events import deed_of
from eks_upgrade_airflow.guards import green_ready
from eks_upgrade_airflow.step import EksStepOperator, run
from eks_upgrade_airflow.triggers.drain import EksDrainTrigger
from include.eks_upgrade.deed import Deed, Obstacle
from include.eks_upgrade.drain.engine import Survey, survey
from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.request import DrainOptions

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksDrainNodesOperator(EksStepOperator):
    """Move every evictable pod off a node group, within the disruption budgets; deferrable.

    The options are those of `kubectl drain`; what a drain without them would refuse is logged
    pod by pod, and what these do not allow is refused before anything is evicted.

    Args:
        group_step: the plan's step of this node group.
        ready_percent: percent of the new nodes that must be Ready, looked at again.
        ignore_daemonsets: leave DaemonSet pods where they are.
        delete_emptydir_data: evict pods whose emptyDir data is lost.
        force_unmanaged_pods: evict pods that no controller brings back.
        pod_grace_period_seconds: seconds each pod gets to stop; None leaves each its own.
        timeout_minutes: minutes until it gives up, with the name of every pod that is left.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "group_step", "ready_percent", "ignore_daemonsets", "delete_emptydir_data",
        "force_unmanaged_pods", "pod_grace_period_seconds", "timeout_minutes",
    )  # fmt: skip
    holds_lock = True

    def __init__(  # noqa: PLR0913 - the options of kubectl drain, each an argument of its own
        self,
        *,
        group_step: Mapping[str, Any],
        ready_percent: int = 100,
        ignore_daemonsets: bool = False,
        delete_emptydir_data: bool = False,
        force_unmanaged_pods: bool = False,
        pod_grace_period_seconds: int | None = None,
        timeout_minutes: float = 120.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.group_step = group_step
        self.ready_percent = ready_percent
        self.ignore_daemonsets = ignore_daemonsets
        self.delete_emptydir_data = delete_emptydir_data
        self.force_unmanaged_pods = force_unmanaged_pods
        self.pod_grace_period_seconds = pod_grace_period_seconds
        self.timeout_minutes = timeout_minutes

    def step(self, context: "Context") -> Deed:  # noqa: ARG002 - Airflow's signature
        """Survey the group, then hand the drain to the triggerer."""
        blue, access = self.group_step["blue"], self.access
        options = self._options()
        found = run(_survey(access, blue, options))
        if not found.nodes:
            return Deed(f"node group '{blue}' has no nodes", data={"moved": 0, "by_node": {}})
        run(
            green_ready(
                self.clients,
                access,
                self.cluster_name,
                self.group_step,
                self.ready_percent,
            )
        )
        return self.wait_for(
            EksDrainTrigger.within(
                self.timeout_minutes,
                self.address,
                poll_seconds=1.0,
                nodegroup_name=blue,
                options=asdict(options),
            )
        )

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> Deed:  # noqa: ARG002 - Airflow's signature
        """The drain's account, its obstacles among it."""
        done = deed_of(event)
        data = dict(done.data)
        obstacles = tuple(Obstacle(**one) for one in data.pop("obstacles"))
        return Deed(
            done.text, changed=data["moved"] > 0, data=data, obstacles=obstacles, waits=done.waits
        )

    def _options(self) -> DrainOptions:
        return DrainOptions(
            ignore_daemonsets=self.ignore_daemonsets,
            delete_emptydir_data=self.delete_emptydir_data,
            force_unmanaged_pods=self.force_unmanaged_pods,
            grace_period_seconds=self.pod_grace_period_seconds,
            timeout_minutes=self.timeout_minutes,
        )


async def _survey(access: ClusterAccess, node_group: str, options: DrainOptions) -> Survey:
    async with KubeClient(access) as kube:
        return await survey(kube, node_group, options)
