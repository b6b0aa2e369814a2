"""What operators share that need Kubernetes alone, so that they work on any cluster."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator, report_failure
from eks_upgrade_airflow.connection.kubernetes import KubernetesConnection
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.kube.connection.access import ClusterAccess

if TYPE_CHECKING:
    from airflow.sdk import Context


class KubernetesStepOperator(EksStepOperator):
    """An operator on an EKS cluster, or on any cluster that a Kubernetes connection leads to.

    Args:
        cluster_name: the EKS cluster; with `kubernetes_conn_id` only a name for the log.
        kubernetes_conn_id: Airflow connection of the type Kubernetes Cluster Connection; with it
            AWS is not asked for anything, and `aws_conn_id` and `region_name` mean nothing.
    """

    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "kubernetes_conn_id")

    def __init__(
        self, *, cluster_name: str = "", kubernetes_conn_id: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(cluster_name=cluster_name, **kwargs)
        self.kubernetes_conn_id = kubernetes_conn_id

    @cached_property
    def access(self) -> ClusterAccess:
        """How to reach the cluster's Kubernetes API, read once in this task's process."""
        if not self.kubernetes_conn_id:
            return self.address.read_access(self.clients)
        connection = KubernetesConnection(self.kubernetes_conn_id)
        title = f"cluster '{self.cluster_name}'" if self.cluster_name else connection.title
        self.log.info("%s is reached by '%s', without AWS", title, self.kubernetes_conn_id)
        return connection.read_access()

    def execute(self, context: "Context") -> dict[str, Any]:
        """Run the step, unless its arguments cannot be; then nothing was asked of any cluster."""
        with report_failure(context):
            problems = self.argument_problems()
            if problems:
                raise Refused(f"task '{self.task_id}' cannot be done", problems)
        return super().execute(context)

    def argument_problems(self) -> list[Problem]:
        """Everything that is wrong with the arguments, as they are once templates are rendered."""
        if self.cluster_name or self.kubernetes_conn_id:
            return []
        what = "neither cluster_name nor kubernetes_conn_id is given"
        remedy = "name the EKS cluster, or the Airflow connection of another cluster"
        return [Problem("cluster", what, remedy)]
