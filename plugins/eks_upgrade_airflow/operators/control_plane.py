"""Starting the update of a cluster's control plane."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.run.tokens import request_token
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.control_plane import start_control_plane_update

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksUpdateClusterVersionOperator(EksStepOperator):
    """Ask EKS for the version of the plan; a sensor waits for the update it names.

    A running update to that version is adopted; at that version nothing is asked.

    Args:
        plan: the plan as JSON.
        force: go past EKS's own readiness checks (insights); nothing else is forced.
    """

    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "plan", "force")
    holds_lock = True

    def __init__(self, *, plan: Mapping[str, Any], force: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.force = force

    def step(self, context: "Context") -> StepResult:
        """Start or adopt the update."""
        target = self.plan["to_version"]
        return start_control_plane_update(
            self.clients,
            self.cluster_name,
            target,
            force=self.force,
            token=request_token(context, f"control plane {self.cluster_name} {target}"),
        )
