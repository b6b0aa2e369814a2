"""What kubelets do: start pods, make them Ready, end them; and what happens to lost ones.

Also the two controllers closest to a node: the one that removes pods of a node that is gone,
and the one that deletes pods a NoExecute taint drives away. Source of the order of events:
the recordings `statefulset` and `evict-with-budget`.
"""

import ipaddress
from collections.abc import Callable, Sequence
from functools import partial

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.scheduling.needs import node_view, tolerations_of
from include.rehearsal.kube.controllers.timings import (
    CRASH_LOOP,
    FAIL_AFTER,
    READY_AFTER,
    START_AFTER,
    STOP_AFTER,
    SUCCEED_AFTER,
    Timings,
    annotations_of,
    seconds,
)
from include.rehearsal.kube.objects.status import condition, is_terminating, phase, set_condition
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict

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
        self._silent: set[str] = set()
        self._postponed: dict[str, list[Callable[[], None]]] = {}
        store.listen(self._on_event)

    def stop(self, node: str) -> None:
        """The kubelet of a node does nothing any more, as when its machine hangs."""
        self._silent.add(node)

    def start(self, node: str) -> None:
        """The kubelet works again, and makes up for what was to be done meanwhile."""
        self._silent.discard(node)
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
        if self._is_silent(node):
            again = partial(self._step, key, uid, step)
            self._postponed.setdefault(node, []).append(again)
        else:
            step(pod)

    def _find(self, key: Key, uid: str) -> RawDict | None:
        """This very pod, unless it is gone."""
        pod = self._store.find("pods", *key)
        return pod if pod is not None and pod["metadata"]["uid"] == uid else None

    def _is_silent(self, node: str) -> bool:
        found = self._store.find("nodes", None, node)
        return node in self._silent or (found is not None and _is_lost(found))

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
        notes = annotations_of(pod)
        crashing = notes.get(CRASH_LOOP) == "true"
        wait = seconds(notes, READY_AFTER, self._timings.ready)
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
        notes = annotations_of(pod)
        for note, outcome in ((SUCCEED_AFTER, "Succeeded"), (FAIL_AFTER, "Failed")):
            if note in notes:
                self._later(seconds(notes, note, 0.0), pod, partial(self._finish, outcome))

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
            self._silent.discard(name)
            self._postponed.pop(name, None)
            self._clock.later(0.0, lambda: self._forget_node(name))
            return
        if name in self._postponed and not self._is_silent(name):
            self._clock.later(0.0, lambda: self._catch_up(name))
        if event.old is not None and _taints(event.object) != _taints(event.old):
            self._clock.later(0.0, lambda: self._drive_away(name))

    def _forget_node(self, name: str) -> None:
        """Pods bound to a node that is no more are removed; their controllers replace them."""
        if self._store.find("nodes", None, name) is None:
            for pod in self._store.pods_by_node(name):
                self._lifecycle.complete_deletion(pod)

    def _drive_away(self, name: str) -> None:
        """Delete the pods that do not tolerate the node's NoExecute taints, or not for long."""
        node = self._store.find("nodes", None, name)
        if node is None:
            return
        taints = [t for t in node_view(node).taints if t["effect"] == "NoExecute"]
        for pod in self._store.pods_by_node(name) if taints else ():
            patience = _patience(pod, taints)
            if patience is not None and not is_terminating(pod):
                leave = partial(self._leave, name, key_of(pod), pod["metadata"]["uid"])
                self._clock.later(patience, leave)

    def _leave(self, name: str, key: Key, uid: str) -> None:
        pod = self._find(key, uid)
        if pod is None:
            return
        node = self._store.find("nodes", None, name)
        taints = [t for t in node_view(node).taints if t["effect"] == "NoExecute"] if node else []
        if _patience(pod, taints) is not None and not is_terminating(pod):
            self._lifecycle.delete("pods", *key_of(pod), {})


def _taints(node: RawDict) -> list[RawDict]:
    return (node.get("spec") or {}).get("taints") or []


def _patience(pod: RawDict, taints: Sequence[Raw]) -> float | None:
    """Seconds the pod stays in spite of these NoExecute taints; None is for ever."""
    tolerations = tolerations_of(pod["spec"])
    shortest: float | None = None
    for taint in taints:
        fitting = [each for each in tolerations if each.tolerates(taint)]
        limits = [each.seconds for each in fitting if each.seconds is not None]
        if fitting and not limits:
            continue
        stay = float(max(0, min(limits))) if limits else 0.0
        shortest = stay if shortest is None else min(shortest, stay)
    return shortest


def _is_lost(node: RawDict) -> bool:
    """A node whose kubelet no longer reports: its pods stay Terminating until it is gone."""
    found = condition(node, "Ready")
    return found is not None and found["status"] == "Unknown"


def running_status(pod: RawDict, node: RawDict, address: str, now: str) -> RawDict:
    """The status a kubelet writes when the containers run."""
    addresses = (node.get("status") or {}).get("addresses") or []
    host = next((a["address"] for a in addresses if a["type"] == "InternalIP"), None)
    own = host if pod["spec"].get("hostNetwork") and host else address
    status: RawDict = {
        "phase": "Running",
        "conditions": (pod.get("status") or {}).get("conditions", []),
    }
    if host:
        status |= {"hostIP": host, "hostIPs": [{"ip": host}]}
    status |= {"podIP": own, "podIPs": [{"ip": own}], "startTime": now}
    status["containerStatuses"] = [
        {
            "name": each["name"],
            "state": {"running": {"startedAt": now}},
            "lastState": {},
            "ready": False,
            "restartCount": 0,
            "image": each.get("image", ""),
            "imageID": each.get("image", ""),
            "started": True,
        }
        for each in pod["spec"].get("containers") or ()
    ]
    status["qosClass"] = (pod.get("status") or {}).get("qosClass", "BestEffort")
    set_condition(status, {"type": "Initialized", "status": "True", "lastProbeTime": None}, now)
    return status


def write_end(pod: RawDict, now: str, outcome: str) -> None:
    """Put the end of its work (Succeeded or Failed) into a running pod's status."""
    code, word = (0, "Completed") if outcome == "Succeeded" else (1, "Error")
    started = pod["status"].get("startTime", now)
    write_readiness(pod, now, ready=False, crashing=False)
    pod["status"]["phase"] = outcome
    for container in pod["status"].get("containerStatuses") or ():
        ended = {"exitCode": code, "reason": word, "startedAt": started, "finishedAt": now}
        container["state"] = {"terminated": ended}


def write_readiness(pod: RawDict, now: str, *, ready: bool, crashing: bool) -> None:
    """Put readiness into a running pod's conditions and containers."""
    word = "True" if ready else "False"
    for kind in ("ContainersReady", "Ready"):
        entry = {"type": kind, "status": word, "lastProbeTime": None}
        set_condition(pod["status"], entry, now)
    for each in pod["status"].get("containerStatuses") or ():
        each["ready"] = ready
        if crashing:
            each["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
            each["restartCount"] = 7
