"""The status of a Deployment: sums over its ReplicaSets, and the conditions of its rollout."""

from collections.abc import Sequence

from include.rehearsal.kube.controllers.workloads.controller import replicas_of
from include.rehearsal.kube.controllers.workloads.rollout import slack
from include.rehearsal.raw import Raw, RawDict


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
    set_rollout_condition(status, available(enough=enough), now)
    if is_complete(deployment, counts):
        set_rollout_condition(status, progressing("NewReplicaSetAvailable", newest), now)
    elif _counts_of(old) != _counts_of(status):
        set_rollout_condition(status, progressing("ReplicaSetUpdated", newest), now)
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


def set_rollout_condition(status: RawDict, entry: RawDict, now: str) -> None:
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
