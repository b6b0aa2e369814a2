"""The scheduler: binds pending pods to the best node they fit on, or says why none fits.

Tried in the order of creation; what does not fit is tried again when a node changes or a pod
makes room. The choice depends on nothing but the cluster's state, so a scenario run twice
ends the same.
"""

from collections import Counter
from collections.abc import Iterable

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.controllers.scheduling.fit import (
    REPELLED,
    REPELLING,
    UNSPREAD,
    chosen_by,
    could_preempt,
    rank,
    unschedulable_message,
    why_not,
)
from include.rehearsal.kube.controllers.scheduling.needs import (
    Load,
    Needs,
    Place,
    claims_of,
    needs_of,
    place_of,
)
from include.rehearsal.kube.objects.owners import controller_of
from include.rehearsal.kube.objects.selectors import LabelSelector
from include.rehearsal.kube.objects.status import (
    FINISHED,
    is_active,
    is_terminating,
    phase,
    set_condition,
)
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict

ALL: Key = ("", "")
ZONE = "topology.kubernetes.io/zone"


class Scheduler:
    """Keeps what every node carries, and the queue of pods without a node."""

    def __init__(self, store: Store, clock: SimClock) -> None:
        self._store = store
        self._clock = clock
        self._places: dict[str, Place] = {}
        self._loads: dict[str, Load] = {}
        self._bound: dict[Key, tuple[str, Needs, str]] = {}
        self._repelling: dict[Key, tuple[str, Needs]] = {}
        self._pending: dict[Key, Needs] = {}
        self._queue = Reconciler(clock, self._schedule)
        store.listen(self._on_event)

    def _schedule(self, _: Key) -> None:
        """Try every pending pod once; pods alike fail alike, so one of them is asked."""
        failed: dict[str, str] = {}
        for key, needs in list(self._pending.items()):
            pod = self._store.find("pods", *key)
            if pod is None or is_terminating(pod):
                continue
            alone = needs.apart or needs.spread or needs.affinity or needs.volumes
            alike = "" if alone else _owner(pod)
            if alike and alike in failed:
                self._refuse(key, failed[alike])
                continue
            node, message = self._choose(needs, _owner(pod))
            if node is None:
                self._refuse(key, message)
                failed[alike] = message
            else:
                self._bind(key, node)

    def _choose(self, needs: Needs, owner: str) -> tuple[str | None, str]:
        """The best node and "", or None and the reason in the scheduler's words."""
        reasons: Counter[str] = Counter()
        helpless = 0
        crowded = self._crowded(needs)
        best: tuple[tuple[float, ...], str] | None = None
        for name, place in self._places.items():
            load = self._loads[name]
            reason = why_not(needs, place, load) or crowded.get(name)
            if reason is not None:
                reasons[reason] += 1
                helpless += not could_preempt(reason, needs, place)
                continue
            candidate = (rank(needs, place, load, owner), name)
            best = candidate if best is None or candidate < best else best
        if best is not None:
            return best[1], ""
        return None, unschedulable_message(reasons, len(self._places), helpless)

    def _crowded(self, needs: Needs) -> dict[str, str]:
        """Nodes ruled out by where other pods are, each with the scheduler's word."""
        ruled_out: dict[str, str] = {}
        for spread in needs.spread:
            counts = self._domains(needs, spread.topology)
            for node in self._matching(spread.selector, {needs.namespace}):
                value = self._places[node].labels.get(spread.topology)
                if value in counts:
                    counts[value] += 1
            own = int(spread.selector.matches(needs.labels))
            least = min(counts.values(), default=0)
            for name, place in self._places.items():
                value = place.labels.get(spread.topology)
                if value not in counts or counts[value] + own - least > spread.skew:
                    ruled_out[name] = UNSPREAD
        ruled_out |= self._repelled(needs)
        return ruled_out

    def _domains(self, needs: Needs, topology: str) -> dict[str, int]:
        return {
            place.labels[topology]: 0
            for place in self._places.values()
            if topology in place.labels and chosen_by(needs, place)
        }

    def _repelled(self, needs: Needs) -> dict[str, str]:
        taken: dict[tuple[str, str], str] = {}
        for term in needs.apart:
            for node in self._matching(term.selector, term.namespaces, going=True):
                value = self._places[node].labels.get(term.topology)
                if value is not None:
                    taken[term.topology, value] = REPELLED
        for node, other in self._repelling.values():
            for term in other.apart:
                place = self._places.get(node)
                value = place.labels.get(term.topology) if place else None
                hit = needs.namespace in term.namespaces and term.selector.matches(needs.labels)
                if hit and value is not None:
                    taken.setdefault((term.topology, value), REPELLING)
        return {
            place.name: word
            for (topology, value), word in taken.items()
            for place in self._places.values()
            if place.labels.get(topology) == value
        }

    def _matching(
        self, selector: LabelSelector, namespaces: Iterable[str], *, going: bool = False
    ) -> list[str]:
        """The nodes of the bound pods that are selected; of terminating ones only if `going`."""
        found = []
        for namespace in namespaces:
            for pod in self._store.list("pods", namespace, labels=selector):
                node = pod["spec"].get("nodeName")
                counts = phase(pod) not in FINISHED and (going or not is_terminating(pod))
                if counts and node in self._places:
                    found.append(node)
        return found

    def _bind(self, key: Key, node: str) -> None:
        now = self._clock.timestamp()
        zone = self._places[node].labels.get(ZONE)

        def edit(pod: RawDict) -> None:
            pod["spec"]["nodeName"] = node
            if zone:
                pod["metadata"].setdefault("labels", {})[ZONE] = zone
            entry = {"type": "PodScheduled", "status": "True", "lastProbeTime": None}
            set_condition(pod.setdefault("status", {"phase": "Pending"}), entry, now)

        self._store.change("pods", *key, edit)

    def _refuse(self, key: Key, message: str) -> None:
        now = self._clock.timestamp()

        def edit(pod: RawDict) -> None:
            entry = {
                "type": "PodScheduled",
                "observedGeneration": pod["metadata"].get("generation", 1),
                "status": "False",
                "lastProbeTime": None,
                "reason": "Unschedulable",
                "message": message,
            }
            set_condition(pod.setdefault("status", {"phase": "Pending"}), entry, now)

        before = self._store.get("pods", *key)
        after = self._store.change("pods", *key, edit)
        if after is not before:
            self._store.create("events", failed_scheduling(after, message, self._clock))

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "pods":
            self._on_pod(event)
        elif event.plural == "nodes":
            self._on_node(event)
        elif event.plural in ("persistentvolumeclaims", "persistentvolumes"):
            self._on_volume()

    def _on_pod(self, event: StoreEvent) -> None:
        pod, key = event.object, key_of(event.object)
        node = pod["spec"].get("nodeName")
        here = event.type != "DELETED" and phase(pod) not in FINISHED
        if not here or is_terminating(pod):
            self._pending.pop(key, None)
        if node and here:
            self._pending.pop(key, None)
            self._carry(key, node, pod)
        elif key in self._bound and not here:
            self._release(key)
        elif here and not node and is_active(pod) and key not in self._pending:
            self._pending[key] = needs_of(pod, self._volumes(pod))
            self._queue.want(ALL)

    def _volumes(self, pod: RawDict) -> list[RawDict]:
        """The volumes a pod mounts; a claim that is not there or not bound ties it to no place."""
        found = []
        for name in claims_of(pod):
            claim = self._store.find("persistentvolumeclaims", pod["metadata"]["namespace"], name)
            volume = claim["spec"].get("volumeName") if claim else None
            found.append(self._store.find("persistentvolumes", None, volume) if volume else None)
        return [each for each in found if each is not None]

    def _on_volume(self) -> None:
        for key in self._pending:
            pod = self._store.find("pods", *key)
            if pod is not None:
                self._pending[key] = needs_of(pod, self._volumes(pod))
        self._retry()

    def _carry(self, key: Key, node: str, pod: RawDict) -> None:
        if key in self._bound:
            return
        needs, owner = needs_of(pod), _owner(pod)
        self._bound[key] = node, needs, owner
        if needs.apart:
            self._repelling[key] = node, needs
        load = self._loads.setdefault(node, Load())
        load.cpu += needs.cpu
        load.memory += needs.memory
        load.pods += 1
        load.owners[owner] = load.owners.get(owner, 0) + 1

    def _release(self, key: Key) -> None:
        node, needs, owner = self._bound.pop(key)
        self._repelling.pop(key, None)
        load = self._loads[node]
        load.cpu -= needs.cpu
        load.memory -= needs.memory
        load.pods -= 1
        load.owners[owner] -= 1
        self._retry()

    def _on_node(self, event: StoreEvent) -> None:
        name = event.object["metadata"]["name"]
        if event.type == "DELETED":
            self._places.pop(name, None)
        else:
            self._places[name] = place_of(event.object)
            self._loads.setdefault(name, Load())
        self._retry()

    def _retry(self) -> None:
        if self._pending:
            self._queue.want(ALL)


def _owner(pod: Raw) -> str:
    reference = controller_of(pod)
    return reference["uid"] if reference else ""


def failed_scheduling(pod: RawDict, message: str, clock: SimClock) -> RawDict:
    """The Warning event that `kubectl describe pod` shows for an unschedulable pod."""
    namespace, name = key_of(pod)
    return {
        "metadata": {"generateName": name + ".", "namespace": namespace},
        "involvedObject": {
            "kind": "Pod",
            "namespace": namespace,
            "name": name,
            "uid": pod["metadata"]["uid"],
            "apiVersion": "v1",
            "resourceVersion": pod["metadata"]["resourceVersion"],
        },
        "reason": "FailedScheduling",
        "message": message,
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "type": "Warning",
        "eventTime": clock.datetime().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "action": "Scheduling",
        "reportingComponent": "default-scheduler",
        "reportingInstance": "default-scheduler",
    }
