"""What asking for an eviction can answer, as values. Waiting for a budget is no error.

https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/; each answer is a
recording of a real API server in tests/recordings/evict-*.json.
"""

from dataclasses import dataclass

from include.eks_upgrade.kube.errors import Answer, error_of, is_forbidden_by_rbac
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.passing import is_starting


@dataclass(frozen=True)
class Evicted:
    """The pod has been told to end (or would be, in a dry run)."""


@dataclass(frozen=True)
class Gone:
    """That pod is no more: not found, or its name belongs to another uid now."""


@dataclass(frozen=True)
class Blocked:
    """A disruption budget says not now. `words` are the server's; seconds if it named any."""

    words: str
    retry_after: float | None = None


@dataclass(frozen=True)
class Denied:
    """Something else says no to this pod: two budgets over it, or an admission webhook."""

    words: str


@dataclass(frozen=True)
class Closing:
    """The pod's namespace is being deleted, and the pod with it: wait until it is gone."""

    words: str


@dataclass(frozen=True)
class Overloaded:
    """The API server has too much to do for anybody; it says nothing about this pod."""

    words: str
    retry_after: float | None = None


EvictionAnswer = Evicted | Gone | Blocked | Denied | Closing | Overloaded


def eviction_body(pod: Pod, grace_seconds: int | None, *, dry_run: bool) -> dict[str, object]:
    """The policy/v1 Eviction to post; the uid is a precondition, so a namesake is never hit."""
    return {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod.name, "namespace": pod.namespace},
        "deleteOptions": delete_options(pod, grace_seconds, dry_run=dry_run),
    }


def delete_options(pod: Pod, grace_seconds: int | None, *, dry_run: bool) -> dict[str, object]:
    """The DeleteOptions for exactly this pod, by its uid."""
    options: dict[str, object] = {"preconditions": {"uid": pod.uid}}
    if grace_seconds is not None:
        options["gracePeriodSeconds"] = grace_seconds
    if dry_run:
        options["dryRun"] = ["All"]
    return options


def read_eviction(answer: Answer, what: str = "create pods/eviction") -> EvictionAnswer:
    """What the API server's answer to an eviction (or a deletion) means.

    Args:
        answer: the answer.
        what: verb and resource that were asked for.

    Raises:
        UpgradeError: it is not about this pod: no rights, not reachable, or never seen.
    """
    if answer.ok:
        return Evicted()
    if answer.status == 404 or (answer.status == 409 and "UID in the precondition" in answer.words):
        return Gone()
    if answer.status in {409, 429}:  # 409: the budget was written by someone else just now
        return _blocked(answer)
    if answer.has_cause("NamespaceTerminating"):
        return Closing(answer.words)
    if answer.status in {408, 502, 503, 504} or is_starting(answer.status, answer.words):
        return Overloaded(answer.words, answer.retry_after)
    if answer.status in {400, 403, 422, 500} and not is_forbidden_by_rbac(answer):
        return Denied(answer.words)
    raise error_of(what, answer)


def _blocked(answer: Answer) -> Blocked | Overloaded:
    if answer.status == 429 and not answer.has_cause("DisruptionBudget"):
        return Overloaded(answer.words, answer.retry_after)
    causes = [str(cause["message"]) for cause in answer.causes() if cause.get("message")]
    return Blocked("; ".join(causes) or answer.words, answer.retry_after)
