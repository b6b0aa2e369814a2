"""What all controllers of the rehearsal's cluster share.

Predicates over raw pods, owner references, the hash and the pod made of a template, the
index of pods by owner, and the queue that runs one reconcile per object and instant.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, copied, key_of

Raw = dict[str, Any]

FINISHED = ("Succeeded", "Failed")


def timestamp(at: float) -> str:
    """Seconds since the epoch as Kubernetes writes a time: whole seconds, `Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str) -> float:
    """Seconds since the epoch of a time as Kubernetes writes it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def condition(obj: Mapping[str, Any], kind: str) -> Raw | None:
    """The status condition of that type, or None."""
    for found in (obj.get("status") or {}).get("conditions") or ():
        if found["type"] == kind:
            result: Raw = found
            return result
    return None


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether the pod's Ready condition is True."""
    found = condition(pod, "Ready")
    return found is not None and found["status"] == "True"


def is_terminating(obj: Mapping[str, Any]) -> bool:
    """Whether deletion was asked for and is not done."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def phase(pod: Mapping[str, Any]) -> str:
    """The pod's phase; a pod nobody has written a status for is Pending."""
    return str((pod.get("status") or {}).get("phase") or "Pending")


def is_active(pod: Mapping[str, Any]) -> bool:
    """Whether a controller counts the pod: neither finished nor going."""
    return not is_terminating(pod) and phase(pod) not in FINISHED


def controller_of(obj: Mapping[str, Any]) -> Raw | None:
    """The owner reference that has `controller: true`, or None."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            found: Raw = reference
            return found
    return None


def owner_reference(owner: Mapping[str, Any], api_version: str, kind: str) -> Raw:
    """The owner reference a controller writes on what it creates."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def template_hash(template: Mapping[str, Any]) -> str:
    """A short hash of a pod template, for `pod-template-hash` and revision labels.

    Only letters that Kubernetes' own hashes are written in, so that names look familiar.
    """
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    letters = "bcdfghjklmnpqrstvwxz2456789"
    return "".join(letters[byte % len(letters)] for byte in digest[:10])


def pod_from_template(namespace: str, template: Mapping[str, Any], owner: Raw, labels: Raw) -> Raw:
    """A new pod of a controller: its template's metadata and spec, owned by `owner`."""
    metadata = template.get("metadata") or {}
    meta: Raw = {
        "generateName": owner["name"] + "-",
        "namespace": namespace,
        "labels": {**(metadata.get("labels") or {}), **labels},
        "ownerReferences": [owner],
    }
    if metadata.get("annotations"):
        meta["annotations"] = dict(metadata["annotations"])
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": copied(template.get("spec") or {}),
    }


def scaled(value: Any, total: int, *, up: bool) -> int:
    """An int-or-percent field as a count of `total`, percentages rounded up or down.

    Source: apimachinery's `intstr.GetScaledValueFromIntOrPercent`.
    """
    if isinstance(value, str) and value.endswith("%"):
        product = int(value[:-1]) * total
        return -(-product // 100) if up else product // 100
    return int(value)


class PodIndex:
    """Pods by the uid of their controller, kept current by store events."""

    def __init__(self, store: Store) -> None:
        self._owned: dict[str, dict[Key, Raw]] = {}
        store.listen(self._on_event)

    def owned_by(self, uid: str) -> list[Raw]:
        """The live pods whose controller has this uid, oldest first."""
        return list(self._owned.get(uid, {}).values())

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural != "pods" or (owner := controller_of(event.object)) is None:
            return
        pods = self._owned.setdefault(owner["uid"], {})
        if event.type == "DELETED":
            pods.pop(key_of(event.object), None)
        else:
            pods[key_of(event.object)] = event.object
        if not pods:
            self._owned.pop(owner["uid"], None)


class Reconciler:
    """Runs a reconcile once per key and simulated instant, however often it was asked for."""

    def __init__(self, clock: SimClock, reconcile: Callable[[Key], None]) -> None:
        self._clock = clock
        self._reconcile = reconcile
        self._wanted: set[Key] = set()

    def want(self, key: Key) -> None:
        """Reconcile this object later in this instant."""
        if key not in self._wanted:
            self._wanted.add(key)
            self._clock.later(0.0, lambda: self.settle(key))

    def settle(self, key: Key) -> None:
        """Reconcile now what is still wanted; harmless when it was already done."""
        if key in self._wanted:
            self._wanted.discard(key)
            self._reconcile(key)


def owners_named(event: StoreEvent, kind: str) -> Iterator[Key]:
    """The owner of that kind an event's object names, as a key of the same namespace."""
    reference = controller_of(event.object)
    if reference is not None and reference["kind"] == kind:
        yield event.object["metadata"].get("namespace") or "", reference["name"]


def set_condition(status: Raw, entry: Raw, now: str) -> None:
    """Put a condition into a status; its transition time moves only when its status does."""
    conditions: list[Raw] = status.setdefault("conditions", [])
    for index, old in enumerate(conditions):
        if old["type"] == entry["type"]:
            same = old["status"] == entry["status"]
            kept = old.get("lastTransitionTime", now) if same else now
            conditions[index] = {**entry, "lastTransitionTime": kept}
            return
    conditions.append({**entry, "lastTransitionTime": now})
