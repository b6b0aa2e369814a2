"""Deployments: revisions as ReplicaSets, and the rolling update between them.

Source: Kubernetes' deployment controller and the recording `rollout-restart`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from include.rehearsal.clock import Event, SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.reconciler import Reconciler
from include.rehearsal.kube.controllers.workloads.owned import owners_named
from include.rehearsal.kube.controllers.workloads.replicasets import replicas_of
from include.rehearsal.kube.controllers.workloads.templates import template_hash
from include.rehearsal.kube.objects.owners import controller_of, owner_reference
from include.rehearsal.kube.objects.quantities import scaled
from include.rehearsal.kube.objects.status import is_terminating
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, copied, key_of
from include.rehearsal.raw import Raw, RawDict

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
DEADLINE = 600


@dataclass(frozen=True)
class Slack:
    """How far a rolling update may stray from the wanted number of pods."""

    surge: int
    unavailable: int


def slack(strategy: Raw, wanted: int) -> Slack:
    """MaxSurge rounds up, maxUnavailable down; when both come to nothing one may be missing."""
    rolling = strategy.get("rollingUpdate") or {}
    surge = scaled(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = scaled(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Slack(surge, min(unavailable, wanted))


def new_size(wanted: int, new: int, total: int, surge: int) -> int:
    """The size the newest ReplicaSet may grow (or must shrink) to.

    Args:
        wanted: the Deployment's replicas.
        new: the newest ReplicaSet's replicas.
        total: replicas of all its ReplicaSets.
        surge: pods allowed beyond the wanted number.
    """
    if new >= wanted:
        return wanted
    room = wanted + surge - total
    return min(wanted, new + max(0, room))


@dataclass(frozen=True)
class Count:
    """One ReplicaSet's replicas and how many of them are available."""

    name: str
    replicas: int
    available: int


def old_sizes(wanted: int, new: Count, old: Sequence[Count], unavailable: int) -> dict[str, int]:
    """The sizes the old ReplicaSets shrink to, pods that are not available first.

    At least `wanted - unavailable` pods stay available; new pods that are not available yet
    cannot be made up for by deleting old ones.
    """
    sizes = {each.name: each.replicas for each in old}
    total = new.replicas + sum(sizes.values())
    floor = wanted - unavailable
    unready_new = new.replicas - new.available
    may_delete = total - floor - unready_new
    for each in old:
        broken = min(may_delete, each.replicas - each.available)
        if broken > 0:
            sizes[each.name] -= broken
            may_delete -= broken
    spare = new.available + sum(each.available for each in old) - floor
    for each in old:
        gone = min(spare, sizes[each.name])
        if gone > 0:
            sizes[each.name] -= gone
            spare -= gone
    return sizes


