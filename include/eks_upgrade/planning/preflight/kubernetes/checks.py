"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.kubernetes import (
    airflow_pods,
    budgets,
    cluster_rights,
    pods_read,
    pods_that_stay,
    protected_pods,
    running_jobs,
    stranded_pods,
    workloads_away,
)

CHECKS: tuple[Check, ...] = (
    pods_read.CHECK,
    airflow_pods.CHECK,
    pods_that_stay.CHECK,
    budgets.CHECK,
    stranded_pods.CHECK,
    workloads_away.CHECK,
    running_jobs.CHECK,
    protected_pods.CHECK,
    cluster_rights.CHECK,
)
