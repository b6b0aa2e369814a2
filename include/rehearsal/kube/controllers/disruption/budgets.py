"""Disruption budgets: the arithmetic, and the controller that writes their status.

Source of the behaviour: Kubernetes' disruption controller and the recordings
`evict-with-budget`, `evict-budget-of-zero` and `evict-crash-looping`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.controllers.timings import Timings
from include.rehearsal.kube.objects.owners import controller_of
from include.rehearsal.kube.objects.quantities import scaled
from include.rehearsal.kube.objects.resources import BY_KIND
from include.rehearsal.kube.objects.selectors import LabelSelector
from include.rehearsal.kube.objects.status import (
    FINISHED,
    is_ready,
    is_terminating,
    phase,
    set_condition,
    timestamp,
)
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict


class SyncFailed(Exception):
    """The expected number of pods cannot be worked out; the message is the condition's."""


SCALABLE = ("deployments", "replicasets", "statefulsets")


@dataclass(frozen=True)
class Health:
    """The four numbers of a budget's status."""

    current: int
    desired: int
    expected: int
    allowed: int


def health(spec: Raw, *, pods: int, healthy: int, scale: int) -> Health:
    """What a budget allows.

    `maxUnavailable` and a percentage are of the controllers' scale; an absolute
    `minAvailable` is taken as it is, and every selected pod is expected.

    Args:
        spec: the budget's spec (`minAvailable` or `maxUnavailable`, integer or percent).
        pods: selected pods, those on their way out included.
        healthy: Ready pods that are neither terminating nor about to be evicted.
        scale: the sum of the replicas that the pods' controllers want.
    """
    if "maxUnavailable" in spec:
        expected = scale
        desired = max(0, expected - scaled(spec["maxUnavailable"], expected, up=True))
    elif isinstance(spec.get("minAvailable", 1), str):
        expected = scale
        desired = scaled(spec["minAvailable"], expected, up=True)
    else:
        expected = pods
        desired = int(spec.get("minAvailable", 1))
    # As in the disruption controller: a budget that expects no pods allows no disruption.
    allowed = max(0, healthy - desired) if expected > 0 else 0
    return Health(current=healthy, desired=desired, expected=expected, allowed=allowed)


def status_of(budget: RawDict, found: Health, disrupted: dict[str, str], now: str) -> RawDict:
    """The status a budget gets, as the disruption controller writes it."""
    generation = budget["metadata"].get("generation", 1)
    old = budget.get("status") or {}
    status: RawDict = {"observedGeneration": generation}
    if disrupted:
        status["disruptedPods"] = disrupted
    status |= {
        "disruptionsAllowed": found.allowed,
        "currentHealthy": found.current,
        "desiredHealthy": found.desired,
        "expectedPods": found.expected,
        "conditions": [dict(entry) for entry in old.get("conditions") or ()],
    }
    set_condition(status, allowed_condition(found.allowed, generation), now)
    return status


def allowed_condition(allowed: int, generation: int) -> RawDict:
    """The condition DisruptionAllowed for a number of allowed disruptions."""
    return {
        "type": "DisruptionAllowed",
        "status": "True" if allowed > 0 else "False",
        "observedGeneration": generation,
        "reason": "SufficientPods" if allowed > 0 else "InsufficientPods",
        "message": "",
    }


def needs_scale(spec: Raw) -> bool:
    """Whether a budget asks the pods' controllers how many there should be."""
    return "maxUnavailable" in spec or isinstance(spec.get("minAvailable"), str)


def failed_status(budget: RawDict, why: str, now: str) -> RawDict:
    """The status of a budget the controller cannot work out: nothing is allowed.

    Its other numbers stay as they were; kubernetes/kubernetes
    `pkg/controller/disruption/disruption.go`, failSafe.
    """
    old: RawDict = budget.get("status") or {}
    numbers = dict.fromkeys(("currentHealthy", "desiredHealthy", "expectedPods"), 0)
    status: RawDict = {**numbers, **old, "disruptionsAllowed": 0}
    status["conditions"] = [dict(entry) for entry in old.get("conditions") or ()]
    failed: RawDict = {
        "type": "DisruptionAllowed",
        "status": "False",
        "reason": "SyncFailed",
        "message": why,
    }
    if "observedGeneration" in status:
        failed["observedGeneration"] = status["observedGeneration"]
    set_condition(status, failed, now)
    return status


@dataclass
class _SelectedPods:
    """What one budget selects: the selector, read once, and the pods by name.

    policy/v1: an empty selector selects every pod of the namespace, none selects nothing.
    """

    selector: LabelSelector | None
    pods: dict[str, RawDict] = field(default_factory=dict)

    def update(self, pod: RawDict) -> bool:
        """Take the pod in, or drop it; whether the budget has to do with it."""
        name = pod["metadata"]["name"]
        if self.selector is not None and self.selector.matches(pod["metadata"].get("labels")):
            self.pods[name] = pod
            return True
        return self.pods.pop(name, None) is not None


