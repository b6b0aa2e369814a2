"""Jobs whose pods the drain will evict, and whether they survive it.

An evicted pod of a Job counts as failed, unless the Job's pod failure policy says otherwise:
https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
"""

from collections.abc import Iterable, Sequence

from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.pod_facts.jobs import FailureRule, Job
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.survey.findings import Findings, Told, capped_warnings
from include.eks_upgrade.planning.survey.surveyed import Surveyed

TERMINATED = (143, 137)
"""Exit codes of a container that was asked to stop (SIGTERM), and of one that had to be killed."""

MAX_JOBS = 10
"""Jobs that one line names."""


def running_jobs(surveyed: Surveyed) -> Findings:
    """The Jobs that run on old nodes, and those that an eviction would fail."""
    pods = [one for one in surveyed.moving if one.pod.of_job and not one.pod.finished]
    by_job = by_key((_key(one), one) for one in pods)
    known = [(job, found) for key, found in by_job.items() if (job := surveyed.facts.jobs.get(key))]
    others = _runs_of_others(surveyed)
    if not by_job:
        return Findings(warnings=others)
    failing = by_key((why, job) for job, found in known if (why := why_it_fails(job, found)))
    tops = sorted({each.family for each in surveyed.named(pods)})
    named = first_few(tops, MAX_JOBS)
    runs = Told(
        named,
        f"{counted(len(by_job), 'Job runs', 'Jobs run')} on {surveyed.places(pods)} ({named}): the"
        " drain waits as running_jobs and job_patience_minutes say, then evicts what is left",
    )
    lines = [_line(why, jobs) for why, jobs in failing.items()]
    return Findings(warnings=(runs, *capped_warnings(lines, "Jobs"), *others))


def _runs_of_others(surveyed: Surveyed) -> tuple[Told, ...]:
    """Pods that run to an end for other controllers (workflows, pipelines), which nobody awaits."""
    pods = [
        one
        for one in surveyed.moving
        if one.short_lived and one.pod.owner is not None and one.pod.phase == "Running"
        if not one.pod.of_job and not one.pod.of_daemonset
    ]
    if not pods:
        return ()
    named = first_few(sorted({each.family for each in surveyed.named(pods)}), MAX_JOBS)
    line = (
        f"{counted(len(pods), 'pod runs', 'pods run')} to an end for no Job of Kubernetes' own"
        f" ({named}) on {surveyed.places(pods)}: the drain does not wait for the end of such pods,"
        " and what they have done is lost unless their controller repeats it"
    )
    return (Told(named, line),)


def why_it_fails(job: Job, pods: Sequence[SurveyedPod]) -> str:
    """Why the eviction of these pods would fail their Job or lose a part of it; empty if not."""
    rule = _rule_for_evicted(job.rules)
    action = rule.action if rule is not None else "Count"
    if action == "Ignore":
        return ""
    if action == "FailJob":
        return f"its pod failure policy fails the Job {_because(rule)}"
    if action == "FailIndex":
        return f"its pod failure policy gives up the index {_because(rule)}"
    if job.per_index is not None:
        spent = any(one.index_failures >= job.per_index for one in pods)
        return f"an index has used up backoffLimitPerIndex {job.per_index}" if spent else ""
    if job.failed + len(pods) <= job.backoff_limit:
        return ""
    return (
        f"{agreeing(len(pods), 'its pod', f'each of its {len(pods)} pods')} here counts as failed"
        f" when it is evicted, {job.failed}"
        f" have failed already, and its backoffLimit is {job.backoff_limit}"
    )


def _rule_for_evicted(rules: Iterable[FailureRule]) -> FailureRule | None:
    """The first rule that an evicted pod meets, as the Job controller goes through them.

    How its containers end is not known, so a rule about exit codes counts only if it does harm.
    """
    return next((one for one in rules if one.on_disruption or _harms_at_end(one)), None)


def _harms_at_end(rule: FailureRule) -> bool:
    harm = rule.action in {"FailJob", "FailIndex"}
    return harm and any(rule.meets_exit(code) for code in TERMINATED)


def _because(rule: FailureRule | None) -> str:
    if rule is None or rule.on_disruption:
        return "for a pod that was disrupted (DisruptionTarget)"
    return f"for the exit code of a pod that is stopped ({' or '.join(map(str, TERMINATED))})"


def _line(why: str, jobs: Sequence[Job]) -> Told:
    # Two Jobs of one CronJob may run side by side.
    names = first_few(list(dict.fromkeys(job.top for job in jobs)), MAX_JOBS)
    return Told(
        names,
        f"an eviction would fail {names}: {why}; a pod failure policy that ignores"
        " DisruptionTarget makes it safe, or wait until it has ended",
    )


def _key(one: SurveyedPod) -> tuple[str, str]:
    return one.pod.namespace, one.pod.owner.name if one.pod.owner else ""