class Deployments:
    """The Deployment controller."""

    def __init__(self, store: Store, clock: SimClock, lifecycle: Lifecycle) -> None:
        self._store = store
        self._clock = clock
        self._lifecycle = lifecycle
        self._owned: dict[str, dict[Key, RawDict]] = {}
        self._deadlines: dict[Key, Event] = {}
        self._queue = Reconciler(clock, self.reconcile)
        store.listen(self._on_event)

    def reconcile(self, key: Key) -> None:
        """Bring the ReplicaSets one step nearer to the Deployment, then write its status."""
        found = self._store.find("deployments", *key)
        if found is None or is_terminating(found):
            return
        new = self._newest(found)
        if not found["spec"].get("paused"):
            if (found["spec"].get("strategy") or {}).get("type") == "Recreate":
                self._recreate(found, new)
            else:
                self._roll(found, new)
        self._write_status(found, new["metadata"]["name"])
        self._forget_history(found, new["metadata"]["name"])

    def _sets(self, deployment: RawDict) -> list[RawDict]:
        """The Deployment's ReplicaSets as they are now, oldest first."""
        return list(self._owned.get(deployment["metadata"]["uid"], {}).values())

    def _newest(self, deployment: RawDict) -> RawDict:
        digest = template_hash(deployment["spec"]["template"])
        name = f"{deployment['metadata']['name']}-{digest}"
        sets = self._sets(deployment)
        found = next((each for each in sets if each["metadata"]["name"] == name), None)
        highest = max((_revision(each) for each in sets), default=0)
        if found is None:
            found = self._create_set(deployment, digest, highest + 1)
            self._note_progress(deployment, "NewReplicaSetCreated", name)
        elif _revision(found) < highest:
            found = self._annotate("replicasets", found, highest + 1)
        self._annotate("deployments", deployment, _revision(found))
        return found

    def _create_set(self, deployment: RawDict, digest: str, revision: int) -> RawDict:
        meta, spec = deployment["metadata"], deployment["spec"]
        template = copied(spec["template"])
        labels = template.setdefault("metadata", {}).setdefault("labels", {})
        labels[HASH] = digest
        selector = copied(spec["selector"])
        selector.setdefault("matchLabels", {})[HASH] = digest
        return self._store.create(
            "replicasets",
            {
                "metadata": {
                    "name": f"{meta['name']}-{digest}",
                    "namespace": meta["namespace"],
                    "labels": dict(labels),
                    "annotations": {REVISION: str(revision)},
                    "ownerReferences": [owner_reference(deployment, "apps/v1", "Deployment")],
                },
                "spec": {"replicas": 0, "selector": selector, "template": template},
                "status": {"replicas": 0},
            },
        )

    def _annotate(self, plural: str, obj: RawDict, revision: int) -> RawDict:
        now = self._store.get(plural, *key_of(obj))
        if (now["metadata"].get("annotations") or {}).get(REVISION) == str(revision):
            return now

        def edit(each: RawDict) -> None:
            each["metadata"].setdefault("annotations", {})[REVISION] = str(revision)

        return self._store.change(plural, *key_of(obj), edit)

    def _roll(self, deployment: RawDict, new: RawDict) -> None:
        wanted = replicas_of(deployment)
        room = slack(deployment["spec"].get("strategy") or {}, wanted)
        others = self._others(deployment, new)
        total = replicas_of(new) + sum(replicas_of(each) for each in others)
        size = new_size(wanted, replicas_of(new), total, room.surge)
        new = self._resize(new, size)
        sizes = old_sizes(wanted, _count(new), [_count(o) for o in others], room.unavailable)
        for each in others:
            self._resize(each, sizes[each["metadata"]["name"]])

    def _recreate(self, deployment: RawDict, new: RawDict) -> None:
        others = self._others(deployment, new)
        for each in others:
            self._resize(each, 0)
        if all(_busy(each) == 0 for each in self._others(deployment, new)):
            self._resize(new, replicas_of(deployment))

    def _others(self, deployment: RawDict, new: RawDict) -> list[RawDict]:
        name = new["metadata"]["name"]
        return [each for each in self._sets(deployment) if each["metadata"]["name"] != name]

    def _resize(self, replica_set: RawDict, size: int) -> RawDict:
        now = self._store.get("replicasets", *key_of(replica_set))
        if now["spec"].get("replicas") == size:
            return now

        def edit(each: RawDict) -> None:
            each["spec"]["replicas"] = size

        return self._store.change("replicasets", *key_of(replica_set), edit)

    def _forget_history(self, deployment: RawDict, newest: str) -> None:
        limit = int(deployment["spec"].get("revisionHistoryLimit", 10))
        idle = [
            each
            for each in self._sets(deployment)
            if each["metadata"]["name"] != newest
            and replicas_of(each) == 0
            and not (each.get("status") or {}).get("replicas")
        ]
        for each in sorted(idle, key=_revision)[: max(0, len(idle) - limit)]:
            self._lifecycle.delete("replicasets", *key_of(each), {})

    def _note_progress(self, deployment: RawDict, reason: str, name: str) -> None:
        now = self._clock.timestamp()

        def edit(obj: RawDict) -> None:
            status = obj.setdefault("status", {})
            _set_condition(status, progressing(reason, name), now)

        self._store.change("deployments", *key_of(deployment), edit)

    def _write_status(self, deployment: RawDict, newest: str) -> None:
        key = key_of(deployment)
        deployment = self._store.get("deployments", *key)
        now = self._clock.timestamp()
        status = status_of(deployment, self._sets(deployment), newest, now)
        self._store.write_status("deployments", key, status)
        self._watch_deadline(key, deployment, done=is_complete(deployment, status))

    def _watch_deadline(self, key: Key, deployment: RawDict, *, done: bool) -> None:
        """A rollout that gets nowhere is called failed after progressDeadlineSeconds."""
        pending = self._deadlines.get(key)
        if done and pending is not None:
            pending.cancel()
            del self._deadlines[key]
        elif not done and pending is None:
            limit = float(deployment["spec"].get("progressDeadlineSeconds", DEADLINE))
            self._deadlines[key] = self._clock.later(limit, lambda: self._give_up(key))

    def _give_up(self, key: Key) -> None:
        found = self._store.find("deployments", *key)
        if found is not None:
            name = f"{key[1]}-{template_hash(found['spec']['template'])}"
            self._note_progress(found, "ProgressDeadlineExceeded", name)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "deployments":
            if event.type == "DELETED":
                self._drop(event.object)
            else:
                self._queue.want(key_of(event.object))
        elif event.plural == "replicasets" and (owner := controller_of(event.object)):
            sets = self._owned.setdefault(owner["uid"], {})
            if event.type == "DELETED":
                sets.pop(key_of(event.object), None)
            else:
                sets[key_of(event.object)] = event.object
            for key in owners_named(event, "Deployment"):
                self._queue.want(key)

    def _drop(self, deployment: RawDict) -> None:
        pending = self._deadlines.pop(key_of(deployment), None)
        if pending is not None:
            pending.cancel()


