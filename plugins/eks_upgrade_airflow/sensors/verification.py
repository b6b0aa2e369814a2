"""Verifying: the workloads after a drain, and the whole cluster at the end."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepSensor
from eks_upgrade_airflow.triggers.verification import (
    EksClusterVerifiedTrigger,
    EksWorkloadsTrigger,
)
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.verification.baseline import GroupId
from include.eks_upgrade.verification.patience import WORSE_MINUTES

if TYPE_CHECKING:
    from airflow.sdk import Context

LOOK_SECONDS = 5.0
"""Seconds between two looks at most: pods start faster than AWS works."""


class EksWorkloadsSensor(EksStepSensor):
    """Wait until nothing is left on the old nodes and workloads are as well as before.

    How they were before is kept in the cluster since the fence; without it only the old nodes
    count.

    Args:
        nodegroup_name: the old group.
        worse_minutes: minutes for which a workload must have been well, and after which one that
            was well and is worse counts.
        replacement_name: the new group, whose health is logged, too; empty: none.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields, "nodegroup_name", "worse_minutes", "replacement_name",
    )  # fmt: skip

    probes_first = True

    def __init__(
        self,
        *,
        nodegroup_name: str,
        worse_minutes: float = WORSE_MINUTES,
        replacement_name: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.worse_minutes = worse_minutes

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until it is so."""
        group = read_node_group(self.clients.eks, self.cluster_name, self.nodegroup_name)
        if group is None:
            return StepResult(f"node group '{self.nodegroup_name}' is gone: nothing is left on it")
        return self.wait_for(
            EksWorkloadsTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=min(LOOK_SECONDS, self.waiter_delay),
                nodegroup_name=self.nodegroup_name,
                nodegroup_arn=GroupId.of(group).arn,
                worse_minutes=self.worse_minutes,
                health=self.health(self.nodegroup_name, self.replacement_name),
            )
        )


class EksClusterVerifiedSensor(EksStepSensor):
    """Wait until control plane, add-ons, node groups and kubelets are as planned.

    Args:
        to_version: Kubernetes minor of the control plane (`1.26`).
        addon_versions: wanted version by name, of the add-ons that were to be updated.
        replaced: `{"name", "replacement", "to_version"}` of each node group that was to be.
        before: what was broken before the run (`BrokenBefore.as_json`); empty: nothing known.
        back: whether the control plane was to go back.
    """

    template_fields: Sequence[str] = (
        *EksStepSensor.template_fields, "to_version", "addon_versions", "replaced",
    )  # fmt: skip

    probes_first = True

    def __init__(
        self,
        *,
        to_version: str,
        addon_versions: Mapping[str, str],
        replaced: Sequence[Mapping[str, str]],
        back: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.back = back
        self.to_version = to_version
        self.addon_versions = addon_versions
        self.replaced = replaced

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until it is so."""
        return self.wait_for(
            EksClusterVerifiedTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                to_version=self.to_version,
                addon_versions=dict(self.addon_versions),
                replaced=[dict(each) for each in self.replaced],
                before=dict(self.before or {}),
                back=self.back,
            )
        )
