"""Admission webhooks that would stop the upgrade, or that the upgrade itself would silence. Pure.

One that fails closed (`failurePolicy: Fail`) and has nobody behind it refuses every request that it
is asked about.
"""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.grouping import pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.readings.api.services import Backend
from include.eks_upgrade.kube.readings.api.webhooks import WEBHOOKS, Webhook, Webhooks
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.api.webhook_requests import (
    ABOUT_PODS,
    NEW_PODS,
    Request,
    asked_about,
    asks_about,
    stopped_requests,
)
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed

SLOW_SECONDS = 30
"""The longest time-out that a webhook may have: each request may then take as long."""


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each webhook that is in the way."""
    surveyed = moving_pods(seen)
    if surveyed is None:
        return
    hooks = seen.of(WEBHOOKS)
    yield from capped_findings(_found(hooks, surveyed), "webhooks")


def _found(hooks: Webhooks, surveyed: Surveyed) -> Iterator[Finding]:
    for hook in hooks.all:
        stopped = tuple(stopped_requests(hook, hooks, surveyed))
        if not stopped:
            continue
        if not hook.fails_closed:
            yield from _slow(hook)
        elif hook.service is None:
            yield _not_judged(hook, stopped, hooks, surveyed)
        else:
            backend = hooks.backends.get(hook.service, Backend())
            yield from _behind(hook, backend, stopped, hooks, surveyed)


def _behind(
    hook: Webhook,
    backend: Backend,
    stopped: Sequence[Request],
    hooks: Webhooks,
    surveyed: Surveyed,
) -> Iterator[Finding]:
    if not backend.ready:
        yield _silent(hook, stopped, hooks, surveyed)
    elif all(one.node in surveyed.targets for one in backend.ready):
        yield _will_be_silent(hook, backend, stopped, hooks, surveyed)


def _subject(hook: Webhook) -> str:
    return f"webhook {hook}"


def _which(hook: Webhook, stopped: Sequence[Request], hooks: Webhooks, surveyed: Surveyed) -> str:
    """What a webhook's silence means, as a phrase."""
    asked = ", ".join(f"{one.operation} {one.resource}" for one in stopped)
    told = ", ".join(dict.fromkeys(one.without for one in stopped))
    far = ", as far as its matchConditions let it," if hook.conditional else ""
    pods = list(asked_about(hook, hooks, (one.pod for one in surveyed.facts.pods)))
    of_pods = any(one in ABOUT_PODS for one in stopped)
    named = f" (it selects {first_few(pod_groups(pods), 3)})" if of_pods else ""
    return f"it is asked about {asked}{far} and so {told}{named}"


def _silent(
    hook: Webhook, stopped: Sequence[Request], hooks: Webhooks, surveyed: Surveyed
) -> Finding:
    what = (
        f"it fails closed (failurePolicy Fail) and Service {hook.service} has no endpoint that is"
        f" ready: {_which(hook, stopped, hooks, surveyed)}"
    )
    remedy = (
        f"bring the pods behind Service {hook.service} up, or delete the {hook.kind}"
        f" {hook.configuration} if nothing needs it any more"
    )
    # What a condition in CEL lets through is not known here.
    severity = Severity.WARNS if hook.conditional else Severity.BLOCKS
    return Finding(severity, _subject(hook), what, remedy)


def _will_be_silent(
    hook: Webhook,
    backend: Backend,
    stopped: Sequence[Request],
    hooks: Webhooks,
    surveyed: Surveyed,
) -> Finding:
    one = len(backend.ready) == 1
    where = "its only endpoint runs" if one else f"all {len(backend.ready)} of its endpoints run"
    own = _own_pods(hook, backend, hooks, surveyed) if NEW_PODS in stopped else ""
    what = (
        f"it fails closed (failurePolicy Fail), and {where} on nodes that are drained (Service"
        f" {hook.service}): while none is ready, {_which(hook, stopped, hooks, surveyed)}{own}"
    )
    more = "run two replicas of it under a disruption budget" if one else "give it a budget"
    remedy = (
        f"{more}, or leave its own namespace and kube-system out of its namespaceSelector; should"
        f" it deadlock, delete the {hook.kind} {hook.configuration} and apply it again afterwards"
    )
    single = one or surveyed.options.disable_eviction
    return Finding(Severity.WARNS if single else Severity.INFORMS, _subject(hook), what, remedy)


def _own_pods(hook: Webhook, backend: Backend, hooks: Webhooks, surveyed: Surveyed) -> str:
    """Whether its own pods could not come back either: then it never answers again."""
    service = hook.service
    names = {one.pod for one in backend.ready}
    pods = [
        one.pod
        for one in surveyed.facts.pods
        if service is not None and one.pod.namespace == service.namespace and one.pod.name in names
    ]
    if not asks_about(hook, hooks, pods):
        return ""
    return (
        f"; its own pods ({first_few(pods, 3)}) are among them, so that it may not come back by"
        " itself"
    )


def _not_judged(
    hook: Webhook, stopped: Sequence[Request], hooks: Webhooks, surveyed: Surveyed
) -> Finding:
    what = (
        "it fails closed (failurePolicy Fail) and is called by an address, so whether anybody"
        f" answers cannot be judged here; {_which(hook, stopped, hooks, surveyed)}"
    )
    return Finding(
        Severity.INFORMS, _subject(hook), what, "make sure that it answers during the upgrade"
    )


def _slow(hook: Webhook) -> Iterator[Finding]:
    if hook.timeout_seconds < SLOW_SECONDS:
        return
    what = (
        f"it is waited for up to {hook.timeout_seconds} s (timeoutSeconds) before it is ignored, so"
        " that each start of a pod takes as long while it does not answer"
    )
    yield Finding(
        Severity.INFORMS, _subject(hook), what, "give it a timeoutSeconds of a few seconds"
    )


CHECK = Check(
    "admission_webhooks",
    "Does every admission webhook that fails closed answer now, and during the drain?",
    "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
    judge,
)
