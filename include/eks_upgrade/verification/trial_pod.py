"""Whether Kubernetes would take a pod of the user's, tried before anything is changed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.kube.errors import Answer, is_foreign, passes
from include.eks_upgrade.verification.user_pod import CONTAINER, deadline_seconds

NO = (403, 404, 422)
"""How Kubernetes refuses this pod and would refuse it later: rights, quota or policy; no such
namespace; no such pod can be. Not 400: a webhook that cannot be asked without consequences. Nor a
page of somebody on the way, whatever its number."""


@dataclass(frozen=True)
class Tried:
    """What the trial came to; with both empty Kubernetes would take the pod.

    Attributes:
        refused: why it would not, in its own words.
        unknown: why that was not seen.
    """

    refused: str = ""
    unknown: str = ""


def trial_pod(
    image: str, command: Sequence[str], namespace: str, service_account: str, *, minutes: float
) -> dict[str, Any]:
    """The pod in what Kubernetes may refuse it for, to be tried before anything is changed.

    Args:
        image: of its one container.
        command: its words; none: the image's own.
        namespace: where it is to run.
        service_account: empty: the default one, without a token.
        minutes: after which Kubernetes ends it. Some quotas count only pods with such an end, and
            some only those without: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """
    container = {"name": CONTAINER, "image": image}
    spec: dict[str, Any] = {
        "activeDeadlineSeconds": deadline_seconds(minutes),
        "restartPolicy": "Never",
        "containers": [{**container, "command": list(command)} if command else container],
    }
    if service_account:
        spec["serviceAccountName"] = service_account
    else:
        spec["automountServiceAccountToken"] = False
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "eks-upgrade-trial", "namespace": namespace},
        "spec": spec,
    }


def judge_trial(answer: Answer) -> Tried:
    """What the answer to a dry run of the pod means.

    https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
    """
    if answer.ok:
        return Tried()
    said = f"({answer.status}): {answer.words}"
    if answer.status not in NO or passes(answer) or is_foreign(answer):
        return Tried(unknown=f"whether it may be run was not seen, by the answer to a trial {said}")
    return Tried(refused=f"Kubernetes would refuse it {said}")
