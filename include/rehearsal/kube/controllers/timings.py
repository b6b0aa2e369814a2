"""How long things take in the rehearsal's cluster.

All values are simulated seconds. A pod overrides them for itself by annotations:

* `rehearsal/start-after`: from being bound to a node to Running
* `rehearsal/ready-after`: from Running to Ready
* `rehearsal/stop-after`: from the wish to delete it to its end (its grace period still caps it)
* `rehearsal/succeed-after`, `rehearsal/fail-after`: from Running to the end of its work
* `rehearsal/crash-loop`: Running, but never Ready: `"true"` everywhere, or on nodes with a label:
  `"eks.amazonaws.com/nodegroup=green"`, or whose kubelet is of a minor: `"kubelet=1.33"`
* `rehearsal/operator: "true"`: whoever owns it (a custom resource) starts it again when it goes
"""

from collections.abc import Mapping
from dataclasses import dataclass

from include.rehearsal.raw import Raw

START_AFTER = "rehearsal/start-after"
READY_AFTER = "rehearsal/ready-after"
STOP_AFTER = "rehearsal/stop-after"
SUCCEED_AFTER = "rehearsal/succeed-after"
FAIL_AFTER = "rehearsal/fail-after"
CRASH_LOOP = "rehearsal/crash-loop"
OPERATOR = "rehearsal/operator"


@dataclass(frozen=True)
class Timings:
    """Simulated seconds of a pod's life, and of what the controllers wait for.

    Attributes:
        start: from being bound to a node to Running (image pull and start).
        ready: from Running to Ready (readiness probe).
        stop: from the wish to delete a pod to its end, when its grace period allows as much.
        disruption_timeout: how long a budget believes that an evicted pod is about to go
            (two minutes in Kubernetes' disruption controller).
        node_grace: how long a node stays Ready after its kubelet stopped reporting (40 seconds,
            kube-controller-manager's --node-monitor-grace-period before 1.32).
    """

    start: float = 1.0
    ready: float = 1.0
    stop: float = 0.5
    disruption_timeout: float = 120.0
    node_grace: float = 40.0


def seconds(annotations: Mapping[str, str], key: str, default: float) -> float:
    """The pod's own value for a timing, or the default when it has none or an unreadable one."""
    try:
        return max(0.0, float(annotations.get(key, default)))
    except ValueError:
        return default


def crashes_on(annotations: Mapping[str, str], labels: Mapping[str, str], kubelet: str) -> bool:
    """Whether a pod crashes in a loop on a node with these labels and this kubelet (`v1.33.9`)."""
    key, _, value = annotations.get(CRASH_LOOP, "").partition("=")
    if key == "kubelet":
        return kubelet.startswith(f"v{value}.")
    return key == "true" or (bool(key) and labels.get(key) == value)


def annotations_of(pod: Raw) -> dict[str, str]:
    """The annotations of an object, `{}` when it has none."""
    found: dict[str, str] = pod["metadata"].get("annotations") or {}
    return found
