"""The rights inside the cluster that the tasks after the plan need, in one table. Pure.

Without one of them the fence or the drain would be refused, with the control plane moved already.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.blocked.policy import Action
from include.eks_upgrade.drain.options import RESTART, DrainOptions
from include.eks_upgrade.kube.rights.right import Right
from include.eks_upgrade.request import UpgradeRequest

ORDINARY: Final = "kubernetes.yaml"
RESTART_ROLLOUTS: Final = "kubernetes-restart-rollouts.yaml"
DELETE_PODS: Final = "kubernetes-delete-pods.yaml"
SMOKE_TEST: Final = "kubernetes-smoke-test.yaml"

SYSTEM: Final = "kube-system"
_LEASES: Final = "coordination.k8s.io"
_NAMED_LEASES: Final = ("eks-upgrade", *(f"eks-upgrade-baseline-{number}" for number in range(8)))


def _rights(  # noqa: PLR0913 - the columns of a table
    verbs: str,
    resources: str,
    purpose: str,
    *,
    group: str = "",
    namespace: str = "",
    names: Sequence[str] = ("",),
    file: str = ORDINARY,
) -> Iterator[Right]:
    for resource in resources.split():
        for name in names:
            for verb in verbs.split():
                yield Right(
                    verb=verb,
                    group=group,
                    resource=resource,
                    namespace=namespace,
                    name=name,
                    purpose=purpose,
                    file=file,
                )


_ALWAYS: Final = (
    *_rights("get list watch patch", "nodes", "to cordon nodes and follow their drain"),
    *_rights("list watch", "pods", "to follow the drain"),
    *_rights("create", "pods/eviction", "to drain"),
    *_rights("list", "daemonsets", "to know which pods stay on their nodes", group="apps"),
    *_rights("list", "replicasets", "to know what workloads want", group="apps"),
    *_rights("list", "persistentvolumes", "to compare zones of old and new nodes"),
    *_rights("list watch", "deployments statefulsets", "to drain what has no budget", group="apps"),
    *_rights("list watch", "poddisruptionbudgets", "to respect the budgets", group="policy"),
    *_rights("create", "leases", "for the lock and the baseline", group=_LEASES, namespace=SYSTEM),
    *_rights(
        "get update delete",
        "leases",
        "for the lock and the baseline",
        group=_LEASES,
        namespace=SYSTEM,
        names=_NAMED_LEASES,
    ),
)
_TO_RESTART: Final = (
    *_rights("get", "replicasets", "to restart rollouts", group="apps", file=RESTART_ROLLOUTS),
    *_rights(
        "get patch", "deployments", "to restart rollouts", group="apps", file=RESTART_ROLLOUTS
    ),
)
_TO_DELETE: Final = tuple(_rights("delete", "pods", "to delete blocked pods", file=DELETE_PODS))


def rights_for_pod(namespace: str, purpose: str) -> tuple[Right, ...]:
    """What running a pod of the user's needs: making it, following it, its output, deleting it.

    Args:
        namespace: where it runs.
        purpose: which pod it is, to stand in a sentence.
    """
    where, file = {"namespace": namespace}, SMOKE_TEST
    return (
        *_rights("create get delete", "pods", purpose, **where, file=file),
        *_rights("get", "pods/log", purpose, **where, file=file),
    )


def needed_rights(request: UpgradeRequest) -> tuple[Right, ...]:
    """What the tasks after the plan need when there is a node group to replace."""
    return (
        *_ALWAYS,
        *(_TO_RESTART if _may_restart(request.drain) else ()),
        *(_TO_DELETE if request.drain.may_delete_blocked_pods else ()),
        *(_to_test(request) if request.smoke_test_image else ()),
    )


def _to_test(request: UpgradeRequest) -> tuple[Right, ...]:
    return rights_for_pod(request.smoke_test_namespace, "for the smoke test")


def _may_restart(drain: DrainOptions) -> bool:
    return drain.single_replicas == RESTART or Action.RESTART in drain.when_blocked.values()


def missing_problems(missing: Iterable[Right]) -> tuple[Problem, ...]:
    """One problem that names all rights that the caller lacks; none when there are none."""
    missing = tuple(missing)
    if not missing:
        return ()
    files = dict.fromkeys(right.file for right in missing)
    apply = " ".join(f"-f include/permissions/{file}" for file in files)
    remedy = f"`kubectl apply {apply}`, by somebody who may give rights; see docs/permissions.md"
    if SMOKE_TEST in files:
        remedy += " (put that namespace into the last file first)"
    named = "; ".join(
        _named(tuple(alike)) for _, alike in groupby(missing, key=_but_for_verb_and_name)
    )
    return (Problem("rights in the cluster", f"the caller may not {named}", remedy),)


def _but_for_verb_and_name(right: Right) -> tuple[str, ...]:
    return right.group, right.resource, right.namespace, right.purpose


def _named(alike: Sequence[Right]) -> str:
    right = alike[0]
    verbs = ", ".join(dict.fromkeys(one.verb for one in alike))
    names = dict.fromkeys(one.name for one in alike if one.name)
    text = f"{verbs} {right.resource}"
    if names:
        text += f" ({first_few(names, len(_NAMED_LEASES))})"
    if right.namespace:
        text += f" in namespace {right.namespace}"
    return f"{text} {right.purpose}"