class Budgets:
    """The disruption controller: keeps which pods a budget selects, and its status."""

    def __init__(self, store: Store, clock: SimClock, timings: Timings) -> None:
        self._store = store
        self._clock = clock
        self._timings = timings
        self._selected: dict[str, dict[str, _SelectedPods]] = {}
        self._queue = Reconciler(clock, self.reconcile)
        store.listen(self._on_event)

    def budgets_of(self, pod: Raw) -> list[RawDict]:
        """The budgets that select the pod, each with a status that is up to date."""
        namespace, name = key_of(pod)
        selected = self._selected.get(namespace, {})
        names = sorted(budget for budget, chosen in selected.items() if name in chosen.pods)
        # An eviction in the same instant as a change must see numbers that count the change.
        for budget in names:
            self._queue.settle((namespace, budget))
        return [self._store.get("poddisruptionbudgets", namespace, budget) for budget in names]

    def use_up(self, budget: Raw, pod: str) -> None:
        """Use up one allowed disruption for the pod of that name, before it is deleted."""
        namespace, name = key_of(budget)
        now = self._clock.timestamp()

        def edit(obj: RawDict) -> None:
            status = obj["status"]
            status["disruptionsAllowed"] -= 1
            status.setdefault("disruptedPods", {})[pod] = now
            left = status["disruptionsAllowed"]
            set_condition(status, allowed_condition(left, status["observedGeneration"]), now)

        self._store.change("poddisruptionbudgets", namespace, name, edit)
        self._queue.want((namespace, name))

    def reconcile(self, key: Key) -> None:
        """Write the budget's status from the pods as they are now."""
        budget = self._store.find("poddisruptionbudgets", *key)
        chosen = self._selected.get(key[0], {}).get(key[1])
        if budget is None or chosen is None:
            return
        counted = {name: pod for name, pod in chosen.pods.items() if phase(pod) not in FINISHED}
        disrupted = self._disrupted(budget, counted)
        healthy = sum(
            1
            for name, pod in counted.items()
            if is_ready(pod) and not is_terminating(pod) and name not in disrupted
        )
        try:
            scale = self._scale(key[0], counted.values()) if needs_scale(budget["spec"]) else 0
        except SyncFailed as error:
            status = failed_status(budget, str(error), self._clock.timestamp())
        else:
            found = health(budget["spec"], pods=len(counted), healthy=healthy, scale=scale)
            status = status_of(budget, found, disrupted, self._clock.timestamp())
        self._store.write_status("poddisruptionbudgets", key, status)
        if disrupted:
            self._clock.later(self._timings.disruption_timeout, lambda: self._queue.want(key))

    def _disrupted(self, budget: RawDict, pods: Mapping[str, RawDict]) -> dict[str, str]:
        """Evicted pods not deleted yet: those terminating are seen by their deletionTimestamp."""
        oldest = timestamp(self._clock.now() - self._timings.disruption_timeout)
        known: dict[str, str] = (budget.get("status") or {}).get("disruptedPods") or {}
        return {
            name: at
            for name, at in known.items()
            if name in pods and not is_terminating(pods[name]) and at > oldest
        }

    def _scale(self, namespace: str, pods: Iterable[RawDict]) -> int:
        """The replicas the pods' controllers want; pods without a controller add nothing.

        Raises:
            SyncFailed: a controller is gone, or of a kind that has no scale.
        """
        scales: dict[str, int] = {}
        for pod in pods:
            owner = controller_of(pod)
            if owner is not None and owner["uid"] not in scales:
                uid, replicas = self._scaled(namespace, owner, pod["metadata"]["name"])
                # Two ReplicaSets of one Deployment are one scale: each ReplicaSet counts as 0,
                # and the replicas stand under the uid of what is scaled.
                scales[owner["uid"]] = 0
                scales[uid] = replicas
        return sum(scales.values())

    def _scaled(self, namespace: str, owner: RawDict, pod: str) -> tuple[str, int]:
        """The uid and the wanted replicas of what scales a pod: its owner, or that one's."""
        resource = BY_KIND.get(owner["kind"])
        if resource is None or "scale" not in resource.subresources:
            kind = resource.qualified if resource else owner["kind"].lower() + "s"
            raise SyncFailed(f"{kind} does not implement the scale subresource")
        found = self._store.find(resource.plural, namespace, owner["name"])
        if found is None or found["metadata"]["uid"] != owner["uid"]:
            raise SyncFailed(f'found no controllers for pod "{pod}"')
        above = controller_of(found)
        if above is not None and above["kind"] == "Deployment":
            return self._scaled(namespace, above, pod)
        return owner["uid"], int(found["spec"].get("replicas", 1))

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "poddisruptionbudgets":
            self._on_budget(event)
        elif event.plural == "pods":
            self._on_pod(event)
        elif event.plural in SCALABLE and _spec_changed(event):
            namespace = event.object["metadata"]["namespace"]
            for name in self._selected.get(namespace, ()):
                self._queue.want((namespace, name))

    def _on_budget(self, event: StoreEvent) -> None:
        namespace, name = key_of(event.object)
        selected = self._selected.setdefault(namespace, {})
        if event.type == "DELETED":
            selected.pop(name, None)
            return
        if event.old is None or event.old["spec"] != event.object["spec"]:
            wanted = event.object["spec"].get("selector")
            chosen = _SelectedPods(None if wanted is None else LabelSelector.from_object(wanted))
            for pod in self._store.list("pods", namespace):
                chosen.update(pod)
            selected[name] = chosen
            self._queue.want((namespace, name))

    def _on_pod(self, event: StoreEvent) -> None:
        namespace, name = key_of(event.object)
        for budget, chosen in self._selected.get(namespace, {}).items():
            if event.type == "DELETED":
                hit = chosen.pods.pop(name, None) is not None
            else:
                hit = chosen.update(event.object)
            if hit:
                self._queue.want((namespace, budget))


def _spec_changed(event: StoreEvent) -> bool:
    old = event.old
    return old is None or old["spec"].get("replicas") != event.object["spec"].get("replicas")
