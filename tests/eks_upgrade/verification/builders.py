"""Pods as the API server shows them, in few words, and a tally of them."""

import itertools

from include.eks_upgrade.verification.pods import PodState
from include.eks_upgrade.verification.tally import Tally

OLD, NEW = "old-0", "new-0"
_uids = itertools.count(1)

APPS = "apps/v1"
UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/3 nodes are available: 3 Insufficient cpu.",
}
GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


def owner(kind, name, version=APPS, *, controls=True):
    return {"apiVersion": version, "kind": kind, "name": name, "uid": name, "controller": controls}


def waiting(reason, message=""):
    return {"state": {"waiting": {"reason": reason, "message": message}}, "restartCount": 5}


CRASHES = waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container=db")


def pod(name, own=None, node=NEW, **more):
    """A raw pod that runs and is Ready, unless `more` says otherwise.

    `more`: labels, restart (policy), phase, ready, containers, conditions, deleted, annotations,
    spec (further fields of it).
    """
    ready = more.get("ready", True)
    conditions = [{"type": "Ready", "status": str(ready)}, *more.get("conditions", ())]
    meta = {"name": name, "namespace": more.get("namespace", "shop"), "uid": f"u{next(_uids)}"}
    meta |= {"labels": more.get("labels", {}), "annotations": more.get("annotations", {})}
    if own:
        meta["ownerReferences"] = [own]
    spec = {
        "nodeName": node,
        "restartPolicy": more.get("restart", "Always"),
        **more.get("spec", {}),
    }
    if more.get("deleted"):
        meta["deletionTimestamp"] = "2026-11-26T03:00:00Z"
    return {
        "metadata": meta,
        "spec": spec,
        "status": {
            "phase": more.get("phase", "Running"),
            "conditions": conditions,
            "containerStatuses": more.get("containers", []),
        },
    }


def web(number, node=NEW, **more):
    """A pod of the Deployment web."""
    labels = {"pod-template-hash": "5c9"}
    return pod(f"web-5c9-{number}", owner("ReplicaSet", "web-5c9"), node, labels=labels, **more)


def database(node=NEW, **more):
    """A pod that a database operator owns."""
    return pod("db-1", owner("Cluster", "db", "postgresql.cnpg.io/v1"), node, **more)


def job(name, node=NEW, **more):
    """A pod of a Job."""
    return pod(f"{name}-x7k", owner("Job", name, "batch/v1"), node, restart="Never", **more)


def lost(raw):
    """The same pod, and no node takes it."""
    raw["spec"]["nodeName"] = ""
    raw["status"] = {"phase": "Pending", "conditions": [UNSCHEDULABLE]}
    return raw


def starting(raw):
    """The same pod, whose image is being pulled."""
    raw["status"] = {"phase": "Pending", "containerStatuses": [waiting("ContainerCreating")]}
    return raw


def gated(raw):
    """The same pod, kept from the scheduler."""
    raw["spec"]["nodeName"] = ""
    raw["status"] = {"phase": "Pending", "conditions": [GATED]}
    return raw


def crashed(raw):
    """The same pod, which crashes in a loop."""
    raw["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    raw["status"]["containerStatuses"] = [CRASHES]
    return raw


def tally(*raws):
    """All of a cluster's pods."""
    found = Tally()
    for raw in raws:
        found.change(None, PodState.from_raw(raw))
    return found
