"""The pods on the nodes that are to be replaced, and what around them decides what becomes of them.

Read once before a plan is made and never stored; the rules that judge it are pure functions.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.errors import Answer
from include.eks_upgrade.kube.objects import Budget, Node, Pod, condition, epoch
from include.eks_upgrade.kube.pod_facts.jobs import INDEX_FAILURES, Job
from include.eks_upgrade.kube.pod_facts.needs import NOTHING, Needs
from include.eks_upgrade.kube.pod_facts.placement import ANYWHERE, Placement
from include.eks_upgrade.kube.pod_facts.pre_stop import pre_stop_seconds
from include.eks_upgrade.kube.pod_facts.volumes import (
    Claim,
    Volume,
    claims_of,
    written_host_paths,
)
from include.eks_upgrade.kube.rights.right import Right
from include.eks_upgrade.kube.workloads.scale import Scale


@dataclass(frozen=True, slots=True)
class SurveyedPod:
    """A pod on a node that is to be replaced.

    Attributes:
        claims: names of the PersistentVolumeClaims that it mounts, in its own namespace.
        images: of its containers, those that begin before the others among them.
        index_failures: how often its index of a Job has failed, where the Job counts so.
        start_seconds: from the moment it had a node until it was Ready; None where it was
            restarted since, or is not Ready. What it waited for a node before is not in it.
        needs: what it takes of its node.
        pre_stop_seconds: how long its `preStop` hooks sleep before it is told to stop.
        short_lived: it is to run to an end and not for ever (`restartPolicy` is not Always).
        host_paths: paths of its node's own disk that it may write to.
    """

    pod: Pod
    placement: Placement = ANYWHERE
    claims: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    index_failures: int = 0
    start_seconds: float | None = None
    needs: Needs = NOTHING
    pre_stop_seconds: float = 0.0
    short_lived: bool = False
    host_paths: tuple[str, ...] = ()

    @classmethod
    def from_raw(cls, raw: Raw, shared: Callable[[Placement], Placement]) -> "SurveyedPod":
        """Read a pod from the API's JSON; `shared` gives a placement that is kept already."""
        meta, spec = raw["metadata"], raw["spec"]
        failures = (meta.get("annotations") or {}).get(INDEX_FAILURES, "0")
        pod = Pod.from_raw(raw)
        return cls(
            pod,
            shared(Placement.from_raw(spec)),
            tuple(claims_of(meta, spec)),
            tuple(_images(spec)),
            int(failures) if failures.isdecimal() else 0,
            _start_seconds(pod, raw.get("status") or {}),
            Needs.from_raw(meta, spec),
            pre_stop_seconds(spec),
            spec.get("restartPolicy", "Always") != "Always",
            written_host_paths(spec),
        )


def _images(spec: Raw) -> Iterator[str]:
    for part in ("containers", "initContainers"):
        for each in spec.get(part) or ():
            yield each.get("image", "")


def _start_seconds(pod: Pod, status: Raw) -> float | None:
    # A restart makes it Ready anew, long after its creation.
    since = epoch(condition(status, "Ready").get("lastTransitionTime"))
    if not pod.ready or pod.restarts or since is None or not pod.created:
        return None
    scheduled = condition(status, "PodScheduled")
    bound = epoch(scheduled.get("lastTransitionTime"))
    known = scheduled.get("status") == "True" and bound is not None and bound <= since
    return max(0.0, since - max(pod.created, bound if known and bound else 0.0))


@dataclass(frozen=True, slots=True)
class DaemonSet:
    """A DaemonSet, and which nodes its template asks for.

    Its pods do not tell: their own affinity names the one node that each is for.
    """

    namespace: str
    name: str
    placement: Placement = ANYWHERE

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_raw(cls, raw: Raw) -> "DaemonSet":
        """Read a DaemonSet from the API's JSON."""
        meta, template = raw["metadata"], (raw.get("spec") or {}).get("template") or {}
        return cls(meta["namespace"], meta["name"], Placement.from_raw(template.get("spec") or {}))


@dataclass(frozen=True, kw_only=True)
class PodFacts:
    """What a survey judges.

    Attributes:
        read_at: epoch seconds.
        nodes: all nodes of the cluster.
        pods: those on the nodes of the groups to be replaced.
        elsewhere: all others, those without a node among them.
        scales: the Deployments and StatefulSets, by `Deployment shop/web`.
        jobs: by `(namespace, name)`, those that pods here belong to.
        volumes: by claim, those that pods here mount.
        own_pod: name of the pod in which this very process runs; empty outside a cluster.
        unknown: sentences about what could not be read and is not needed; they become warnings.
        refused: what could not be read and is needed.
        missing: rights that the tasks after the plan need and the caller lacks.
        trial: what the API server said to a dry run of the smoke test's pod; None: not asked.
    """

    read_at: float = 0.0
    nodes: tuple[Node, ...] = ()
    pods: tuple[SurveyedPod, ...] = ()
    elsewhere: tuple[Pod, ...] = ()
    budgets: tuple[Budget, ...] = ()
    daemonsets: tuple[DaemonSet, ...] = ()
    scales: Mapping[str, Scale] = field(default_factory=dict)
    jobs: Mapping[Claim, Job] = field(default_factory=dict)
    volumes: Mapping[Claim, Volume] = field(default_factory=dict)
    own_pod: str = ""
    unknown: tuple[str, ...] = ()
    refused: tuple[Problem, ...] = ()
    missing: tuple[Right, ...] = ()
    trial: Answer | None = None
