"""Starting the update of a cluster's control plane."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.operators.approval import AsksApproval
from eks_upgrade_airflow.operators.next_hop import hop_tasks
from eks_upgrade_airflow.run.next_hop import RETURN, most_mapped
from eks_upgrade_airflow.run.request_tokens import request_token
from eks_upgrade_airflow.run.skip_rest import skip_rest
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.control_plane.refusals import NODES_FIRST
from include.eks_upgrade.control_plane.start import is_started, start_control_plane_update
from include.eks_upgrade.planning.approval.points import Point

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksUpdateClusterVersionOperator(AsksApproval, EksStepOperator):
    """Ask EKS for a version; a sensor waits for the update it names.

    A running update to that version is adopted; at that version nothing is asked, of EKS or of a
    person (`AsksApproval`). The XCom `update_id` is empty when there is no update to wait for.

    Where EKS refuses because node groups trail, and the next run can bring them up first, nothing
    is wrong: the rest of this run is skipped, and the XCom `nodes_first` tells the next hop.

    Args:
        kubernetes_version: the minor to go to (`1.26`), one ahead of the present one.
        force: go past EKS's own readiness checks (insights); nothing else is forced.
        behind: names of node groups that trail and may be replaced first; empty: a refusal for
            such groups is one.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "kubernetes_version", "force", "behind", *AsksApproval.approval_fields,
    )  # fmt: skip
    holds_lock = True
    point = Point.CONTROL_PLANE
    output_keys = ("update_id", NODES_FIRST)

    def __init__(
        self,
        *,
        kubernetes_version: str,
        force: bool = False,
        behind: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kubernetes_version = kubernetes_version
        self.force = force
        self.behind = behind

    def publish(self, context: "Context", result: StepResult) -> dict[str, Any]:
        """The result; where nodes go first, the rest of this run is left to others."""
        told = super().publish(context, result)
        if result.data.get(NODES_FIRST):
            context["ti"].xcom_push(key=RETURN, value=told)
            skip_rest(context, hop_tasks(context), mapped=most_mapped(context))
        return told

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
            behind=self.behind,
        )
