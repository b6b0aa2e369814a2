"""The way out when an old node group will not go.

Each rung looks at the world first and skips itself when the group is gone. (In Airflow 3.3 a
branch inside a mapped task group does not keep its other side from running, apache/airflow
issue 67265; here it would find nothing to do.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.branch import BranchMixIn
from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepOperator, report_failure, run
from eks_upgrade_airflow.run.attempts import AttemptLog, load_attempts, record_attempt
from include.eks_upgrade.aws.facts import health_text
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.step_result import Obstacle, StepResult
from include.eks_upgrade.nodes.managed.deletion import delete_group
from include.eks_upgrade.nodes.managed.recheck import read_evictable_pods
from include.eks_upgrade.nodes.managed.recovery.diagnosis import Diagnosis, read_diagnosis
from include.eks_upgrade.nodes.managed.recovery.ladder import (
    delete_auto_scaling_group,
    lift_guards,
)
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions

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

    def group(self) -> dict[str, Any] | None:
        """The group as it is now, None when it is gone."""
        return read_node_group(self.clients.eks, self.cluster_name, self.nodegroup_name)

    def step(self, context: "Context") -> StepResult:
        """Climb the rung, unless the group is gone.

        Raises:
            AirflowSkipException: it is gone, and no try of this task has done anything about it.
        """
        group, message = self.group(), f"node group '{self.nodegroup_name}' is gone"
        if group is not None:
            return load_attempts(context).added_to(self.climb(context, group))
        met = load_attempts(context)
        if met == AttemptLog():
            raise AirflowSkipException(message)
        return met.added_to(StepResult(message))

    def climb(self, context: "Context", group: dict[str, Any]) -> StepResult:
        """What this rung does about the group, which is there; see `memory` for what it tells."""
        raise NotImplementedError


class EksDeletionBranchOperator(EksRecoveryOperator, BranchMixIn):
    """Go the short way when the group is gone, the long one when it is not.

    Args:
        if_gone: task to go on with when the group is gone.
        if_stuck: task to go on with when it is not.
    """

    inherits_from_skipmixin = True

    def __init__(self, *, if_gone: str, if_stuck: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.if_gone = if_gone
        self.if_stuck = if_stuck

    def execute(self, context: "Context") -> Any:
        """Look and branch."""
        with report_failure(context):
            group = self.group()
        if group is None:
            self.log.info("node group '%s' is gone", self.nodegroup_name)
            return self.do_branch(context, self.if_gone)
        self.log.info("node group '%s' is %s", self.nodegroup_name, group["status"])
        return self.do_branch(context, self.if_stuck)


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
        diagnosis: result of the diagnosis.
        may_unprotect: DAG parameter.
    """

    template_fields: Sequence[str] = (
        *EksRecoveryOperator.template_fields, "diagnosis", "may_unprotect",
    )  # fmt: skip
    holds_lock = True

    def __init__(
        self, *, diagnosis: Mapping[str, Any] | None, may_unprotect: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.diagnosis = diagnosis
        self.may_unprotect = may_unprotect

    def climb(self, context: "Context", group: dict[str, Any]) -> StepResult:  # noqa: ARG002 - for others
        """Lift the guards."""
        options = RecoveryOptions(may_unprotect=self.may_unprotect)
        about_to = partial(record_attempt, context)
        return lift_guards(self.clients, self._found(), options, about_to=about_to)

    def _found(self) -> Diagnosis:
        if self.diagnosis:
            return Diagnosis.from_json(self.diagnosis["data"])
        return read_diagnosis(self.clients, self.cluster_name, self.nodegroup_name)


class EksDeleteAutoScalingGroupOperator(EksRecoveryOperator):
    """The last rung: delete the group's Auto Scaling group, if that is allowed.

    Args:
        may_delete_asg: DAG parameter.
    """

    template_fields: Sequence[str] = (*EksRecoveryOperator.template_fields, "may_delete_asg")
    holds_lock = True

    def __init__(self, *, may_delete_asg: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.may_delete_asg = may_delete_asg

    def climb(self, context: "Context", group: dict[str, Any]) -> StepResult:  # noqa: ARG002 - for others
        """Look whose it is and that nothing is left on it, then delete it."""
        clients = self.clients
        return delete_auto_scaling_group(
            clients,
            read_diagnosis(clients, self.cluster_name, self.nodegroup_name),
            RecoveryOptions(may_unprotect=True, may_delete_asg=self.may_delete_asg),
            pods_left=run(read_evictable_pods(self.access, self.nodegroup_name)),
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
    message = health_text(group)
    return Obstacle(f"{what}, {message}" if message else what, "DeleteNodegroup again")
