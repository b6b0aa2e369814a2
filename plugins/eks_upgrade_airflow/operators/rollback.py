"""Taking a control plane back by one minor: its plan, and the deed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.connection.facts import read_facts
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator
from eks_upgrade_airflow.run.request_tokens import request_token
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.rollback_insights import read_rollback_insights
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.control_plane.roll_back import cancel_rollback, start_rollback
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.planning.rollback.asked import RollbackAsked
from include.eks_upgrade.planning.rollback.make_plan import make_cancel_plan, make_rollback_plan
from include.eks_upgrade.planning.rollback.options import auto_mode_problems
from include.eks_upgrade.request import UpgradeRequest

if TYPE_CHECKING:
    from airflow.sdk import Context

NODE_MINUTES = 720.0
"""For how long EKS replaces nodes of Auto Mode before it gives up; its own default."""


class EksPlanRollbackOperator(EksPlanUpgradeOperator):
    """Read what is, say whether the control plane can go back, and refuse where it cannot.

    The XCom is a plan as `EksPlanUpgradeOperator` leaves it; under `wait_minutes` stands for how
    long the update is waited for.

    Attributes:
        goes_back: the report of its run tells a way back.

    Args:
        cancel: a rollback that runs is to be cancelled, instead of one being started.
        auto_mode_minutes: see `EksRollBackClusterVersionOperator`.
    """

    goes_back = True
    template_fields: Sequence[str] = (
        *EksPlanUpgradeOperator.template_fields, "cancel", "auto_mode_minutes",
    )  # fmt: skip

    def __init__(
        self, *, cancel: bool = False, auto_mode_minutes: float = NODE_MINUTES, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.cancel = cancel
        self.auto_mode_minutes = auto_mode_minutes
        self._wait_minutes = 0.0

    def execute(self, context: "Context") -> dict[str, Any]:
        """Make the plan, log it, and leave how long the update may take."""
        plan = super().execute(context)
        context["ti"].xcom_push(key="wait_minutes", value=self._wait_minutes)
        return plan

    def _plan(self, request: UpgradeRequest, clients: AwsClients) -> Plan:
        problems = auto_mode_problems(self.auto_mode_minutes)
        if problems:
            raise self._refused(request, problems)
        facts = read_facts(self.address, clients)
        with aws_errors_about(f"cluster {self.cluster_name!r}"):
            insights = read_rollback_insights(clients.eks, self.cluster_name)
        asked = RollbackAsked(
            facts=facts,
            moment=datetime.now(UTC),
            target_version=request.target_version,
            addon_conflicts=request.addon_conflicts,
            override_insights=request.override_insights,
            insights=insights,
        )
        on_nodes = float(self.auto_mode_minutes) if facts.auto_mode else 0.0
        self._wait_minutes = request.limits.control_plane_minutes + on_nodes
        make = make_cancel_plan if self.cancel else make_rollback_plan
        return make(asked, region=request.region or clients.region)

    def _refused(self, request: UpgradeRequest, problems: list[Problem]) -> Refused:
        return Refused(f"The control plane of cluster {request.cluster!r} cannot go back", problems)


class EksRollBackClusterVersionOperator(EksStepOperator):
    """Ask EKS to take the control plane back, or to cancel that; a sensor waits for the update.

    A rollback that runs is adopted; at the target nothing is asked. The XCom `update_id` is empty
    when there is no update to wait for.

    Args:
        kubernetes_version: the minor to go back to (`1.25`), one behind the present one.
        force: go past EKS's own readiness checks (insights); nothing else is forced.
        cancel: have a rollback that runs cancelled instead.
        auto_mode_minutes: for how long EKS may replace nodes of Auto Mode; other clusters: unused.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "kubernetes_version", "force", "cancel", "auto_mode_minutes",
    )  # fmt: skip
    holds_lock = True
    output_keys = ("update_id",)

    def __init__(
        self,
        *,
        kubernetes_version: str,
        force: bool = False,
        cancel: bool = False,
        auto_mode_minutes: float = NODE_MINUTES,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kubernetes_version = kubernetes_version
        self.force = force
        self.cancel = cancel
        self.auto_mode_minutes = auto_mode_minutes

    def step(self, context: "Context") -> StepResult:
        """Start, adopt or cancel."""
        cluster, target = self.cluster_name, self.kubernetes_version
        if self.cancel:
            token = request_token(context, f"cancel rollback {cluster}")
            return cancel_rollback(self.clients, cluster, token=token)
        return start_rollback(
            self.clients,
            cluster,
            target,
            force=self.force,
            node_minutes=float(self.auto_mode_minutes),
            token=request_token(context, f"roll back {cluster} {target}"),
        )
