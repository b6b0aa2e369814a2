"""The eviction subresource: may this pod go now, and in which words is it refused.

The decision is a pure function over the pod and the budgets that cover it. Source: the
recordings `evict-*.json` and the registry's `EvictionREST` in Kubernetes.
"""

from collections.abc import Sequence
from enum import Enum

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.disruption.budgets import Budgets
from include.rehearsal.kube.objects.errors import ApiError, bad_request, namespace_terminating
from include.rehearsal.kube.objects.status import (
    FINISHED,
    is_ready,
    is_terminating,
    phase,
    set_condition,
)
from include.rehearsal.kube.objects.store import Store
from include.rehearsal.kube.objects.validation import check_preconditions
from include.rehearsal.raw import Raw, RawDict

REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
TWO_BUDGETS = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource "
    "does not support."
)


class Permission(Enum):
    """Why a pod may be evicted."""

    WITHOUT_BUDGET = "no budget has a say"
    FROM_BUDGET = "one allowed disruption is used up"


def decide(pod: Raw, budgets: Sequence[Raw]) -> Permission:
    """Whether the budgets let the pod be evicted now.

    Finished, pending and terminating pods disturb nobody any more. A pod that is not Ready
    may go under `AlwaysAllow`, and under `IfHealthyBudget` when the others are enough.

    Raises:
        ApiError: 429 when the budget allows nothing now, 500 for more than one budget.
    """
    if phase(pod) in (*FINISHED, "Pending") or is_terminating(pod) or not budgets:
        return Permission.WITHOUT_BUDGET
    if len(budgets) > 1:
        raise ApiError(500, "", TWO_BUDGETS)
    budget = budgets[0]
    if not is_ready(pod) and _lets_unhealthy_go(budget):
        return Permission.WITHOUT_BUDGET
    # A budget whose spec is newer than its status allows nothing: its numbers are of another spec.
    if budget["status"].get("observedGeneration", 0) < budget["metadata"].get("generation", 1):
        raise _still_processed(budget["metadata"]["name"])
    if budget["status"]["disruptionsAllowed"] <= 0:
        raise _refused(budget)
    return Permission.FROM_BUDGET


def _lets_unhealthy_go(budget: Raw) -> bool:
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget["status"]
    # IfHealthyBudget, the default; as in EvictionREST a `desiredHealthy` of 0 is not enough.
    enough: bool = status["currentHealthy"] >= status["desiredHealthy"] > 0
    return enough


def _refused(budget: Raw) -> ApiError:
    status = budget["status"]
    message = (
        f"The disruption budget {budget['metadata']['name']} needs {status['desiredHealthy']} "
        f"healthy pods and has {status['currentHealthy']} currently"
    )
    causes = [{"reason": "DisruptionBudget", "message": message}]
    return ApiError(429, "TooManyRequests", REFUSED, {"causes": causes})


def _still_processed(name: str) -> ApiError:
    message = f"The disruption budget {name} is still being processed by the server."
    causes = [{"reason": "DisruptionBudget", "message": message}]
    details = {"causes": causes, "retryAfterSeconds": 10}
    return ApiError(429, "TooManyRequests", REFUSED, details)


class Evictions:
    """Evicts pods: asks the budgets, uses one disruption up, marks and deletes the pod."""

    def __init__(
        self, store: Store, clock: SimClock, budgets: Budgets, lifecycle: Lifecycle
    ) -> None:
        self._store = store
        self._clock = clock
        self._budgets = budgets
        self._lifecycle = lifecycle

    def evict(self, namespace: str, name: str, body: Raw) -> RawDict:
        """Evict a pod as POST .../pods/NAME/eviction does.

        Args:
            namespace: the pod's namespace.
            name: the pod's name.
            body: the policy/v1 Eviction object; `deleteOptions` may hold dryRun,
                gracePeriodSeconds and preconditions.

        Returns:
            The Status of the answer 201.

        Raises:
            ApiError: 400, 403, 404, 409, 429 or 500, as a real server words them.
        """
        if (body.get("metadata") or {}).get("name", name) != name:
            raise bad_request("name in URL does not match name in Eviction object")
        pod = self._store.get("pods", namespace, name)
        namespace_object = self._store.find("namespaces", None, namespace)
        if namespace_object is not None and is_terminating(namespace_object):
            raise namespace_terminating("pods", name, namespace)
        budgets = self._budgets.budgets_of(pod)
        permission = decide(pod, budgets)
        options = body.get("deleteOptions") or {}
        if options.get("dryRun"):
            return success()
        # The budget pays before the deletion, as in Kubernetes: when a precondition then fails,
        # the disruption stays used up until the disruption timeout has passed.
        if permission is Permission.FROM_BUDGET:
            self._budgets.use_up(budgets[0], name)
        check_preconditions("pods", pod, options.get("preconditions") or {})
        self._mark(namespace, name)
        self._lifecycle.delete("pods", namespace, name, options)
        return success()

    def _mark(self, namespace: str, name: str) -> None:
        entry = {
            "type": "DisruptionTarget",
            "status": "True",
            "lastProbeTime": None,
            "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting",
        }

        def edit(pod: RawDict) -> None:
            set_condition(pod.setdefault("status", {}), entry, self._clock.timestamp())

        self._store.change("pods", namespace, name, edit)


def success() -> RawDict:
    """The Status that an accepted eviction answers."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "code": 201,
    }
