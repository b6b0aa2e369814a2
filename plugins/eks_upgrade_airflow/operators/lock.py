"""Taking the cluster's lock and giving it back."""

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import run
from eks_upgrade_airflow.notices.told import tell_started
from eks_upgrade_airflow.operators.kubernetes import KubernetesStepOperator
from eks_upgrade_airflow.run.lock import give_lock_back, take_lock
from eks_upgrade_airflow.run.record import may_have_worked
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksLockClusterOperator(KubernetesStepOperator):
    """Take the lock (a Lease in kube-system) for this run; renewed by each step that changes.

    With it the run begins, and whoever wants to know gets word of it.
    """

    def step(self, context: "Context") -> StepResult:
        """Take or renew it."""
        taken = run(take_lock(self.access, context, minutes=self.lock_minutes))
        untold = tell_started(context, self.cluster_name or str(self.kubernetes_conn_id))
        return replace(taken, obstacles=(*taken.obstacles, *untold))


class EksUnlockClusterOperator(KubernetesStepOperator):
    """Give this run's lock back; another run's is never touched.

    It runs whatever became of the task that takes the lock, if its trigger rule lets it, and
    skips itself when that was never begun or failed by itself: then nothing is asked of a cluster
    that may not even be there.
    """

    def step(self, context: "Context") -> StepResult:
        """Release it."""
        before = sorted(self.upstream_task_ids)
        locks = [task_id for task_id in before if context["dag"].get_task(task_id).is_setup]
        if locks and not any(may_have_worked(context, task_id) for task_id in locks):
            raise AirflowSkipException("the lock was not taken: there is nothing to give back")
        return run(give_lock_back(self.access, context))
