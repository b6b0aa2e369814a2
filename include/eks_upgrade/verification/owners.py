"""Which workload a pod belongs to: the name that stays when pods, ReplicaSets and Jobs change.

A workload is named `Deployment shop/web`; a kind that Kubernetes does not have itself carries its
API group: `Cluster.postgresql.cnpg.io shop/db`. Others have made a StatefulSet of their own.
"""

import re
from typing import Final

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.workloads.owner import Owner, controller

BUILT_IN: Final = frozenset({"", "apps", "batch"})
"""API groups whose kinds are named without it."""

_TEMPLATE_HASHES: Final = (
    ("pod-template-hash", "Deployment"),
    ("rollouts-pod-template-hash", "Rollout.argoproj.io"),
)
"""Labels that a controller of ReplicaSets puts on pods; with it the ReplicaSet's name ends:
https://argo-rollouts.readthedocs.io/en/stable/features/specification/"""

_TICK: Final = re.compile(r"(.+)-\d{8,10}")
"""A CronJob's Job is named after it and the minute (earlier: the second) it was due, in epoch:
https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#job-creation"""


def workload_of(meta: Raw) -> str:
    """The workload of a pod, by its metadata; empty for one that nothing owns.

    A Job's pod is the Job's; the CronJob above it stands in the Job only (`Asking.tops`).
    """
    owner = controller(meta) or _any_owner(meta)
    if owner is None:
        return ""
    return of_owner(owner, str(meta.get("namespace", "")), meta.get("labels") or {})


def of_owner(owner: Owner, namespace: str, labels: Raw) -> str:
    """The workload of a pod that this owner controls."""
    if (owner.kind, _group(owner)) == ("ReplicaSet", "apps"):
        for label, kind in _TEMPLATE_HASHES:
            suffix = f"-{labels.get(label)}"
            if owner.name.endswith(suffix):
                return f"{kind} {namespace}/{owner.name.removesuffix(suffix)}"
    group = _group(owner)
    kind = owner.kind if group in BUILT_IN else f"{owner.kind}.{group}"
    return f"{kind} {namespace}/{owner.name}"


def parts(workload: str) -> tuple[str, str, str]:
    """Kind, namespace and name of a workload."""
    kind, _, path = workload.partition(" ")
    namespace, _, name = path.partition("/")
    return kind, namespace, name


def is_job(workload: str) -> bool:
    """Whether it is a Job, above which something else may stand."""
    return workload.startswith("Job ")


def guessed_top(job: str) -> str:
    """The CronJob of a Job by the Job's name alone, or the Job itself."""
    _, namespace, name = parts(job)
    found = _TICK.fullmatch(name)
    return f"CronJob {namespace}/{found[1]}" if found else job


def _group(owner: Owner) -> str:
    return owner.api_version.rpartition("/")[0]


def _any_owner(meta: Raw) -> Owner | None:
    """Some operators set no `controller`; whose the pod is, they say all the same."""
    for each in meta.get("ownerReferences") or ():
        return Owner(each["kind"], each["name"], each.get("uid", ""), each.get("apiVersion", ""))
    return None
