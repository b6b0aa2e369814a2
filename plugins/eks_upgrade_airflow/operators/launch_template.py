"""Preparing the launch template version of the new node group."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.launch_templates.prepare import prepare_template

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksPrepareLaunchTemplateOperator(EksStepOperator):
    """A version of the group's own template with the new image and its bootstrap user data.

    Nothing is made where EKS chooses the image. `data` is `{"id", "version", "notes"}` or empty.

    Args:
        group_step: the plan's step of this node group.
        looked_up: result of `EksLookupAmiOperator`.
    """

    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "group_step", "looked_up")
    holds_lock = True

    def __init__(
        self, *, group_step: Mapping[str, Any], looked_up: Mapping[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.group_step = group_step
        self.looked_up = looked_up

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Find or make the version."""
        image = self.looked_up["data"]["image"]
        clients = self.clients
        with aws_errors_about(f"cluster '{self.cluster_name}'"):
            cluster = clients.eks.describe_cluster(name=self.cluster_name)["cluster"]
        return prepare_template(
            clients,
            cluster,
            name=self.group_step["blue"],
            replacement=self.group_step["green"],
            snapshot=self.group_step["snapshot"],
            image=Image.from_json(image) if image else None,
        )
