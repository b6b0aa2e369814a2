"""The node controller: a node becomes Ready, and its cordon shows as a taint.

Source: the recording `cordon`: the taint `node.kubernetes.io/unschedulable` follows
`spec.unschedulable` a moment later, and goes with it.
"""

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.controllers.scheduling.fit import UNSCHEDULABLE_TAINT
from include.rehearsal.kube.objects.nodes import NOT_READY_TAINT, Machine, conditions, node_object
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import RawDict


class NodeControl:
    """Registers nodes and keeps their taints true."""

    def __init__(self, store: Store, clock: SimClock) -> None:
        self._store = store
        self._clock = clock
        self._queue = Reconciler(clock, self._follow_cordon)
        store.listen(self._on_event)

    def register(self, machine: Machine, ready_after: float) -> None:
        """A kubelet registers its node; Ready after so many seconds.

        Raises:
            ApiError: 409 when a node of that name is there.
        """
        node = node_object(machine, self._clock.timestamp(), ready=ready_after <= 0)
        created = self._store.create("nodes", node)
        if ready_after > 0:
            uid = created["metadata"]["uid"]
            self._clock.later(ready_after, lambda: self._make_ready(machine.name, uid))

    def _make_ready(self, name: str, uid: str) -> None:
        found = self._store.find("nodes", None, name)
        if found is None or found["metadata"]["uid"] != uid:
            return
        now = self._clock.timestamp()

        def edit(node: RawDict) -> None:
            node["status"]["conditions"] = conditions(now, ready=True)
            _without_taint(node, NOT_READY_TAINT["key"])

        self._store.change("nodes", None, name, edit)

    def _follow_cordon(self, key: Key) -> None:
        if self._store.find("nodes", *key) is None:
            return
        now = self._clock.timestamp()

        def edit(node: RawDict) -> None:
            spec = node["spec"]
            tainted = any(t["key"] == UNSCHEDULABLE_TAINT for t in spec.get("taints") or ())
            if spec.get("unschedulable") and not tainted:
                taint = {"key": UNSCHEDULABLE_TAINT, "effect": "NoSchedule", "timeAdded": now}
                spec.setdefault("taints", []).append(taint)
            elif not spec.get("unschedulable") and tainted:
                _without_taint(node, UNSCHEDULABLE_TAINT)

        self._store.change("nodes", *key, edit)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "nodes" and event.type != "DELETED":
            old = event.old["spec"].get("unschedulable") if event.old else None
            if event.object["spec"].get("unschedulable") != old:
                self._queue.want(key_of(event.object))


def _without_taint(node: RawDict, key: str) -> None:
    left = [taint for taint in node["spec"].get("taints") or () if taint["key"] != key]
    if left:
        node["spec"]["taints"] = left
    else:
        node["spec"].pop("taints", None)
