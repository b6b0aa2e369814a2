"""Making the new node group and deleting the old one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator, run
from eks_upgrade_airflow.operators.approval import AsksApproval
from eks_upgrade_airflow.operators.nodes.load_balancers import AwaitsLoadBalancers
from eks_upgrade_airflow.operators.nodes.new_group import AwaitsNewGroup
from eks_upgrade_airflow.run.events import result_of
from eks_upgrade_airflow.run.lock import minutes_beyond
from eks_upgrade_airflow.run.request_tokens import request_token
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.node_groups import read_asg_of, read_node_group, read_node_groups
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.aws_auth import (
    is_last_with_role,
    role_warning,
    uses_config_map,
)
from include.eks_upgrade.nodes.managed.deletion import delete_group, may_delete
from include.eks_upgrade.nodes.managed.marks import is_at_zero
from include.eks_upgrade.nodes.managed.new_group.clone import (
    create_request,
    snapshot,
    tag_problem,
    wanted_nodes,
    with_family,
)
from include.eks_upgrade.nodes.managed.new_group.create import create_node_group
from include.eks_upgrade.nodes.managed.recheck import NewGroup, read_evictable_pods
from include.eks_upgrade.planning.approval.points import Point

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksCloneNodegroupOperator(EksStepOperator):
    """Create the new node group as a clone of the old one, or adopt the one that is there.

    The XCom `desired_nodes` is how many nodes it starts with, or has when it was adopted.

    Args:
        nodegroup_name: the old group.
        replacement_name: the new group.
        launch_template_id: the template of a group with a custom image; empty: the old group's
            own template and version, if it has one.
        launch_template_version: its version; goes with the id.
        ami_family: family of EKS's own image (`same` as the old group's, `al2023`, …); a custom
            image has the family it has.
        extra_nodes: nodes beyond the old group's live size.
        to_version: the Kubernetes minor to ask EKS for (`1.26`), where the image is EKS's; empty:
            the cluster's, as EKS sees it at that moment.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "nodegroup_name", "replacement_name", "launch_template_id", "launch_template_version",
        "ami_family", "extra_nodes", "to_version",
    )  # fmt: skip
    holds_lock = True
    output_keys = ("desired_nodes",)

    def __init__(  # noqa: PLR0913 - what makes a clone, each an argument of its own
        self,
        *,
        nodegroup_name: str,
        replacement_name: str,
        launch_template_id: str = "",
        launch_template_version: str = "",
        ami_family: str = "same",
        extra_nodes: int = 0,
        to_version: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.to_version = to_version
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.launch_template_id = launch_template_id
        self.launch_template_version = launch_template_version
        self.ami_family = ami_family
        self.extra_nodes = extra_nodes

    def step(self, context: "Context") -> StepResult:
        """Create or adopt."""
        clients = self.clients
        old = read_node_group(clients.eks, self.cluster_name, self.nodegroup_name)
        crowded = tag_problem(snapshot(old)) if old else None
        if old is None or crowded:
            new = read_node_group(clients.eks, self.cluster_name, self.replacement_name)
            if old is None:
                return _nothing_to_clone(self.nodegroup_name, self.replacement_name, new)
            if crowded and new is None:
                raise Refused("The new node group cannot be created", [crowded])
        return create_node_group(clients, self.cluster_name, self._request(clients, old, context))

    def _request(
        self, clients: AwsClients, old: Mapping[str, Any], context: "Context"
    ) -> dict[str, Any]:
        custom = bool(self.launch_template_id)
        kept = snapshot(old) if custom else with_family(snapshot(old), self.ami_family)
        template = {"id": self.launch_template_id, "version": self.launch_template_version}
        # Of a group that is kept without nodes the live size says nothing.
        asg = None if is_at_zero(old) else read_asg_of(clients.autoscaling, old)
        return create_request(
            kept,
            self.replacement_name,
            template=template if custom else None,
            desired=wanted_nodes(kept, asg, extra_nodes=self.extra_nodes),
            to_version=self.to_version,
            token=request_token(context, f"create {self.cluster_name}/{self.replacement_name}"),
        )


def _nothing_to_clone(old: str, new: str, there: Mapping[str, Any] | None) -> StepResult:
    """The old group is gone: right when the new one is there, otherwise nothing is made up."""
    if there is not None:
        text = f"node group '{old}' is gone and '{new}' is there"
        desired = there["scalingConfig"]["desiredSize"]
        return StepResult(text, data={"node_group": new, "desired_nodes": desired})
    problem = Problem(
        f"node group '{old}'",
        f"it does not exist any more, and neither does '{new}': there is nothing to clone",
        "start a new run; its plan begins with what the cluster has now",
    )
    raise Refused("no node group is made", [problem])


class EksDeleteNodegroupOperator(
    AsksApproval, AwaitsNewGroup, AwaitsLoadBalancers, EksStepOperator
):
    """Delete the old node group once nothing is left on it that would have to move; deferrable.

    Its nodes must have been out of the load balancers for `load_balancer_drain_seconds`; the drain
    has taken them out as they became empty, and one that it has not met is taken out here.

    The XCom `asg_name` names its Auto Scaling group, empty when it had none any more.

    Args:
        nodegroup_name: the old group.
        replacement_name: the new group, whose nodes must be Ready; empty: there is none.
        to_version: Kubernetes minor of the new nodes (`1.26`).
        ready_percent: percent of the new nodes that must be Ready.
        readiness_minutes: how long they are waited for when they are not at that moment.
        load_balancer_drain_seconds: as in docs/parameters.md; 0 neither takes out nor waits.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "nodegroup_name", "replacement_name", "to_version", "ready_percent",
        "readiness_minutes", "load_balancer_drain_seconds", *AsksApproval.approval_fields,
    )  # fmt: skip
    holds_lock = True
    point = Point.OLD_GROUP_DELETION
    output_keys = ("asg_name",)

    def __init__(
        self,
        *,
        nodegroup_name: str,
        replacement_name: str = "",
        to_version: str = "",
        ready_percent: int = 100,
        load_balancer_drain_seconds: float = DEFAULTS.load_balancer_drain_seconds,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.to_version = to_version
        self.ready_percent = ready_percent
        self.load_balancer_drain_seconds = load_balancer_drain_seconds

    def execute(self, context: "Context") -> dict[str, Any]:
        """Delete, holding the lock for longer than load balancers may take."""
        beyond = minutes_beyond([self.load_balancer_minutes])
        self.lock_minutes = max(float(self.lock_minutes), beyond)
        return super().execute(context)

    def step(self, context: "Context") -> StepResult:
        """Look at pods, the new group and the load balancers, then ask EKS to delete."""
        clients, name = self.clients, self.nodegroup_name
        group = read_node_group(clients.eks, self.cluster_name, name)
        known = {name: group} if group else {}
        if group is not None:
            new = self._check_new_group()
            known |= {self.replacement_name: new} if new else {}
            problem = may_delete(run(read_evictable_pods(clients, self.access, name)))
            if problem:
                raise Refused(f"node group '{name}' is not deleted", [problem])
            if group.get("status") != "DELETING":  # then it is too late to wait for anybody
                self.await_approval(context, old=name)
                self.await_load_balancers(context)
        notes = self._role_notes(group, known) if group else []
        result = delete_group(clients, self.cluster_name, name)
        return replace(result, data={**result.data, "notes": [*self.new_group_notes, *notes]})

    def _role_notes(self, group: Mapping[str, Any], known: Mapping[str, RawDict]) -> list[str]:
        """What nodes outside of managed groups lose with the last group that has their role."""
        if not uses_config_map(self.described):
            return []
        groups = read_node_groups(self.clients.eks, self.cluster_name, known)
        if not is_last_with_role(self.nodegroup_name, groups):
            return []
        warning = role_warning(self.nodegroup_name, group["nodeRole"], run(self._nodes()))
        if warning:
            self.log.warning("%s", warning)
        return [warning] if warning else []

    async def _nodes(self) -> list[Node]:
        async with KubeClient(self.access) as kube:
            return list(await kube.nodes())

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """Look at everything again: a node may have joined during the wait."""
        waited = result_of(event)
        result = self.step(context)
        return replace(result, waits=(*waited.waits, *result.waits))

    def _check_new_group(self) -> RawDict | None:
        if not self.replacement_name:
            return None
        new = NewGroup(self.replacement_name, self.to_version, self.ready_percent)
        return self.await_new_group(self.nodegroup_name, new)
