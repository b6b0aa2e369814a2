"""Looking up the machine image of new nodes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.text import trimmed
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.nodes.images.planned import find_planned_image

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksLookupAmiOperator(EksStepOperator):
    """Find and verify the image for the group that replaces an old one. Changes nothing.

    The XComs `image_id` and `image_family` are empty where EKS chooses its own image, or where the
    old group has gone already.

    Args:
        nodegroup_name: the old group.
        kubernetes_version: minor of the new nodes (`1.26`).
        ami_source: `eks_optimized`, `name_pattern` or `image_id`.
        ami_family: `same` (as the old group), `al2`, `al2023` or `bottlerocket`.
        ami_name_pattern: for `name_pattern`; may hold `{version}` and `{architecture}`.
        ami_owner: account id or alias for `name_pattern`.
        ami_id: for `image_id`.
        replace_custom_image: whether `eks_optimized` may replace an image of your own.
        planned_image_id: the image that a plan has shown; it alone is used, or refused when it
            is gone or unsuitable by now. Empty: the plan has shown that EKS chooses. None: there
            is no plan, the image is looked for as `ami_source` says.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "nodegroup_name", "kubernetes_version", "ami_source", "ami_family", "ami_name_pattern",
        "ami_owner", "ami_id", "replace_custom_image", "planned_image_id",
    )  # fmt: skip
    output_keys = ("image_id", "image_family")

    def __init__(  # noqa: PLR0913 - each way to name an image is an argument of its own
        self,
        *,
        nodegroup_name: str,
        kubernetes_version: str,
        ami_source: str = "eks_optimized",
        ami_family: str = "same",
        ami_name_pattern: str | None = "",
        ami_owner: str | None = "amazon",
        ami_id: str | None = "",
        replace_custom_image: bool = False,
        planned_image_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.kubernetes_version = kubernetes_version
        self.ami_source = ami_source
        self.ami_family = ami_family
        self.ami_name_pattern = ami_name_pattern
        self.ami_owner = ami_owner
        self.ami_id = ami_id
        self.replace_custom_image = replace_custom_image
        self.planned_image_id = planned_image_id

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Look the image up."""
        clients, name = self.clients, self.nodegroup_name
        group = read_node_group(clients.eks, self.cluster_name, name)
        if group is None:
            return _result(f"node group '{name}' is gone; no image is needed")
        if self.planned_image_id is None:
            found = find_image(clients, self._choice(), group, self.kubernetes_version)
        else:
            found = find_planned_image(
                clients, self._choice(), group, self.kubernetes_version, self.planned_image_id
            )
        if isinstance(found, Problem):
            raise Refused(f"no image for node group '{name}'", [found])
        if found is None:
            return _result(f"EKS chooses its own image for {self.kubernetes_version}")
        for note in found.notes:
            self.log.info("note: %s", note)
        text = f"image {found.id} ({found.name}, {found.architecture}); {found.source}"
        return _result(text, found.id, found.family)

    def _choice(self) -> AmiChoice:
        return AmiChoice(
            source=self.ami_source,
            family=self.ami_family,
            name_pattern=trimmed(self.ami_name_pattern or ""),
            owner=trimmed(self.ami_owner or ""),
            image_id=trimmed(self.ami_id or ""),
            replace_custom_image=self.replace_custom_image,
        )


def _result(text: str, image_id: str = "", image_family: str = "") -> StepResult:
    return StepResult(text, data={"image_id": image_id, "image_family": image_family})
