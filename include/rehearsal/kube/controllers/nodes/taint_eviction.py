"""Taint eviction: deletes the pods that do not tolerate a NoExecute taint, or not for long.

Source: kubernetes/kubernetes `pkg/controller/tainteviction`.
"""

from collections.abc import Sequence
from functools import partial

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.scheduling.needs import node_view, tolerations_of
from include.rehearsal.kube.objects.status import is_terminating
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict


class TaintEviction:
    """The taint eviction controller; it asks no disruption budget."""

    def __init__(self, store: Store, clock: SimClock, lifecycle: Lifecycle) -> None:
        self._store = store
        self._clock = clock
        self._lifecycle = lifecycle
        store.listen(self._on_event)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural != "nodes" or event.type == "DELETED" or event.old is None:
            return
        if _taints(event.object) != _taints(event.old):
            name = event.object["metadata"]["name"]
            self._clock.later(0.0, lambda: self._plan(name))

    def _plan(self, name: str) -> None:
        """Let each pod of the node go when its toleration of the taints runs out."""
        node = self._store.find("nodes", None, name)
        if node is None:
            return
        taints = _no_execute(node)
        for pod in self._store.pods_by_node(name) if taints else ():
            stay = toleration_seconds(pod, taints)
            if stay is not None and not is_terminating(pod):
                evict = partial(self._evict, name, key_of(pod), pod["metadata"]["uid"])
                self._clock.later(stay, evict)

    def _evict(self, name: str, key: Key, uid: str) -> None:
        pod = self._store.find("pods", *key)
        if pod is None or pod["metadata"]["uid"] != uid:
            return
        # Looked at again: the taints may be gone by now, as when a lost node came back.
        node = self._store.find("nodes", None, name)
        taints = _no_execute(node) if node else []
        if toleration_seconds(pod, taints) is not None and not is_terminating(pod):
            self._lifecycle.delete("pods", *key, {})


def toleration_seconds(pod: Raw, taints: Sequence[Raw]) -> float | None:
    """Seconds the pod stays in spite of these NoExecute taints; None is for ever."""
    tolerations = tolerations_of(pod["spec"])
    shortest: float | None = None
    for taint in taints:
        fitting = [each for each in tolerations if each.tolerates(taint)]
        limits = [each.seconds for each in fitting if each.seconds is not None]
        if fitting and not limits:
            continue
        # Not tolerated at all: it goes at once.
        stay = float(max(0, min(limits))) if limits else 0.0
        shortest = stay if shortest is None else min(shortest, stay)
    return shortest


def _no_execute(node: RawDict) -> list[Raw]:
    return [taint for taint in node_view(node).taints if taint["effect"] == "NoExecute"]


def _taints(node: Raw) -> list[RawDict]:
    return (node.get("spec") or {}).get("taints") or []
