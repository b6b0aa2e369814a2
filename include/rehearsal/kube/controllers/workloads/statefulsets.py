"""StatefulSets: numbered pods that come and go in order and are made anew under their names.

Source: Kubernetes' stateful set controller and the recording `statefulset`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from include.rehearsal.kube.controllers.workloads.controller import WorkloadController, replicas_of
from include.rehearsal.kube.controllers.workloads.templates import template_hash
from include.rehearsal.kube.objects.status import FINISHED, is_ready, is_terminating, phase
from include.rehearsal.kube.objects.store import key_of
from include.rehearsal.raw import Raw, RawDict

HASH = "controller-revision-hash"


@dataclass(frozen=True)
class Member:
    """One numbered pod as it is now."""

    ordinal: int
    ready: bool = False
    terminating: bool = False
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
    ended = tuple(each.ordinal for each in members if each.finished and not each.terminating)
    if ended:
        return Step(delete=ended if not ordered else ended[:1])
    missing = [ordinal for ordinal in range(wanted) if ordinal not in by_ordinal]
    surplus = sorted((o for o in by_ordinal if o >= wanted), reverse=True)
    step: Step | None = None
    if ordered:
        step = _first_unready(by_ordinal, wanted, partition)
    elif missing or any(not by_ordinal[each].terminating for each in surplus):
        step = Step(tuple(missing), tuple(o for o in surplus if not by_ordinal[o].terminating))
    if step is not None or any(each.terminating for each in members):
        return step or Step()
    return Step(delete=(surplus[0],)) if surplus else _update(by_ordinal, wanted, partition)


def _first_unready(by_ordinal: dict[int, Member], wanted: int, partition: int) -> Step | None:
    """In order: the lowest pod that is missing or not Ready decides; None when all are."""
    for ordinal in range(wanted):
        if ordinal not in by_ordinal:
            return Step(create=(ordinal,))
        if not by_ordinal[ordinal].ready or by_ordinal[ordinal].terminating:
            return _replace_broken(by_ordinal[ordinal], partition)
    return None


def _replace_broken(member: Member, partition: int) -> Step:
    """An old pod that never became Ready does not hold up the update that may mend it."""
    if member.terminating or member.updated or member.ordinal < partition:
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


class StatefulSets(WorkloadController):
    """The StatefulSet controller."""

    kind = "StatefulSet"
    plural = "statefulsets"

    def sync(self, workload: RawDict) -> None:
        """Take the next step and write the status."""
        spec = workload["spec"]
        strategy = spec.get("updateStrategy") or {}
        wanted = replicas_of(workload)
        on_delete = strategy.get("type") == "OnDelete"
        partition = int((strategy.get("rollingUpdate") or {}).get("partition", 0))
        step = next_step(
            self._members(workload),
            wanted,
            # Below the partition nothing is updated: with OnDelete that is every ordinal.
            partition=wanted if on_delete else partition,
            ordered=spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady",
        )
        for ordinal in step.create if self._may_create(workload) else ():
            self._create_member(workload, ordinal)
        namespace, name = key_of(workload)
        for ordinal in step.delete:
            self._lifecycle.delete("pods", namespace, f"{name}-{ordinal}", {})
        self._write_status(workload, self._status(workload))

    def _members(self, workload: RawDict) -> list[Member]:
        digest = _revision(workload)
        members = [
            Member(
                ordinal=int(pod["metadata"]["name"].rsplit("-", 1)[1]),
                ready=is_ready(pod),
                terminating=is_terminating(pod),
                finished=phase(pod) in FINISHED,
                updated=pod["metadata"]["labels"].get(HASH) == digest,
            )
            for pod in self._owned(workload)
        ]
        return sorted(members, key=lambda each: each.ordinal)

    def _create_member(self, workload: Raw, ordinal: int) -> None:
        name = f"{workload['metadata']['name']}-{ordinal}"
        labels = {
            "apps.kubernetes.io/pod-index": str(ordinal),
            HASH: _revision(workload),
            "statefulset.kubernetes.io/pod-name": name,
        }
        pod = self._new_pod(workload, labels)
        pod["metadata"]["name"] = name
        pod["spec"]["hostname"] = name
        pod["spec"]["subdomain"] = workload["spec"].get("serviceName") or ""
        self._create_pod(pod)

    def _status(self, workload: RawDict) -> RawDict:
        members = [each for each in self._members(workload) if not each.finished]
        ready = sum(1 for each in members if each.ready)
        updated = sum(1 for each in members if each.updated)
        revision = _revision(workload)
        before = (workload.get("status") or {}).get("currentRevision", revision)
        done = updated == len(members) == replicas_of(workload)
        status: RawDict = {
            "observedGeneration": workload["metadata"]["generation"],
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
        return status


def _revision(workload: Raw) -> str:
    return f"{workload['metadata']['name']}-{template_hash(workload['spec']['template'])}"
