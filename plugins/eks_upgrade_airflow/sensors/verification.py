"""Verifying: the workloads after a drain, and the whole cluster at the end."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepSensor
from eks_upgrade_airflow.triggers.verification import (
    EksClusterVerifiedTrigger,
    EksWorkloadsTrigger,
)
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context

LOOK_SECONDS = 5.0
"""Seconds between two looks at most: pods start faster than AWS works."""


class EksWorkloadsSensor(EksStepSensor):
    """Wait until nothing is left on the old nodes and workloads are as well as before.

    Args:
        nodegroup_name: the old group.
        fenced: result of the fence; its `data["health"]` is how it was before.
    """

    template_fields: Sequence[str] = (*EksStepSensor.template_fields, "nodegroup_name", "fenced")

    looks_first = True

    def __init__(self, *, nodegroup_name: str, fenced: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.fenced = fenced

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until it is so."""
        return self.wait_for(
            EksWorkloadsTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=min(LOOK_SECONDS, self.waiter_delay),
                nodegroup_name=self.nodegroup_name,
                before=self.fenced["data"].get("health"),
            )
        )


class EksClusterVerifiedSensor(EksStepSensor):
    """Wait until control plane, add-ons, node groups and kubelets are as planned.

    Args:
        plan: the plan as JSON.
    """

    template_fields: Sequence[str] = (*EksStepSensor.template_fields, "plan")

    looks_first = True

    def __init__(self, *, plan: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Defer until it is so."""
        return self.wait_for(
            EksClusterVerifiedTrigger.within(
                self.limit_minutes, self.address, poll_seconds=self.waiter_delay, plan=self.plan
            )
        )
