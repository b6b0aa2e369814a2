"""Starting the update of a cluster's control plane."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.operators.approval import AsksApproval
from eks_upgrade_airflow.run.request_tokens import request_token
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.control_plane.start import (
    is_started,
    start_control_plane_update,
)
from include.eks_upgrade.planning.approval.points import Point

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksUpdateClusterVersionOperator(AsksApproval, EksStepOperator):
    """Ask EKS for a version; a sensor waits for the update it names.

    A running update to that version is adopted; at that version nothing is asked, of EKS or of a
    person (`AsksApproval`). The XCom `update_id` is empty when there is no update to wait for.

    Args:
        kubernetes_version: the minor to go to (`1.26`), one ahead of the present one.
        force: go past EKS's own readiness checks (insights); nothing else is forced.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "kubernetes_version", "force", *AsksApproval.approval_fields,
    )  # fmt: skip
    holds_lock = True
    point = Point.CONTROL_PLANE
    output_keys = ("update_id",)

    def __init__(self, *, kubernetes_version: str, force: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kubernetes_version = kubernetes_version
        self.force = force

    def step(self, context: "Context") -> StepResult:
        """Start or adopt the update."""
        target = self.kubernetes_version
        if self.asks and not is_started(self.clients, self.cluster_name, target):
            self.await_approval(context)
        return start_control_plane_update(
            self.clients,
            self.cluster_name,
            target,
            force=self.force,
            token=request_token(context, f"control plane {self.cluster_name} {target}"),
        )
