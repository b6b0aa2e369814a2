"""Preparing the launch template version of the new node group."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.nodes.launch_templates.prepare import prepare_template
from include.eks_upgrade.nodes.managed.new_group.clone import snapshot

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksPrepareLaunchTemplateOperator(EksStepOperator):
    """A version of the group's own template with the new image and its bootstrap user data.

    Nothing is made where EKS chooses the image. The XComs `launch_template_id` and
    `launch_template_version` are empty then.

    Args:
        nodegroup_name: the old group.
        replacement_name: the new group.
        image_id: the new nodes' custom image; empty where EKS chooses its own.
        image_family: its family: `al2`, `al2023`, `bottlerocket`, `ubuntu`.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "nodegroup_name", "replacement_name", "image_id", "image_family",
    )  # fmt: skip
    holds_lock = True
    output_keys = ("launch_template_id", "launch_template_version")

    def __init__(
        self,
        *,
        nodegroup_name: str,
        replacement_name: str,
        image_id: str = "",
        image_family: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.image_id = image_id
        self.image_family = image_family

    def execute(self, context: "Context") -> dict[str, Any]:
        """Hold the lock where there is something to change."""
        self.holds_lock = bool(self.image_id)
        return super().execute(context)

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Find or make the version."""
        if not self.image_id:
            return StepResult(
                f"EKS chooses the image of '{self.replacement_name}': no launch template version"
                " is needed"
            )
        clients = self.clients
        old = read_node_group(clients.eks, self.cluster_name, self.nodegroup_name)
        if old is None:
            raise Refused("The launch template cannot be prepared", [self._gone()])
        with aws_errors_about(f"cluster '{self.cluster_name}'"):
            cluster = clients.eks.describe_cluster(name=self.cluster_name)["cluster"]
        return prepare_template(
            clients,
            cluster,
            replacement=self.replacement_name,
            snapshot=snapshot(old),
            image_id=self.image_id,
            image_family=self.image_family,
        )

    def _gone(self) -> Problem:
        return Problem(
            f"node group '{self.nodegroup_name}'",
            "it does not exist any more, so its launch template is not known",
            f"repeat {Stage.PLAN.title}: it begins with what the cluster has now",
        )
