"""What kubelets do: start pods, make them Ready, end them; and what happens to lost ones.

Also the controller closest to a node: the one that removes pods of a node that is gone. Source
of the order of events: the recordings `statefulset` and `evict-with-budget`.
"""

import ipaddress
from collections.abc import Callable
from functools import partial

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.nodes.pod_status import (
    end_of_command,
    running_status,
    write_end,
    write_readiness,
)
from include.rehearsal.kube.controllers.timings import (
    FAIL_AFTER,
    READY_AFTER,
    START_AFTER,
    STOP_AFTER,
    SUCCEED_AFTER,
    Timings,
    annotations_of,
    crashes_on,
    seconds,
)
from include.rehearsal.kube.objects.status import condition, is_terminating, phase
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import RawDict

COMMAND_SECONDS = 5.0
"""How long the command of a pod that is to end takes."""
LATE = {
    "reason": "DeadlineExceeded",
    "message": "Pod was active on the node longer than the specified deadline",
}
FIRST_ADDRESS = int(ipaddress.IPv4Address("10.64.0.1"))


class Kubelets:
    """All kubelets of the cluster."""

    def __init__(
        self, store: Store, clock: SimClock, lifecycle: Lifecycle, timings: Timings
    ) -> None:
        self._store = store
        self._clock = clock
        self._lifecycle = lifecycle
        self._timings = timings
        self._started: set[str] = set()
        self._stopping: dict[str, int] = {}
        self._addresses = 0
        self._stopped: set[str] = set()
        self._postponed: dict[str, list[Callable[[], None]]] = {}
        store.listen(self._on_event)

    def stop(self, node: str) -> None:
        """The kubelet of a node does nothing any more, as when its machine hangs."""
        self._stopped.add(node)

    def start(self, node: str) -> None:
        """The kubelet works again, and makes up for what was to be done meanwhile."""
        self._stopped.discard(node)
        self._catch_up(node)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "nodes":
            self._on_node(event)
        elif event.plural == "pods":
            self._on_pod(event)

    def _on_pod(self, event: StoreEvent) -> None:
        pod = event.object
        uid = pod["metadata"]["uid"]
        if event.type == "DELETED":
            self._started.discard(uid)
            self._stopping.pop(uid, None)
            return
        if not pod["spec"].get("nodeName"):
            return
        if is_terminating(pod):
            self._plan_stop(pod)
        elif uid not in self._started and phase(pod) == "Pending":
            self._started.add(uid)
            after = seconds(annotations_of(pod), START_AFTER, self._timings.start)
            self._later(after, pod, self._run)

    def _later(self, after: float, pod: RawDict, step: Callable[[RawDict], None]) -> None:
        """Take a step of this very pod's life later, unless it is gone by then."""
        key, uid = key_of(pod), pod["metadata"]["uid"]
        self._clock.later(after, partial(self._step, key, uid, step))

    def _step(self, key: Key, uid: str, step: Callable[[RawDict], None]) -> None:
        pod = self._find(key, uid)
        if pod is None:
            return
        node = pod["spec"]["nodeName"]
        if self._is_stopped(node):
            again = partial(self._step, key, uid, step)
            self._postponed.setdefault(node, []).append(again)
        else:
            step(pod)

    def _find(self, key: Key, uid: str) -> RawDict | None:
        """This very pod, unless it is gone."""
        pod = self._store.find("pods", *key)
        return pod if pod is not None and pod["metadata"]["uid"] == uid else None

    def _is_stopped(self, node: str) -> bool:
        found = self._store.find("nodes", None, node)
        return node in self._stopped or (found is not None and _is_lost(found))

    def _catch_up(self, node: str) -> None:
        for step in self._postponed.pop(node, ()):
            step()

    def _run(self, pod: RawDict) -> None:
        """Containers start: Running, and Ready too when the pod needs no time for it."""
        if is_terminating(pod) or phase(pod) != "Pending":
            return
        node = self._store.find("nodes", None, pod["spec"]["nodeName"])
        if node is None:
            self._lifecycle.complete_deletion(pod)
            return
        annotations = annotations_of(pod)
        kubelet = str(node["status"].get("nodeInfo", {}).get("kubeletVersion", ""))
        crashing = crashes_on(annotations, node["metadata"].get("labels") or {}, kubelet)
        wait = seconds(annotations, READY_AFTER, self._timings.ready)
        self._addresses += 1
        address = str(ipaddress.IPv4Address(FIRST_ADDRESS + self._addresses))
        now = self._clock.timestamp()
        ready = not crashing and wait == 0

        def edit(each: RawDict) -> None:
            each["status"] = running_status(each, node, address, now)
            write_readiness(each, now, ready=ready, crashing=crashing)

        pod = self._store.change("pods", *key_of(pod), edit)
        if not crashing and not ready:
            self._later(wait, pod, self._make_ready)
        self._plan_end(pod)

    def _plan_end(self, pod: RawDict) -> None:
        annotations = annotations_of(pod)
        for annotation, outcome in ((SUCCEED_AFTER, "Succeeded"), (FAIL_AFTER, "Failed")):
            if annotation in annotations:
                self._later(
                    seconds(annotations, annotation, 0.0), pod, partial(self._finish, outcome)
                )
                return
        ending = end_of_command(pod)
        if ending is not None:
            self._later(COMMAND_SECONDS, pod, partial(self._finish, ending))
        deadline = pod["spec"].get("activeDeadlineSeconds")
        if deadline is not None:
            self._later(float(deadline), pod, self._end_late)

    def _make_ready(self, pod: RawDict) -> None:
        if phase(pod) == "Running" and not is_terminating(pod):
            now = self._clock.timestamp()
            self._store.change(
                "pods",
                *key_of(pod),
                lambda each: write_readiness(each, now, ready=True, crashing=False),
            )

    def _finish(self, outcome: str, pod: RawDict) -> None:
        if phase(pod) != "Running":
            return
        now = self._clock.timestamp()
        self._store.change("pods", *key_of(pod), lambda each: write_end(each, now, outcome))

    def _end_late(self, pod: RawDict) -> None:
        """It was active for longer than its spec allows."""
        if phase(pod) == "Running":
            self._finish("Failed", pod)
            self._store.change("pods", *key_of(pod), lambda each: each["status"].update(LATE))

    def _plan_stop(self, pod: RawDict) -> None:
        """Stop after the pod's own time, within the grace period it was given."""
        meta = pod["metadata"]
        grace = int(meta.get("deletionGracePeriodSeconds") or 0)
        known = self._stopping.get(meta["uid"])
        if known is not None and known <= grace:
            return
        self._stopping[meta["uid"]] = grace
        own = seconds(annotations_of(pod), STOP_AFTER, self._timings.stop)
        self._later(min(float(grace), own), pod, self._stop)

    def _stop(self, pod: RawDict) -> None:
        """The containers have ended; the kubelet lets the API server forget the pod."""
        now = self._clock.timestamp()
        held = bool(pod["metadata"].get("finalizers"))

        def edit(each: RawDict) -> None:
            each["metadata"]["deletionTimestamp"] = now
            each["metadata"]["deletionGracePeriodSeconds"] = 0
            if held and phase(each) == "Running":  # who looks sees that nothing runs any more
                write_end(each, now, "Succeeded")

        pod = self._store.change("pods", *key_of(pod), edit)
        self._lifecycle.complete_deletion(pod)

    def _on_node(self, event: StoreEvent) -> None:
        name = event.object["metadata"]["name"]
        if event.type == "DELETED":
            self._stopped.discard(name)
            self._postponed.pop(name, None)
            self._clock.later(0.0, lambda: self._forget_node(name))
            return
        if name in self._postponed and not self._is_stopped(name):
            self._clock.later(0.0, lambda: self._catch_up(name))

    def _forget_node(self, name: str) -> None:
        """Pods bound to a node that is no more are removed; their controllers replace them."""
        if self._store.find("nodes", None, name) is None:
            for pod in self._store.pods_by_node(name):
                self._lifecycle.complete_deletion(pod)


def _is_lost(node: RawDict) -> bool:
    """A node whose kubelet no longer reports: its pods stay Terminating until it is gone."""
    found = condition(node, "Ready")
    return found is not None and found["status"] == "Unknown"
