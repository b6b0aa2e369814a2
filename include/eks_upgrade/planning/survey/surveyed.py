"""What the rules of the survey judge: the pods, the groups that go, and what is allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from include.eks_upgrade.common.grouping import GivenPod
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.filters import FilterResult, filter_pod
from include.eks_upgrade.drain.options import DEFAULTS, DrainOptions
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.pod_facts.model import PodFacts, SurveyedPod
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.new_group.clone import snapshot

MAX_GROUPS = 5
"""Node groups that a sentence names."""


@dataclass(frozen=True, kw_only=True)
class NewGroup:
    """What is known of the nodes that replace those of one group.

    Attributes:
        name: of the new node group.
        labels, taints: the old group's own, which are copied; taints as `(key, effect)` in the
            words of a node.
        image_id: of its nodes; empty where EKS chooses.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[tuple[str, str], ...] = ()
    image_id: str = ""


_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
"""Effects of taints in the words of EKS, and of a node."""


def new_group(name: str, group: Raw, image: object) -> NewGroup:
    """What is known of the nodes that replace those of a raw node group.

    Args:
        name: of the new group.
        group: the old group, as EKS describes it.
        image: the `Image` of the new nodes; anything else where EKS chooses or there is none.
    """
    kept = snapshot(group)
    return NewGroup(
        name=name,
        labels=kept.get("labels") or {},
        taints=tuple(
            (taint["key"], _EFFECTS.get(taint["effect"], taint["effect"]))
            for taint in kept.get("taints") or ()
        ),
        image_id=image.id if isinstance(image, Image) else "",
    )


@dataclass(frozen=True)
class Surveyed:
    """What is judged.

    Attributes:
        facts: the pods, and what decides about them.
        groups: by the name of each old group, its replacement.
        options: what the drain may do.
        may_strand: whether pods may be left that fit on no node afterwards.
    """

    facts: PodFacts
    groups: Mapping[str, NewGroup] = field(default_factory=dict)
    options: DrainOptions = DEFAULTS
    may_strand: bool = False

    @cached_property
    def targets(self) -> dict[str, Node]:
        """The nodes that are to be replaced, by name."""
        return {node.name: node for node in self.facts.nodes if node.node_group in self.groups}

    @cached_property
    def filtered(self) -> tuple[tuple[SurveyedPod, FilterResult], ...]:
        """What the drain's own filter makes of each pod, in the order of their names.

        Raises:
            Refused: the pod selector cannot be read.
        """
        alive = {(one.namespace, one.name) for one in self.facts.daemonsets}
        pods = sorted(self.facts.pods, key=lambda one: str(one.pod))
        return tuple((one, filter_pod(one.pod, alive, self.options)) for one in pods)

    @cached_property
    def moving(self) -> tuple[SurveyedPod, ...]:
        """The pods that go: those that the drain evicts, and those that it refuses to as yet."""
        return tuple(one for one, result in self.filtered if result.action in {"evict", "refuse"})

    def named(self, pods: Iterable[SurveyedPod]) -> list[GivenPod]:
        """Pods by what stands above them: of a Job's pods that is its CronJob, where it has one."""
        return [GivenPod(str(one.pod), self._top(one)) for one in pods]

    def _top(self, one: SurveyedPod) -> str:
        owner = one.pod.owner
        job = self.facts.jobs.get((one.pod.namespace, owner.name)) if owner else None
        return job.top if job is not None and one.pod.of_job else one.pod.family

    def places(self, pods: Iterable[SurveyedPod]) -> str:
        """The node groups of some pods in a phrase."""
        names = sorted({self.group_of(one) for one in pods})
        word = "node group" if len(names) == 1 else "node groups"
        return f"{word} {first_few(names, MAX_GROUPS)}"

    def group_of(self, one: SurveyedPod) -> str:
        """The old group of a pod's node."""
        return self.targets[one.pod.node].node_group or ""
