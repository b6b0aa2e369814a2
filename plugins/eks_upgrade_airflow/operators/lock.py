"""Taking the cluster's lock and giving it back."""

from typing import TYPE_CHECKING

from eks_upgrade_airflow.base import run
from eks_upgrade_airflow.operators.kubernetes import KubernetesStepOperator
from eks_upgrade_airflow.run.lock import give_lock_back, take_lock
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksLockClusterOperator(KubernetesStepOperator):
    """Take the lock (a Lease in kube-system) for this run; renewed by each step that changes."""

    def step(self, context: "Context") -> StepResult:
        """Take or renew it."""
        return run(take_lock(self.access, context, minutes=self.lock_minutes))


class EksUnlockClusterOperator(KubernetesStepOperator):
    """Give this run's lock back; another run's is never touched."""

    def step(self, context: "Context") -> StepResult:
        """Release it."""
        return run(give_lock_back(self.access, context))
