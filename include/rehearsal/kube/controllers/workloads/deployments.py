"""Deployments: revisions as ReplicaSets, and the rolling update between them.

Source: Kubernetes' deployment controller and the recording `rollout-restart`.
"""

from include.rehearsal.clock import Event, SimClock
from include.rehearsal.kube.controllers.deletion import Lifecycle
from include.rehearsal.kube.controllers.workloads.controller import WorkloadController, replicas_of
from include.rehearsal.kube.controllers.workloads.deployment_status import (
    is_complete,
    progressing,
    set_rollout_condition,
    status_of,
)
from include.rehearsal.kube.controllers.workloads.owned import OwnedObjects
from include.rehearsal.kube.controllers.workloads.rollout import Count, new_size, old_sizes, slack
from include.rehearsal.kube.controllers.workloads.templates import template_hash
from include.rehearsal.kube.objects.owners import owner_reference
from include.rehearsal.kube.objects.store import Key, Store, StoreEvent, copied, key_of
from include.rehearsal.raw import Raw, RawDict

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
DEADLINE = 600


class Deployments(WorkloadController):
    """The Deployment controller."""

    kind = "Deployment"
    plural = "deployments"
    owned_plural = "replicasets"

    def __init__(self, store: Store, clock: SimClock, lifecycle: Lifecycle) -> None:
        super().__init__(store, clock, OwnedObjects(store, "replicasets"), lifecycle)
        self._deadlines: dict[Key, Event] = {}

    def sync(self, workload: RawDict) -> None:
        """Bring the ReplicaSets one step nearer to the Deployment, then write its status."""
        new = self._newest(workload)
        if not workload["spec"].get("paused"):
            if (workload["spec"].get("strategy") or {}).get("type") == "Recreate":
                self._recreate(workload, new)
            else:
                self._roll(workload, new)
        self._update_status(workload, new["metadata"]["name"])
        self._delete_old_revisions(workload, new["metadata"]["name"])

    def _newest(self, deployment: RawDict) -> RawDict:
        digest = template_hash(deployment["spec"]["template"])
        name = f"{deployment['metadata']['name']}-{digest}"
        sets = self._owned(deployment)
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
        return [each for each in self._owned(deployment) if each["metadata"]["name"] != name]

    def _resize(self, replica_set: RawDict, size: int) -> RawDict:
        now = self._store.get("replicasets", *key_of(replica_set))
        if now["spec"].get("replicas") == size:
            return now

        def edit(each: RawDict) -> None:
            each["spec"]["replicas"] = size

        return self._store.change("replicasets", *key_of(replica_set), edit)

    def _delete_old_revisions(self, deployment: RawDict, newest: str) -> None:
        limit = int(deployment["spec"].get("revisionHistoryLimit", 10))
        idle = [
            each
            for each in self._owned(deployment)
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
            set_rollout_condition(status, progressing(reason, name), now)

        self._store.change("deployments", *key_of(deployment), edit)

    def _update_status(self, deployment: RawDict, newest: str) -> None:
        key = key_of(deployment)
        deployment = self._store.get("deployments", *key)
        sets = self._owned(deployment)
        status = status_of(deployment, sets, newest, self._clock.timestamp())
        self._write_status(deployment, status)
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
        super()._on_event(event)
        if event.plural == "deployments" and event.type == "DELETED":
            pending = self._deadlines.pop(key_of(event.object), None)
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
