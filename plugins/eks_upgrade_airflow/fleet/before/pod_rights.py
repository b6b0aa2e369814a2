"""Whether the pod of the fleet file's `health` may be run, asked before a cluster is touched."""

from typing import Any

from eks_upgrade_airflow.base import run
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Pod
from include.eks_upgrade.fleet.health.pod import command_of
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.errors import Answer
from include.eks_upgrade.kube.rights.ask import Asked, ask_rights
from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import (
    missing_problems,
    rights_for_pod,
)
from include.eks_upgrade.retrying import classify
from include.eks_upgrade.verification.trial_pod import judge_trial, trial_pod

REMEDY = (
    "put that right in this cluster, or change `pod` under `health` in the fleet file; then the "
    "next run of the fleet takes the cluster"
)


def why_no_pod(address: ClusterAddress, pod: Pod | None, cluster: FleetCluster, log: Any) -> str:
    """Why the look after the upgrade could not run the pod; empty: it could, or none is wanted.

    Where the cluster gives no answer it is empty, too: the run that is started says in its plan
    what is wrong.
    """
    if pod is None:
        return ""
    try:
        asked, tried = run(_ask(address.read_access(), pod, cluster))
    except Exception as error:  # noqa: BLE001 - whatever it is, the run says it better
        log.info("whether the pod of `health` may be run was not seen: %s", classify(error).message)
        return ""
    for unknown in asked.unknown:
        log.info("%s", unknown)
    missing = "; ".join(unstopped(str(problem)) for problem in missing_problems(asked.missing))
    return missing or _refused(tried, pod, log)


async def _ask(access: ClusterAccess, pod: Pod, cluster: FleetCluster) -> tuple[Asked, Answer]:
    tried = trial_pod(
        pod.image,
        command_of(pod.command, cluster),
        pod.namespace,
        pod.service_account_name,
        minutes=pod.minutes,
    )
    async with KubeClient(access) as kube:
        asked = await ask_rights(kube, rights_for_pod(pod.namespace, "for the pod of `health`"))
        return asked, await kube.try_pod(tried)


def _refused(answer: Answer, pod: Pod, log: Any) -> str:
    tried = judge_trial(answer)
    subject = f"the pod of `health` in namespace '{pod.namespace}'"
    if tried.unknown:
        log.info("%s: %s", subject, tried.unknown)
    return f"{subject}: {unstopped(tried.refused)}. Remedy: {REMEDY}" if tried.refused else ""
