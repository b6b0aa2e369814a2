"""A pod of the user's that has to end well: what it may be, and how far it is. Pure."""

import re
from collections.abc import Iterable

from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.objects import condition

CONTAINER = "base"
"""The pod's own container, as the provider's operator calls it; others were injected."""

MAX_IMAGE = 512
# Registry, path, tag, digest: https://pkg.go.dev/github.com/distribution/reference
IMAGE = (
    r"[a-zA-Z0-9][a-zA-Z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*"
    r"(:[a-zA-Z0-9_.-]+)?(@[a-zA-Z0-9_+.-]+:[0-9a-f]+)?"
)
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
NAMESPACE = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
SERVICE_ACCOUNT = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"


def image_problem(image: str) -> tuple[str, str] | None:
    """What is wrong with the name of an image, and the remedy; None: nothing."""
    if len(image) <= MAX_IMAGE and re.fullmatch(IMAGE, image):
        return None
    return f"{image[:80]!r} is no name of an image", "write it like busybox:1.36"


def namespace_problem(namespace: str) -> tuple[str, str] | None:
    """The same of a namespace."""
    if re.fullmatch(NAMESPACE, namespace):
        return None
    return f"{namespace[:80]!r} is no name of a namespace", "write it like default"


def service_account_problem(name: str) -> tuple[str, str] | None:
    """The same of a service account; an empty name is none, and no problem."""
    if not name or re.fullmatch(SERVICE_ACCOUNT, name):
        return None
    what = f"{name[:80]!r} is no name of a service account"
    return what, "write it like smoke-test, or leave it empty"


def deadline_seconds(minutes: float) -> int:
    """`activeDeadlineSeconds` of a pod that may take so many minutes."""
    return max(1, int(minutes * 60))


def pod_outcome(pod: Raw | None) -> Outcome:
    """How far the test has come.

    Args:
        pod: the raw pod, None when it is not there.
    """
    if pod is None:
        return Failed("its pod is not there any more; somebody has deleted it")
    status = pod.get("status") or {}
    state = _own_state(status.get("containerStatuses") or ())
    if status.get("phase") == "Failed" and status.get("reason"):  # Kubernetes ended it
        return Failed(f"its pod has failed{_words(status)}")
    ended = state.get("terminated")
    if ended is not None:
        return _ended(ended)
    if status.get("phase") == "Succeeded":
        return Done("its pod has succeeded")
    if status.get("phase") == "Failed":
        return Failed(f"its pod has failed{_words(status)}")
    return NotYet(f"its pod is {status.get('phase', 'Pending')}{_obstacle(status, state)}")


def _ended(state: Raw) -> Outcome:
    if state.get("exitCode") == 0:
        return Done("its container ended with exit code 0")
    return Failed(f"its container ended with exit code {state.get('exitCode')}{_words(state)}")


def _own_state(containers: Iterable[Raw]) -> Raw:
    return next((each.get("state") or {} for each in containers if each["name"] == CONTAINER), {})


def _obstacle(status: Raw, state: Raw) -> str:
    waiting = state.get("waiting")
    if waiting:
        return _words(waiting)
    scheduled = condition(status, "PodScheduled")
    return _words(scheduled) if scheduled.get("status") == "False" else ""


def _words(said: Raw) -> str:
    found = [str(said[key]) for key in ("reason", "message") if said.get(key)]
    return f" ({': '.join(found)})" if found else ""
