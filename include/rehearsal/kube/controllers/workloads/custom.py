"""Operators of custom resources, such as those of databases: a pod that goes is started again.

The custom resources themselves are not served; their pods name them as owners. A pod that carries
the annotation `rehearsal/operator` comes back under its own name, as a database's member does.
"""

import copy

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.timings import OPERATOR, annotations_of
from include.rehearsal.kube.objects.defaults import with_defaults
from include.rehearsal.kube.objects.status import FINISHED, phase
from include.rehearsal.kube.objects.store import Store, StoreEvent
from include.rehearsal.raw import RawDict

REACTS_AFTER = 1.0
"""Seconds after which an operator notices."""

KEPT = ("name", "namespace", "labels", "annotations", "ownerReferences")


class CustomOperators:
    """Starts again what the owners of marked pods would start again."""

    def __init__(self, store: Store, clock: SimClock) -> None:
        self._store = store
        self._clock = clock
        store.listen(self._on_event)

    def _on_event(self, event: StoreEvent) -> None:
        pod = event.object
        if event.plural != "pods" or event.type != "DELETED" or phase(pod) in FINISHED:
            return
        if annotations_of(pod).get(OPERATOR) == "true":
            self._clock.later(REACTS_AFTER, lambda: self._start_again(pod))

    def _start_again(self, gone: RawDict) -> None:
        meta = gone["metadata"]
        if self._store.find("pods", meta["namespace"], meta["name"]) is not None:
            return
        pod: RawDict = {
            "metadata": {key: copy.deepcopy(meta[key]) for key in KEPT if key in meta},
            "spec": {k: copy.deepcopy(v) for k, v in gone["spec"].items() if k != "nodeName"},
        }
        self._store.create("pods", with_defaults("pods", pod))
