"""Making the new node group and deleting the old one."""

from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator, run
from eks_upgrade_airflow.run.tokens import request_token
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.node_groups import read_asg_of, read_node_group
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.clone import (
    create_request,
    snapshot,
    wanted_nodes,
    with_family,
)
from include.eks_upgrade.nodes.managed.create import create_node_group
from include.eks_upgrade.nodes.managed.deletion import delete_group, may_delete
from include.eks_upgrade.nodes.managed.recheck import check_new_group_ready, read_evictable_pods

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksCloneNodegroupOperator(EksStepOperator):
    """Create the new node group as a clone of the old one, or adopt the one that is there.

    Args:
        group_step: the plan's step of this node group.
        looked_up: result of the image look-up.
        template: result of the launch template step.
        family: DAG parameter `ami_family`.
        extra_nodes: nodes beyond the old group's live size.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "group_step", "looked_up", "template", "family", "extra_nodes",
    )  # fmt: skip
    holds_lock = True

    def __init__(
        self,
        *,
        group_step: Mapping[str, Any],
        looked_up: Mapping[str, Any],
        template: Mapping[str, Any],
        family: str = "same",
        extra_nodes: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.group_step = group_step
        self.looked_up = looked_up
        self.template = template
        self.family = family
        self.extra_nodes = extra_nodes

    def step(self, context: "Context") -> StepResult:
        """Create or adopt."""
        clients = self.clients
        blue, green = self.group_step["blue"], self.group_step["green"]
        old = read_node_group(clients.eks, self.cluster_name, blue)
        new = read_node_group(clients.eks, self.cluster_name, green)
        if old is None:
            return _nothing_to_clone(blue, green, new)
        return create_node_group(clients, self.cluster_name, self._request(clients, old, context))

    def _request(
        self, clients: AwsClients, old: Mapping[str, Any], context: "Context"
    ) -> dict[str, Any]:
        image, green = self.looked_up["data"]["image"], self.group_step["green"]
        kept = snapshot(old) if image else with_family(snapshot(old), self.family)
        asg = read_asg_of(clients.autoscaling, old)
        return create_request(
            kept,
            green,
            image=Image.from_json(image) if image else None,
            template=self.template["data"] or None,
            desired=wanted_nodes(kept, asg, extra_nodes=self.extra_nodes),
            token=request_token(context, f"create {self.cluster_name}/{green}"),
        )


def _nothing_to_clone(blue: str, green: str, new: Mapping[str, Any] | None) -> StepResult:
    """The old group is gone: right when the new one is there, otherwise nothing is made up."""
    if new is not None:
        text = f"node group '{blue}' is gone and '{green}' is there"
        return StepResult(
            text, data={"node_group": green, "desired": new["scalingConfig"]["desiredSize"]}
        )
    problem = Problem(
        f"node group '{blue}'",
        f"it does not exist any more, and neither does '{green}': there is nothing to clone",
        "start a new run; its plan begins with what the cluster has now",
    )
    raise Refused("no node group is made", [problem])


class EksDeleteNodegroupOperator(EksStepOperator):
    """Delete the old node group once nothing is left on it that would have to move.

    Args:
        group_step: the plan's step of this node group.
        ready_percent: percent of the new nodes that must be Ready, looked at again.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields, "group_step", "ready_percent",
    )  # fmt: skip
    holds_lock = True

    def __init__(
        self, *, group_step: Mapping[str, Any], ready_percent: int = 100, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.group_step = group_step
        self.ready_percent = ready_percent

    def step(self, context: "Context") -> StepResult:  # noqa: ARG002 - Airflow's signature
        """Look at pods and at the new group, then ask EKS to delete."""
        clients, blue = self.clients, self.group_step["blue"]
        group = read_node_group(clients.eks, self.cluster_name, blue)
        if group is not None:
            access = self.access
            run(self._check_new_group(clients, access))
            problem = may_delete(run(read_evictable_pods(access, blue)))
            if problem:
                raise Refused(f"node group '{blue}' is not deleted", [problem])
        return delete_group(clients, self.cluster_name, blue)

    def _check_new_group(
        self, clients: AwsClients, access: ClusterAccess
    ) -> Coroutine[Any, Any, None]:
        return check_new_group_ready(
            clients,
            access,
            self.cluster_name,
            name=self.group_step["blue"],
            replacement=self.group_step["green"],
            to_version=self.group_step["to_version"],
            ready_percent=self.ready_percent,
        )