def _revision(obj: Raw) -> int:
    return int((obj["metadata"].get("annotations") or {}).get(REVISION, 0))


def _count(replica_set: RawDict) -> Count:
    available = (replica_set.get("status") or {}).get("availableReplicas", 0)
    replicas = replicas_of(replica_set)
    return Count(replica_set["metadata"]["name"], replicas, min(available, replicas))


def _busy(replica_set: RawDict) -> int:
    status = replica_set.get("status") or {}
    return int(status.get("replicas", 0)) + int(status.get("terminatingReplicas", 0))


def is_complete(deployment: Raw, status: Raw) -> bool:
    """Whether every pod is new and available, and no old one is counted any more."""
    wanted = replicas_of(deployment)
    return all(
        status.get(name, 0) == wanted
        for name in ("replicas", "updatedReplicas", "availableReplicas")
    )


def status_of(deployment: RawDict, sets: Sequence[RawDict], newest: str, now: str) -> RawDict:
    """The Deployment's status: sums over its ReplicaSets, and its two conditions."""
    old: RawDict = deployment.get("status") or {}
    counts: RawDict = {"observedGeneration": deployment["metadata"]["generation"]}
    found = [each.get("status") or {} for each in sets]
    for name in ("replicas", "readyReplicas", "availableReplicas", "terminatingReplicas"):
        counts[name] = sum(int(each.get(name, 0)) for each in found)
    updated = next(each for each in sets if each["metadata"]["name"] == newest)
    counts["updatedReplicas"] = int((updated.get("status") or {}).get("replicas", 0))
    wanted = replicas_of(deployment)
    counts["unavailableReplicas"] = max(
        0, max(wanted, counts["replicas"]) - counts["availableReplicas"]
    )
    kept = ("observedGeneration", "terminatingReplicas")
    status: RawDict = {name: n for name, n in counts.items() if n or name in kept}
    status["conditions"] = [dict(each) for each in old.get("conditions") or ()]
    room = slack(deployment["spec"].get("strategy") or {}, wanted)
    enough = counts["availableReplicas"] >= wanted - room.unavailable
    _set_condition(status, available(enough=enough), now)
    if is_complete(deployment, counts):
        _set_condition(status, progressing("NewReplicaSetAvailable", newest), now)
    elif _counts_of(old) != _counts_of(status):
        _set_condition(status, progressing("ReplicaSetUpdated", newest), now)
    return status


def _counts_of(status: Raw) -> tuple[int, ...]:
    names = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return tuple(int(status.get(name, 0)) for name in names)


def available(*, enough: bool) -> RawDict:
    """The condition Available."""
    if enough:
        return {
            "type": "Available",
            "status": "True",
            "reason": "MinimumReplicasAvailable",
            "message": "Deployment has minimum availability.",
        }
    return {
        "type": "Available",
        "status": "False",
        "reason": "MinimumReplicasUnavailable",
        "message": "Deployment does not have minimum availability.",
    }


PROGRESS = {
    "NewReplicaSetCreated": 'Created new replica set "{}"',
    "ReplicaSetUpdated": 'ReplicaSet "{}" is progressing.',
    "NewReplicaSetAvailable": 'ReplicaSet "{}" has successfully progressed.',
    "ProgressDeadlineExceeded": 'ReplicaSet "{}" has timed out progressing.',
}


def progressing(reason: str, name: str) -> RawDict:
    """The condition Progressing for one of the reasons in PROGRESS."""
    return {
        "type": "Progressing",
        "status": "False" if reason == "ProgressDeadlineExceeded" else "True",
        "reason": reason,
        "message": PROGRESS[reason].format(name),
    }


def _set_condition(status: RawDict, entry: RawDict, now: str) -> None:
    """Deployments note when a condition was last written, beside when it last turned."""
    conditions: list[RawDict] = status.setdefault("conditions", [])
    index = next((i for i, c in enumerate(conditions) if c["type"] == entry["type"]), None)
    if index is None:
        conditions.append({**entry, "lastUpdateTime": now, "lastTransitionTime": now})
        return
    old = conditions[index]
    same = all(old.get(name) == value for name, value in entry.items())
    turned = now if old["status"] != entry["status"] else old["lastTransitionTime"]
    written = old["lastUpdateTime"] if same else now
    conditions[index] = {**entry, "lastUpdateTime": written, "lastTransitionTime": turned}
