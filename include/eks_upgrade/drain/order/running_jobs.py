"""What becomes of pods of Jobs that are at work: `running_jobs`. Pure.

An eviction loses what the pod has done, and counts as a failure of its Job, which may end the whole
Job (`backoffLimit`, `podFailurePolicy`). So by default such a pod is left to come to its end by
itself, within `job_patience_minutes` of the drain's first beginning. Then it is evicted, and named.
"""

from include.eks_upgrade.drain.options import WAIT, DrainOptions
from include.eks_upgrade.kube.objects import Pod


def at_work(pod: Pod) -> bool:
    """Whether a pod does the work of a Job: one that has not started, or has ended, does not."""
    return pod.of_job and pod.phase == "Running" and not pod.terminating


def patience_ends(options: DrainOptions, began: float) -> float:
    """Epoch seconds until which running Jobs are waited for.

    Args:
        options: what is done about them, and for how long.
        began: epoch seconds at which the drain first began.
    """
    return began + options.job_patience_minutes * 60 if options.running_jobs == WAIT else began


def is_awaited(pod: Pod, options: DrainOptions, *, began: float, now: float) -> bool:
    """Whether a pod is not asked to go yet, because its Job is to come to its end.

    Args:
        pod: any pod.
        options: what is done about running Jobs.
        began: epoch seconds at which the drain first began, before all interruptions.
        now: epoch seconds.
    """
    return at_work(pod) and now < patience_ends(options, began)
