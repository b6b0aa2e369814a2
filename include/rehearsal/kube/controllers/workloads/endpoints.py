"""EndpointSlices: which pods are behind a Service, and which of them are ready.

One slice for each Service, of IPv4 addresses. Source: Kubernetes' EndpointSlice controller.
"""

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.objects.selectors import LabelSelector
from include.rehearsal.kube.objects.status import FINISHED, is_ready, is_terminating, phase
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import Raw, RawDict

SERVICE_LABEL = "kubernetes.io/service-name"
MANAGER = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}


class EndpointSlices:
    """Keeps the slice of each Service that has a selector."""

    def __init__(self, store: Store, clock: SimClock) -> None:
        self._store = store
        self._queue = Reconciler(clock, self._reconcile)
        store.listen(self._on_event)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "services":
            self._queue.want(key_of(event.object))
        elif event.plural == "pods":
            space, labels = event.object["metadata"]["namespace"], event.object["metadata"]
            for service in self._store.list("services", space):
                if _has_selector(service) and _selector(service).matches(labels.get("labels")):
                    self._queue.want(key_of(service))

    def _reconcile(self, key: Key) -> None:
        service = self._store.find("services", *key)
        old = self._slice_of(key)
        if service is None or not _has_selector(service):
            if service is None and old is not None:
                self._store.remove("endpointslices", *key_of(old))
            return
        endpoints = [_endpoint(pod) for pod in self._behind(service)]
        if old is None:
            self._store.create("endpointslices", _slice(service, endpoints))
        elif old.get("endpoints") != endpoints:
            self._store.replace("endpointslices", {**old, "endpoints": endpoints})

    def _slice_of(self, key: Key) -> RawDict | None:
        slices = self._store.list("endpointslices", key[0])
        return next((one for one in slices if _belongs(one, key[1])), None)

    def _behind(self, service: Raw) -> list[RawDict]:
        chosen = _selector(service)
        return [
            pod
            for pod in self._store.list("pods", service["metadata"]["namespace"])
            if chosen.matches(pod["metadata"].get("labels"))
            and (pod.get("status") or {}).get("podIP")
            and phase(pod) not in FINISHED
        ]


def _belongs(one: Raw, service: str) -> bool:
    return (one["metadata"].get("labels") or {}).get(SERVICE_LABEL) == service


def _has_selector(service: Raw) -> bool:
    """Whether its endpoints are found for it; of another somebody else makes them."""
    return bool((service.get("spec") or {}).get("selector"))


def _selector(service: Raw) -> LabelSelector:
    return LabelSelector.from_object({"matchLabels": service["spec"]["selector"]})


def _endpoint(pod: Raw) -> RawDict:
    going, ready = is_terminating(pod), is_ready(pod)
    meta = pod["metadata"]
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready and not going, "serving": ready, "terminating": going},
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": {
            "kind": "Pod",
            "namespace": meta["namespace"],
            "name": meta["name"],
            "uid": meta["uid"],
        },
    }


def _slice(service: Raw, endpoints: list[RawDict]) -> RawDict:
    meta = service["metadata"]
    return {
        "metadata": {
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": {SERVICE_LABEL: meta["name"], **MANAGER},
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [],
    }
