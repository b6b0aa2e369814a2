"""ResourceQuotas without room for one more pod. Pure.

A pod that is stopping counts until it is gone, so its replacement is refused until then, and tried
again. What starts before something stops, such as a rollout that surges or a DaemonSet's pods on
new nodes, does not come up at all.
"""

from collections.abc import Iterator, Mapping, Sequence

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.options import RESTART
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.quantity import shown
from include.eks_upgrade.kube.readings.quotas import QUOTAS, Quota
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods, nodes_wanted
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed

PODS = ("pods", "count/pods")
PLAIN = ("cpu", "memory", "ephemeral-storage")
"""Resources that a quota may name without `requests.` before them."""


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each quota that refuses a replacement, or a DaemonSet's pods on new nodes."""
    surveyed = moving_pods(seen)
    if surveyed is None:
        return
    moving = by_key((one.pod.namespace, one) for one in surveyed.moving if one.pod.owner)
    daemons = by_key(
        (one.pod.namespace, one)
        for one, result in surveyed.filtered
        if result.action == "stay" and one.pod.of_daemonset
    )
    nodes = sum(nodes_wanted(seen, name) for name in surveyed.groups)
    quotas = seen.of(QUOTAS)
    yield from capped_findings(_found(quotas, moving, daemons, nodes, surveyed), "quotas")


_ByNamespace = Mapping[str, Sequence[SurveyedPod]]


def _found(
    quotas: Sequence[Quota],
    moving: _ByNamespace,
    daemons: _ByNamespace,
    nodes: int,
    surveyed: Surveyed,
) -> Iterator[Finding]:
    for quota in quotas:
        if quota.scoped:
            continue
        short = _short(quota, _most(moving.get(quota.namespace, ())))
        if short:
            yield _replacement(quota, short, surveyed)
        lacking = _short(quota, _on_new_nodes(daemons.get(quota.namespace, ()), nodes))
        if lacking:
            yield _daemonsets(quota, lacking)


def counted_by_quota(one: SurveyedPod) -> dict[str, float]:
    """What a pod counts for, by the names that quotas have for it."""
    found = dict.fromkeys(PODS, 1.0)
    for name, amount in one.needs.requests.items():
        found[f"requests.{name}"] = amount
        if name in PLAIN:
            found[name] = amount
    return found | {f"limits.{name}": amount for name, amount in one.needs.limits.items()}


def _most(pods: Sequence[SurveyedPod]) -> dict[str, float]:
    """The most that one of these pods counts for."""
    found: dict[str, float] = {}
    for one in pods:
        for name, amount in counted_by_quota(one).items():
            found[name] = max(found.get(name, 0.0), amount)
    return found


def _on_new_nodes(pods: Sequence[SurveyedPod], nodes: int) -> dict[str, float]:
    """What one pod of each DaemonSet on each new node counts for."""
    found: dict[str, float] = {}
    for one in {one.pod.family: one for one in pods}.values():
        for name, amount in counted_by_quota(one).items():
            found[name] = found.get(name, 0.0) + amount * nodes
    return found


def _short(quota: Quota, wanted: Mapping[str, float]) -> tuple[str, ...]:
    """What there is too little of, each as `requests.cpu: 4 of 4 used, 0.5 wanted`."""
    return tuple(
        f"{name}: {shown(name, quota.used.get(name, 0.0))} of {shown(name, limit)} used,"
        f" {shown(name, wanted[name])} wanted"
        for name, limit in sorted(quota.hard.items())
        if wanted.get(name, 0.0) > 0 and quota.used.get(name, 0.0) + wanted[name] > limit
    )


def _replacement(quota: Quota, short: Sequence[str], surveyed: Surveyed) -> Finding:
    restart = (
        "; a restart, which single_replicas asks for, starts the new pod first and gets stuck"
        if surveyed.options.single_replicas == RESTART
        else ""
    )
    what = (
        f"it has no room for one more pod of those that move ({first_few(short)}): a replacement is"
        f" refused until the pod that it replaces is gone, and tried again{restart}"
    )
    remedy = "raise the quota by one pod for the time of the drain"
    return Finding(Severity.WARNS, f"quota {quota}", what, remedy)


def _daemonsets(quota: Quota, short: Sequence[str]) -> Finding:
    what = (
        f"it has no room for the pods of its namespace's DaemonSets on the new nodes beside those"
        f" on the old ones ({first_few(short)}): they are missing there until old nodes are gone"
    )
    remedy = "raise the quota for the time of the upgrade"
    return Finding(Severity.WARNS, f"quota {quota}", what, remedy)


CHECK = Check(
    "quotas",
    "Has each namespace's quota room for the pods that are started beside the old ones?",
    "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
    judge,
)
