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
    ANTI_AFFINITY,
    EXISTING_ANTI_AFFINITY,
    TOPOLOGY_SPREAD,
    could_preempt,
    is_selected,
    rank,
    unschedulable_message,
    why_not,
)
from include.rehearsal.kube.controllers.scheduling.needs import (
    Load,
    Needs,
    NodeView,
    claims_of,
    needs_of,
    node_view,
)
from include.rehearsal.kube.objects.owners import controller_of
from include.rehearsal.kube.objects.selectors import LabelSelector
from include.rehearsal.kube.objects.status import (
    FINISHED,
    condition,
    is_active,
    is_terminating,
    phase,
    set_condition,
)
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict

ALL: Key = ("", "")
GATED = "SchedulingGated"
ZONE = "topology.kubernetes.io/zone"


class Scheduler:
    """Keeps the load of every node, and the queue of pods without a node."""

    def __init__(self, store: Store, clock: SimClock) -> None:
        self._store = store
        self._clock = clock
        self._nodes: dict[str, NodeView] = {}
        self._loads: dict[str, Load] = {}
        self._bound: dict[Key, tuple[str, Needs, str]] = {}
        self._anti_affine: dict[Key, tuple[str, Needs]] = {}
        self._pending: dict[Key, Needs] = {}
        self._queue = Reconciler(clock, self._schedule)
        store.listen(self._on_event)

    def _schedule(self, _: Key) -> None:
        """Try every pending pod once; pods of one workload fail alike, so one of them is tried."""
        failed: dict[str, str] = {}
        for key, needs in list(self._pending.items()):
            pod = self._store.find("pods", *key)
            if pod is None or is_terminating(pod):
                continue
            alone = needs.anti_affinity or needs.spread or needs.affinity or needs.volumes
            # One pod of such a workload may find a node where the one before it found none:
            # which node is ruled out depends on labels or volumes of the single pod.
            workload = "" if alone else _owner(pod)
            if workload and workload in failed:
                self._refuse(key, failed[workload])
                continue
            node, message = self._choose(needs, _owner(pod))
            if node is None:
                self._refuse(key, message)
                failed[workload] = message  # under "" too, which is never looked up
            else:
                self._bind(key, node)

    def _choose(self, needs: Needs, owner: str) -> tuple[str | None, str]:
        """The best node and "", or None and the reason in the scheduler's words."""
        reasons: Counter[str] = Counter()
        not_preemptible = 0
        ruled_out = self._ruled_out_by_others(needs)
        best: tuple[tuple[float, ...], str] | None = None
        for name, node in self._nodes.items():
            load = self._loads[name]
            reason = why_not(needs, node, load) or ruled_out.get(name)
            if reason is not None:
                reasons[reason] += 1
                not_preemptible += not could_preempt(reason, needs, node)
                continue
            # The name decides between equals, so that the same state always gives one choice.
            candidate = (rank(needs, node, load, owner), name)
            best = candidate if best is None or candidate < best else best
        if best is not None:
            return best[1], ""
        return None, unschedulable_message(reasons, len(self._nodes), not_preemptible)

    def _ruled_out_by_others(self, needs: Needs) -> dict[str, str]:
        """Nodes ruled out by where other pods are, each with the scheduler's reason."""
        ruled_out: dict[str, str] = {}
        for spread in needs.spread:
            counts = self._domains(needs, spread.topology)
            for name in self._matching(spread.selector, {needs.namespace}):
                value = self._nodes[name].labels.get(spread.topology)
                if value in counts:
                    counts[value] += 1
            # The skew is that after the pod has come: it counts itself when it is selected.
            own = int(spread.selector.matches(needs.labels))
            least = min(counts.values(), default=0)
            for name, node in self._nodes.items():
                value = node.labels.get(spread.topology)
                if value not in counts or counts[value] + own - least > spread.skew:
                    ruled_out[name] = TOPOLOGY_SPREAD
        ruled_out |= self._ruled_out_by_anti_affinity(needs)
        return ruled_out

    def _domains(self, needs: Needs, topology: str) -> dict[str, int]:
        return {
            node.labels[topology]: 0
            for node in self._nodes.values()
            if topology in node.labels and is_selected(needs, node)
        }

    def _ruled_out_by_anti_affinity(self, needs: Needs) -> dict[str, str]:
        taken: dict[tuple[str, str], str] = {}
        for term in needs.anti_affinity:
            # A terminating pod still runs, so it still keeps others away.
            for name in self._matching(term.selector, term.namespaces, terminating=True):
                value = self._nodes[name].labels.get(term.topology)
                if value is not None:
                    taken[term.topology, value] = ANTI_AFFINITY
        # Anti-affinity works both ways: pods that run already also keep this one away.
        for name, other in self._anti_affine.values():
            for term in other.anti_affinity:
                node = self._nodes.get(name)
                value = node.labels.get(term.topology) if node else None
                hit = needs.namespace in term.namespaces and term.selector.matches(needs.labels)
                if hit and value is not None:
                    taken.setdefault((term.topology, value), EXISTING_ANTI_AFFINITY)
        return {
            node.name: reason
            for (topology, value), reason in taken.items()
            for node in self._nodes.values()
            if node.labels.get(topology) == value
        }

    def _matching(
        self, selector: LabelSelector, namespaces: Iterable[str], *, terminating: bool = False
    ) -> list[str]:
        """The nodes of the bound pods that are selected; terminating ones count only if asked."""
        found = []
        for namespace in namespaces:
            for pod in self._store.list("pods", namespace, labels=selector):
                node = pod["spec"].get("nodeName")
                counts = phase(pod) not in FINISHED and (terminating or not is_terminating(pod))
                if counts and node in self._nodes:
                    found.append(node)
        return found

    def _bind(self, key: Key, node: str) -> None:
        now = self._clock.timestamp()
        zone = self._nodes[node].labels.get(ZONE)

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
        if after is not before:  # a refusal for the same reason as before is no news
            self._store.create("events", failed_scheduling(after, message, self._clock))

    def _hold_back(self, key: Key, pod: RawDict) -> None:
        """A gated pod is not even looked at (`PodSchedulingReadiness`, KEP 3521)."""
        known = condition(pod, "PodScheduled")
        if known is None or known.get("reason") != GATED:
            self._clock.later(0.0, lambda: self._mark_gated(key))

    def _mark_gated(self, key: Key) -> None:
        pod = self._store.find("pods", *key)
        if pod is None or not pod["spec"].get("schedulingGates"):
            return

        def edit(each: RawDict) -> None:
            entry = {
                "type": "PodScheduled",
                "status": "False",
                "lastProbeTime": None,
                "reason": GATED,
                "message": "Scheduling is blocked due to non-empty scheduling gates",
            }
            set_condition(each.setdefault("status", {"phase": "Pending"}), entry, now)

        now = self._clock.timestamp()
        self._store.change("pods", *key, edit)

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
            self._add_load(key, node, pod)
        elif key in self._bound and not here:
            self._remove_load(key)
        elif here and not node and pod["spec"].get("schedulingGates"):
            self._hold_back(key, pod)
        elif here and not node and is_active(pod) and key not in self._pending:
            self._pending[key] = needs_of(pod, self._volumes(pod))
            self._queue.want(ALL)

    def _volumes(self, pod: RawDict) -> list[RawDict]:
        """The volumes a pod mounts; a claim that is not there or not bound ties it to no node."""
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

    def _add_load(self, key: Key, node: str, pod: RawDict) -> None:
        if key in self._bound:
            return
        needs, owner = needs_of(pod), _owner(pod)
        self._bound[key] = node, needs, owner
        if needs.anti_affinity:
            self._anti_affine[key] = node, needs
        load = self._loads.setdefault(node, Load())
        load.cpu += needs.cpu
        load.memory += needs.memory
        load.pods += 1
        load.owners[owner] = load.owners.get(owner, 0) + 1

    def _remove_load(self, key: Key) -> None:
        node, needs, owner = self._bound.pop(key)
        self._anti_affine.pop(key, None)
        load = self._loads[node]
        load.cpu -= needs.cpu
        load.memory -= needs.memory
        load.pods -= 1
        load.owners[owner] -= 1
        self._retry()

    def _on_node(self, event: StoreEvent) -> None:
        name = event.object["metadata"]["name"]
        if event.type == "DELETED":
            self._nodes.pop(name, None)
        else:
            self._nodes[name] = node_view(event.object)
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
