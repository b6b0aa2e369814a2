"""StatefulSets: numbered pods that come and go in order and are reborn under their names.

Source: Kubernetes' stateful set controller and the recording `statefulset`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.controllers.workloads.owned import PodIndex, owners_named
from include.rehearsal.kube.controllers.workloads.replicasets import replicas_of
from include.rehearsal.kube.controllers.workloads.templates import pod_from_template, template_hash
from include.rehearsal.kube.objects.defaults import with_defaults
from include.rehearsal.kube.objects.owners import owner_reference
from include.rehearsal.kube.objects.status import FINISHED, is_ready, is_terminating, phase
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, key_of
from include.rehearsal.raw import RawDict

HASH = "controller-revision-hash"


@dataclass(frozen=True)
class Member:
    """One numbered pod as it is now."""

    ordinal: int
    ready: bool = False
    going: bool = False
    finished: bool = False
    updated: bool = True


@dataclass(frozen=True)
class Step:
    """What to do next: ordinals to create and ordinals to delete."""

    create: tuple[int, ...] = ()
    delete: tuple[int, ...] = ()


def next_step(members: Sequence[Member], wanted: int, *, partition: int, ordered: bool) -> Step:
    """The next step towards `wanted` pods.

    In order, one pod is started or stopped at a time, and only while the others are Ready;
    a rolling update replaces the highest ordinal first, down to `partition`.
    """
    by_ordinal = {each.ordinal: each for each in members}
    ended = tuple(each.ordinal for each in members if each.finished and not each.going)
    if ended:
        return Step(delete=ended if not ordered else ended[:1])
    missing = [ordinal for ordinal in range(wanted) if ordinal not in by_ordinal]
    surplus = sorted((o for o in by_ordinal if o >= wanted), reverse=True)
    step: Step | None = None
    if ordered:
        step = _first_unready(by_ordinal, wanted, partition)
    elif missing or any(not by_ordinal[each].going for each in surplus):
        step = Step(tuple(missing), tuple(o for o in surplus if not by_ordinal[o].going))
    if step is not None or any(each.going for each in members):
        return step or Step()
    return Step(delete=(surplus[0],)) if surplus else _update(by_ordinal, wanted, partition)


def _first_unready(by_ordinal: dict[int, Member], wanted: int, partition: int) -> Step | None:
    """In order: the lowest pod that is missing or not Ready decides; None when all are."""
    for ordinal in range(wanted):
        if ordinal not in by_ordinal:
            return Step(create=(ordinal,))
        if not by_ordinal[ordinal].ready or by_ordinal[ordinal].going:
            return _replace_broken(by_ordinal[ordinal], partition)
    return None


def _replace_broken(member: Member, partition: int) -> Step:
    """An old pod that never became Ready does not hold up the update that may mend it."""
    if member.going or member.updated or member.ordinal < partition:
        return Step()
    return Step(delete=(member.ordinal,))


def _update(by_ordinal: dict[int, Member], wanted: int, partition: int) -> Step:
    for ordinal in range(wanted - 1, partition - 1, -1):
        member = by_ordinal[ordinal]
        if not member.updated:
            return Step(delete=(ordinal,))
        if not member.ready:
            return Step()
    return Step()


class StatefulSets:
    """The StatefulSet controller."""

    def __init__(self, store: Store, clock: SimClock, pods: PodIndex, lifecycle: Lifecycle) -> None:
        self._store = store
        self._pods = pods
        self._lifecycle = lifecycle
        self._queue = Reconciler(clock, self.reconcile)
        store.listen(self._on_event)

    def reconcile(self, key: Key) -> None:
        """Take the next step and write the status."""
        found = self._store.find("statefulsets", *key)
        if found is None or is_terminating(found):
            return
        spec = found["spec"]
        strategy = spec.get("updateStrategy") or {}
        wanted = replicas_of(found)
        on_delete = strategy.get("type") == "OnDelete"
        partition = int((strategy.get("rollingUpdate") or {}).get("partition", 0))
        step = next_step(
            self._members(found),
            wanted,
            partition=wanted if on_delete else partition,
            ordered=spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady",
        )
        for ordinal in step.create if self._may_create(key[0]) else ():
            self._create(found, ordinal)
        for ordinal in step.delete:
            self._lifecycle.delete("pods", key[0], f"{key[1]}-{ordinal}", {})
        self._write_status(found)

    def _may_create(self, namespace: str) -> bool:
        space = self._store.find("namespaces", None, namespace)
        return space is None or not is_terminating(space)

    def _members(self, owner: RawDict) -> list[Member]:
        digest = _revision(owner)
        members = [
            Member(
                ordinal=int(pod["metadata"]["name"].rsplit("-", 1)[1]),
                ready=is_ready(pod),
                going=is_terminating(pod),
                finished=phase(pod) in FINISHED,
                updated=pod["metadata"]["labels"].get(HASH) == digest,
            )
            for pod in self._pods.owned_by(owner["metadata"]["uid"])
        ]
        return sorted(members, key=lambda each: each.ordinal)

    def _create(self, owner: RawDict, ordinal: int) -> None:
        meta = owner["metadata"]
        name = f"{meta['name']}-{ordinal}"
        labels = {
            "apps.kubernetes.io/pod-index": str(ordinal),
            HASH: _revision(owner),
            "statefulset.kubernetes.io/pod-name": name,
        }
        reference = owner_reference(owner, "apps/v1", "StatefulSet")
        pod = pod_from_template(meta["namespace"], owner["spec"]["template"], reference, labels)
        pod["metadata"]["name"] = name
        pod["spec"]["hostname"] = name
        pod["spec"]["subdomain"] = owner["spec"].get("serviceName") or ""
        self._store.create("pods", with_defaults("pods", pod))

    def _write_status(self, owner: RawDict) -> None:
        members = [each for each in self._members(owner) if not each.finished]
        ready = sum(1 for each in members if each.ready)
        updated = sum(1 for each in members if each.updated)
        revision = _revision(owner)
        before = (owner.get("status") or {}).get("currentRevision", revision)
        done = updated == len(members) == replicas_of(owner)
        status: RawDict = {
            "observedGeneration": owner["metadata"]["generation"],
            "replicas": len(members),
            "readyReplicas": ready,
            "currentReplicas": len(members) if done else len(members) - updated,
            "updatedReplicas": updated,
            "currentRevision": revision if done else before,
            "updateRevision": revision,
            "collisionCount": 0,
            "availableReplicas": ready,
        }
        if before == revision:
            status["currentReplicas"] = len(members)
        self._store.write_status("statefulsets", key_of(owner), status)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "statefulsets" and event.type != "DELETED":
            self._queue.want(key_of(event.object))
        elif event.plural == "pods":
            for key in owners_named(event, "StatefulSet"):
                self._queue.want(key)


def _revision(owner: RawDict) -> str:
    return f"{owner['metadata']['name']}-{template_hash(owner['spec']['template'])}"
