"""The checks of this folder; a new one is added here, and is told in this order."""

from include.eks_upgrade.planning.preflight.check import Check
from include.eks_upgrade.planning.preflight.kubernetes import (
    airflow_pods,
    autoscalers,
    budgets,
    budgets_with_cron_jobs,
    cluster_rights,
    finalizers,
    pods_read,
    pods_that_stay,
    protected_pods,
    running_jobs,
    slow_to_stop,
    smoke_test_pod,
    static_pods,
    stranded_pods,
    volume_attachments,
    workloads_away,
)
from include.eks_upgrade.planning.preflight.kubernetes.api import (
    admission_webhooks,
    api_services,
    conversion_webhooks,
    kube_proxy,
)
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes import (
    host_ports,
    images,
    quotas,
    room,
    spread,
    volumes,
)

CHECKS: tuple[Check, ...] = (
    pods_read.CHECK,
    airflow_pods.CHECK,
    pods_that_stay.CHECK,
    budgets.CHECK,
    budgets_with_cron_jobs.CHECK,
    stranded_pods.CHECK,
    static_pods.CHECK,
    room.CHECK,
    spread.CHECK,
    host_ports.CHECK,
    volumes.CHECK,
    volume_attachments.CHECK,
    quotas.CHECK,
    images.CHECK,
    workloads_away.CHECK,
    autoscalers.CHECK,
    running_jobs.CHECK,
    protected_pods.CHECK,
    slow_to_stop.CHECK,
    finalizers.CHECK,
    admission_webhooks.CHECK,
    conversion_webhooks.CHECK,
    api_services.CHECK,
    kube_proxy.CHECK,
    cluster_rights.CHECK,
    smoke_test_pod.CHECK,
)
