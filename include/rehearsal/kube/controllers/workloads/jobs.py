"""Jobs: pods until enough have succeeded, or too many have failed.

Source: Kubernetes' Job controller and
https://kubernetes.io/docs/concepts/workloads/controllers/job/. A pod is counted once, by the
finalizer that is taken off it then; one that is deleted before it has succeeded counts as failed,
unless a rule of the pod failure policy ignores pods with its condition (an eviction sets
DisruptionTarget). Left out: indexes, suspension, deadlines, exit codes, and the growing pause
before a failed pod's successor.
"""

from include.rehearsal.kube.controllers.workloads.controller import WorkloadController
from include.rehearsal.kube.objects.status import (
    condition,
    is_active,
    is_ready,
    is_terminating,
    phase,
    set_condition,
)
from include.rehearsal.kube.objects.store import key_of
from include.rehearsal.raw import Raw, RawDict

TRACKING = "batch.kubernetes.io/job-tracking"
"""The finalizer that keeps a pod until its Job has counted it."""

BACKOFF_LIMIT = 6


def outcome_of(pod: Raw) -> str:
    """`succeeded`, `failed`, or empty for a pod that is still at work."""
    if phase(pod) == "Succeeded":
        return "succeeded"
    return "failed" if phase(pod) == "Failed" or is_terminating(pod) else ""


def verdict(job: Raw, pod: Raw) -> str:
    """What the pod failure policy makes of a failed pod: `Count`, `Ignore` or `FailJob`."""
    for rule in (job["spec"].get("podFailurePolicy") or {}).get("rules") or ():
        for wanted in rule.get("onPodConditions") or ():
            found = condition(pod, wanted["type"])
            if found is not None and found["status"] == wanted.get("status", "True"):
                return str(rule["action"])
    return "Count"


class Jobs(WorkloadController):
    """The Job controller."""

    kind = "Job"
    plural = "jobs"
    api_version = "batch/v1"

    def sync(self, workload: RawDict) -> None:
        """Count what has ended, then create or delete pods, and write the status."""
        status = dict(workload.get("status") or {})
        status.setdefault("startTime", self._clock.timestamp())
        failed_by_policy = self._count(workload, status)
        if not ended_as(status):
            self._judge(workload, status, failed_by_policy=failed_by_policy)
        active = [pod for pod in self._owned(workload) if is_active(pod)]
        if ended_as(status):
            for pod in active:
                self._delete_pod(pod)
        else:
            for _ in range(self._missing(workload, status, len(active))):
                self._create_pod(self._tracked(workload))
        active = [pod for pod in self._owned(workload) if is_active(pod)]
        status |= {"active": len(active), "ready": sum(map(is_ready, active))}
        self._write_status(workload, status)

    def _count(self, job: RawDict, status: RawDict) -> bool:
        """Count each pod that has ended, once; whether one of them fails the whole Job."""
        fails = False
        for pod in self._owned(job):
            outcome = outcome_of(pod)
            if not outcome or TRACKING not in (pod["metadata"].get("finalizers") or ()):
                continue
            action = verdict(job, pod) if outcome == "failed" else "Count"
            fails |= action == "FailJob"
            if action != "Ignore":
                status[outcome] = status.get(outcome, 0) + 1
            self._store.change("pods", *key_of(pod), _untrack)
        return fails

    def _judge(self, job: Raw, status: RawDict, *, failed_by_policy: bool) -> None:
        limit = job["spec"].get("backoffLimit", BACKOFF_LIMIT)
        now, ended = self._clock.timestamp(), {"status": "True", "lastProbeTime": None}
        if failed_by_policy:
            why = {"type": "Failed", "reason": "PodFailurePolicy"}
        elif status.get("failed", 0) > limit:
            why = {"type": "Failed", "reason": "BackoffLimitExceeded"}
        elif status.get("succeeded", 0) >= job["spec"].get("completions", 1):
            why = {"type": "Complete", "reason": "CompletionsReached"}
            status["completionTime"] = now
        else:
            return
        set_condition(status, {**why, **ended}, now)

    def _missing(self, job: Raw, status: Raw, active: int) -> int:
        if not self._may_create(job):
            return 0
        left = int(job["spec"].get("completions", 1)) - int(status.get("succeeded", 0))
        return max(0, min(int(job["spec"].get("parallelism", 1)), left) - active)

    def _tracked(self, job: Raw) -> RawDict:
        name, uid = job["metadata"]["name"], job["metadata"]["uid"]
        labels = {"batch.kubernetes.io/job-name": name, "batch.kubernetes.io/controller-uid": uid}
        pod = self._new_pod(job, {**labels, "job-name": name, "controller-uid": uid})
        pod["metadata"]["finalizers"] = [TRACKING]
        pod["spec"].setdefault("restartPolicy", "Never")
        return pod


def ended_as(status: Raw) -> str:
    """`Complete` or `Failed`, by a Job's status; empty while it goes on."""
    kinds = [each["type"] for each in status.get("conditions") or ()]
    return next((kind for kind in kinds if kind in ("Complete", "Failed")), "")


def _untrack(pod: RawDict) -> None:
    pod["metadata"]["finalizers"] = [f for f in pod["metadata"]["finalizers"] if f != TRACKING]
