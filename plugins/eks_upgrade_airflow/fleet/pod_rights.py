"""Whether the pod of the fleet file's `health` may be run, asked before a cluster is touched."""

from typing import Any

from eks_upgrade_airflow.base import run
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.fleet.file.model import Pod
from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.kube.ask_rights import Asked, ask_rights
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.planning.preflight.kubernetes_rights import (
    missing_problems,
    rights_for_pod,
)
from include.eks_upgrade.retrying import classify


def why_no_pod(address: ClusterAddress, pod: Pod | None, log: Any) -> str:
    """Why the look after the upgrade could not run the pod; empty: it could, or none is wanted.

    Where the cluster gives no answer it is empty, too: the run that is started says in its plan
    what is wrong.
    """
    if pod is None:
        return ""
    try:
        asked = run(_ask(address.read_access(), pod))
    except Exception as error:  # noqa: BLE001 - whatever it is, the run says it better
        log.info("rights for the pod of `health` were not asked for: %s", classify(error).message)
        return ""
    for unknown in asked.unknown:
        log.info("%s", unknown)
    return "; ".join(unstopped(str(problem)) for problem in missing_problems(asked.missing))


async def _ask(access: ClusterAccess, pod: Pod) -> Asked:
    async with KubeClient(access) as kube:
        return await ask_rights(kube, rights_for_pod(pod.namespace, "for the pod of `health`"))
