"""The kinds of changing calls that an upgrade makes, from the recording of an undisturbed one."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

EVICTION = "create pods/eviction"
PATCH_NODE = "patch nodes"
RESTART = "patch deployments"
SYSTEM = "kube-system"
BASELINE = "kube-system/eks-upgrade-baseline-"
"""Where Leases begin that keep how workloads were; which of the eight it is, is chance."""
SMOKE_TEST = "default/eks-upgrade-smoke-test-"
"""Where the name of the pod begins that tests new nodes; its end is chance."""
BARE = "ops/"
"""The namespace of pods that no controller owns."""
CLUSTER = "<cluster>"
CONFIG = "UpdateNodegroupConfig"
WITH_ITS_NODES = f"{CONFIG} (given back with its nodes)"
ON_THE_WAY_BACK = ", on the way back"
OURS = "eks-upgrade/"
MARK = "CreateOrUpdateTags (our mark)"
TURNS = ("", ", again", ", a third time")

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of call, and how to meet the first of it in another run.

    Attributes:
        setting: the cluster on which it is met; see scenes.py.
        label: what people call it.
        side, operation: as in the journal.
        nth: it is the nth request of this operation in a run.
        workload: for evictions: `namespace/name` of the Deployment or pod; else empty.
        target: where the journal cannot tell the cluster: the object, `<cluster>` in its name.
        number: its place among the recorded changes.
        turn: it is the nth of those about the same workload, or about any baseline.
    """

    setting: str
    label: str
    side: str
    operation: str
    nth: int
    workload: str = ""
    target: str = ""
    number: int = 0
    turn: int = 1

    @property
    def of_baseline(self) -> bool:
        """Whether it is about a Lease that keeps a baseline."""
        return "(baseline)" in self.label


def kinds_of(
    setting: str, cluster: str, entries: Iterable[Raw], budgets: Iterable[str]
) -> list[Kind]:
    """The first call of each kind, in the order in which they were made.

    Args:
        setting: where it was recorded.
        cluster: name of the cluster then.
        entries: the journal's changes as JSON, oldest first.
        budgets: `namespace/name` of the workloads that a disruption budget covers.
    """
    seen: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    kinds: dict[str, Kind] = {}
    upgraded, back = False, ""
    covered = set(budgets)
    for number, entry in enumerate(entries):
        operation, target = entry["operation"], entry["target"]
        seen[operation] += 1
        turn = turns[f"{operation} {target}"]
        turns[f"{operation} {target}"] += 1
        workload = workload_of(target) if operation == EVICTION else ""
        marked = MARK in kinds
        label = _label(entry, turn, workload, upgraded=upgraded, marked=marked, budgets=covered)
        label += back
        upgraded = upgraded or operation == "UpdateClusterVersion"
        back = ON_THE_WAY_BACK if label == WITH_ITS_NODES else back
        narrow = workload or (BASELINE if target.startswith(BASELINE) else "")
        turns[f"{operation} of {narrow}"] += 1
        nameless = "" if entry["cluster"] else target.replace(cluster, CLUSTER)
        kind = Kind(
            setting, label, entry["side"], operation, seen[operation], workload, nameless, number,
            turns[f"{operation} of {narrow}"],
        )  # fmt: skip
        kinds.setdefault(label, kind)
    return list(kinds.values())


def _label(
    entry: Raw, turn: int, workload: str, *, upgraded: bool, marked: bool, budgets: set[str]
) -> str:
    operation = str(entry["operation"])
    if operation == EVICTION:
        return f"{operation} ({_eviction(workload, budgets)})"
    if operation == "UpdateAddon":
        again = "UpdateAddon (next version of the same)" if turn else "UpdateAddon"
        return "UpdateAddon (after the control plane)" if upgraded else again
    if operation in AUTO_SCALING:
        return f"{operation} ({_of_auto_scaling(entry, marked=marked)})"
    if operation == PATCH_NODE:
        return what_to_node(entry)
    if operation == CONFIG:
        return f"{CONFIG}{_of_config(entry['body'])}"
    return _by_target(operation, str(entry["target"]), turn, budgets)


def _of_config(body: Raw) -> str:
    """What an update of a node group does beside the fence, which has no word of its own."""
    wanted = (body.get("scalingConfig") or {}).get("desiredSize")
    if "removeTaints" in (body.get("taints") or {}):
        return " (given back)" if wanted is None else " (given back with its nodes)"
    return " (to zero)" if wanted == 0 else ""


AUTO_SCALING = frozenset(
    {"UpdateAutoScalingGroup", "CreateOrUpdateTags", "SuspendProcesses", "ResumeProcesses"}
)


def _of_auto_scaling(entry: Raw, *, marked: bool) -> str:
    """What was changed: a setting, our mark, or a process after it; else it was copied."""
    body = entry["body"]
    if entry["operation"] == "UpdateAutoScalingGroup":
        return ", ".join(key for key in body if key != "AutoScalingGroupName")
    if entry["operation"] == "ResumeProcesses":
        return "given back" if "AZRebalance" in str(body) else "in the way"
    if "Tags" in body:
        return "our mark" if any(tag["Key"].startswith(OURS) for tag in body["Tags"]) else "copied"
    return "of the old group" if marked else "copied"


def _by_target(operation: str, target: str, turn: int, budgets: set[str]) -> str:
    if operation == RESTART:
        past = "past a budget" if target in budgets else "of a single replica"
        return f"{operation} (restart {past})"
    if target.startswith(BASELINE):
        return f"{operation} (baseline)"
    if target.startswith(SMOKE_TEST):
        return f"{operation} (smoke test)"
    return operation + TURNS[turn] if operation in REPEATED else operation


REPEATED = frozenset({"DeleteNodegroup"})
"""What is asked for more than once about the same object: the ladder deletes again."""


def what_to_node(entry: Raw) -> str:
    """A cordon or its end, the label for load balancers, or a note of the budgets passed."""
    patch = entry["body"]["patch"]
    if "spec" in patch:
        return f"{PATCH_NODE} ({'cordon' if patch['spec'].get('unschedulable') else 'release'})"
    what = "exclude from load balancers" if "labels" in patch["metadata"] else "note"
    return f"{PATCH_NODE} ({what})"


def _eviction(workload: str, budgets: set[str]) -> str:
    if workload.startswith(SYSTEM):
        return "of the system"
    if workload.startswith(BARE):
        return "without a controller"
    return "under a budget" if workload in budgets else "without a budget"


def workload_of(pod: str) -> str:
    """The Deployment of a pod by its name, or the pod itself in the namespace of bare pods."""
    return pod if pod.startswith(BARE) else pod.rsplit("-", 2)[0]
