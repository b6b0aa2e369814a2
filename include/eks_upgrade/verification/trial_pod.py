"""Whether Kubernetes would take a pod of the user's, tried before anything is changed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.kube.errors import Answer, passes
from include.eks_upgrade.verification.user_pod import CONTAINER

NO = (403, 404, 422)
"""How Kubernetes refuses this pod and would refuse it later: rights, quota or policy; no such
namespace; no such pod can be. Not 400: a webhook that cannot be asked without consequences."""


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
    image: str, command: Sequence[str], namespace: str, service_account: str
) -> dict[str, Any]:
    """The pod in what Kubernetes may refuse it for, to be tried before anything is changed."""
    container = {"name": CONTAINER, "image": image}
    spec: dict[str, Any] = {
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
    why = f"Kubernetes would refuse it ({answer.status}): {answer.words}"
    if answer.status not in NO or passes(answer):
        return Tried(unknown=f"whether it may be run was not seen. {why}")
    return Tried(refused=why)
