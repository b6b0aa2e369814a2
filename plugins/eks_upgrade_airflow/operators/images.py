"""Looking up the machine image of the new nodes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.request import UpgradeRequest

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksLookupAmiOperator(EksStepOperator):
    """Find and verify the image for the group that replaces an old one. Changes nothing.

    `data["image"]` is the image as JSON, or None where EKS chooses its own or where the
    old group has gone already.

    Args:
        group_step: the plan's step of this node group.
    """

    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "group_step")

    def __init__(self, *, group_step: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.group_step = group_step

    def step(self, context: "Context") -> StepResult:
        """Look the image up as the parameters say."""
        clients = self.clients
        blue, target = self.group_step["blue"], self.group_step["to_version"]
        group = read_node_group(clients.eks, self.cluster_name, blue)
        if group is None:
            return StepResult(
                f"node group '{blue}' is gone; no image is needed", data={"image": None}
            )
        choice = UpgradeRequest.from_params(context["params"]).ami
        found = find_image(clients, choice, group, target)
        if isinstance(found, Problem):
            raise Refused(f"no image for node group '{blue}'", [found])
        if found is None:
            return StepResult(f"EKS chooses its own image for {target}", data={"image": None})
        for note in found.notes:
            self.log.info("note: %s", note)
        text = f"image {found.id} ({found.name}, {found.architecture}); {found.source}"
        return StepResult(text, data={"image": found.as_json()})
