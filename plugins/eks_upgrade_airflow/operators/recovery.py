"""The way out when an old node group will not go.

Each rung looks at the world first and skips itself when the group is gone; what comes after a
skipped rung is skipped with it. So on a good day the whole group of tasks is skipped, and after a
deletion that worked at the second try its last rungs are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepOperator, run
from eks_upgrade_airflow.operators.approval import AsksApproval
from eks_upgrade_airflow.run.attempts import AttemptLog, load_attempts, record_attempt
from include.eks_upgrade.aws.facts import health_text
from include.eks_upgrade.aws.node_groups import read_asg_of, read_node_group
from include.eks_upgrade.common.step_result import Obstacle, StepResult
from include.eks_upgrade.nodes.managed.deletion import delete_group
from include.eks_upgrade.nodes.managed.recheck import read_evictable_pods
from include.eks_upgrade.nodes.managed.recovery.diagnosis import read_diagnosis
from include.eks_upgrade.nodes.managed.recovery.ladder import (
    delete_auto_scaling_group,
    lift_guards,
)
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions
from include.eks_upgrade.planning.approval.points import Point

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksRecoveryOperator(EksStepOperator):
    """Base of the rungs.

    Args:
        nodegroup_name: the old group.
    """

    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "nodegroup_name")

    def __init__(self, *, nodegroup_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name

    def step(self, context: "Context") -> StepResult:
        """Climb the rung, unless the group is gone.

        Raises:
            AirflowSkipException: it is gone, and no try of this task has done anything about it.
        """
        group = read_node_group(self.clients.eks, self.cluster_name, self.nodegroup_name)
        if group is not None:
            return load_attempts(context).added_to(self.climb(context, group))
        log, text = load_attempts(context), f"node group '{self.nodegroup_name}' is gone"
        if log == AttemptLog():
            raise AirflowSkipException(text)
        return log.added_to(StepResult(text))

    def climb(self, context: "Context", group: dict[str, Any]) -> StepResult:
        """What this rung does about the group, which is there; it records what it will pass."""
        raise NotImplementedError


class EksDiagnoseNodegroupOperator(EksRecoveryOperator):
    """Find out what keeps the group: health, protection, suspended processes, hooks, … ."""

    def climb(self, context: "Context", group: dict[str, Any]) -> StepResult:  # noqa: ARG002 - for others
        """Look; change nothing. `data` is `Diagnosis.as_json()`."""
        found = read_diagnosis(self.clients, self.cluster_name, self.nodegroup_name)
        for guard in found.guards:
            self.log.info("%s; lifted by %s", guard, guard.allowed_by or "nobody here")
        return StepResult(found.text, data=found.as_json())


class EksUnprotectNodegroupOperator(EksRecoveryOperator):
    """Lift what keeps the group's instances, if that is allowed, and nothing that is not there.

    Args:
        may_unprotect: whether it is allowed; otherwise what is there is refused, with its remedy.
    """

    template_fields: Sequence[str] = (*EksRecoveryOperator.template_fields, "may_unprotect")
    holds_lock = True

    def __init__(self, *, may_unprotect: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.may_unprotect = may_unprotect

    def climb(self, context: "Context", group: dict[str, Any]) -> StepResult:  # noqa: ARG002 - for others
        """Lift the guards."""
        return lift_guards(
            self.clients,
            self.cluster_name,
            self.nodegroup_name,
            RecoveryOptions(may_unprotect=self.may_unprotect),
            about_to=partial(record_attempt, context),
        )


class EksDeleteAutoScalingGroupOperator(AsksApproval, EksRecoveryOperator):
    """The last rung: delete the group's Auto Scaling group, if that is allowed.

    Args:
        may_delete_asg: whether it is allowed; otherwise it is refused.
    """

    template_fields: Sequence[str] = (
        *EksRecoveryOperator.template_fields, "may_delete_asg", *AsksApproval.approval_fields,
    )  # fmt: skip
    holds_lock = True
    point = Point.ASG_DELETION

    def __init__(self, *, may_delete_asg: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.may_delete_asg = may_delete_asg

    def climb(self, context: "Context", group: dict[str, Any]) -> StepResult:
        """Look whose it is and that nothing is left on it, then delete it."""
        # What is not allowed, or not there, is not asked about.
        asks = self.asks and self.may_delete_asg
        if asks and read_asg_of(self.clients.autoscaling, group) is not None:
            self.await_approval(context, old=self.nodegroup_name)
        return delete_auto_scaling_group(
            self.clients,
            self.cluster_name,
            self.nodegroup_name,
            RecoveryOptions(may_unprotect=True, may_delete_asg=self.may_delete_asg),
            pods_left=run(read_evictable_pods(self.clients, self.access, self.nodegroup_name)),
            about_to=partial(record_attempt, context),
        )


class EksDeleteNodegroupAgainOperator(EksRecoveryOperator):
    """Ask EKS again to delete the group, after a rung has changed something."""

    holds_lock = True

    def climb(self, context: "Context", group: dict[str, Any]) -> StepResult:
        """Delete again, unless it is going already."""
        passed = () if group["status"] == "DELETING" else (_stuck(group),)
        record_attempt(context, passed)
        result = delete_group(self.clients, self.cluster_name, self.nodegroup_name)
        return replace(result, obstacles=passed if result.changed else ())


def _stuck(group: Mapping[str, Any]) -> Obstacle:
    what = f"deletion of node group {group['nodegroupName']}: {group['status']}"
    health = health_text(group)
    return Obstacle(f"{what}, {health}" if health else what, "DeleteNodegroup again")
