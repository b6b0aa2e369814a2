"""What a preflight judges: facts that every plan needs, and readings that one check each needs.

A reading is asked for on its own, side by side with the others. One that is not allowed, or that
nothing answered, is known to be not known; the checks that need it say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from include.eks_upgrade.addons.plan import AddonWays, plan_addons
from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.reading import (
    NotAsked,
    NotKnown,
    NotNeeded,
    Reading,
    Readings,
    Value,
)
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.pod_facts.model import PodFacts
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.rules.later import LaterRoll
from include.eks_upgrade.planning.preflight.rules.new_groups.surge import new_nodes
from include.eks_upgrade.planning.preflight.rules.target import (
    control_plane_needed,
    target_problems,
)
from include.eks_upgrade.planning.survey.surveyed import Surveyed, new_group
from include.eks_upgrade.request import UpgradeRequest

REFUSED_TARGET = "it is judged once the target is one that the cluster can go to"
"""Why a check says nothing while the target is refused."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was read.

    Attributes:
        target: the minor that the run goes to; the next one where that is refused.
        images: by old node group, as `make_plan` takes them.
        pods: of the groups to be replaced; None where there is no group, or nobody to ask.
        pods_later: where this run replaces none, of the groups whose turn comes at a later hop.
        later_rolls: the replacements of nodes by later hops, with what they would take.
        moment: when it was read.
    """

    request: UpgradeRequest
    target: Minor
    facts: ClusterFacts
    images: Mapping[str, Image | Problem | None] = field(default_factory=dict)
    pods: PodFacts | None = None
    pods_later: PodFacts | None = None
    later_rolls: tuple[LaterRoll, ...] = ()
    readings: Readings = field(default_factory=Readings)
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def target_refused(self) -> bool:
        """Whether what was asked for is refused, so that `target` is the next minor instead."""
        return bool(target_problems(self.request, self.facts))

    @cached_property
    def moves_control_plane(self) -> bool:
        """Whether the control plane is still to be moved, or is moving to the target right now."""
        return control_plane_needed(self.target, self.facts)

    @cached_property
    def rolled(self) -> tuple[str, ...]:
        """The old node groups that are to be replaced, by name."""
        return groups_to_roll(self.request, self.target, self.facts)

    @cached_property
    def new_names(self) -> dict[str, str]:
        """The name of the new group of each of them."""
        return {name: replacement_name(name, str(self.target)) for name in self.rolled}

    @cached_property
    def ways(self) -> AddonWays:
        """Every add-on's way to what fits the target."""
        to_start = self.moves_control_plane and self.facts.running_update() is None
        return plan_addons(
            self.request.addon_conflicts, self.target, self.facts, control_plane=to_start
        )

    @property
    def surge(self) -> SurgeFacts:
        """What new node groups will take.

        Raises:
            NotNeeded: this run makes none.
            NotAsked: nobody asked.
        """
        if self.facts.surge is None:
            raise self._left_out("what new node groups will take was not asked for")
        return self.facts.surge

    @cached_property
    def needs(self) -> dict[str, int]:
        """By old group, how many nodes the new one starts with; none for one that stands."""
        return new_nodes(self.new_names, self.facts, extra_nodes=self.request.extra_nodes)

    @cached_property
    def surveyed(self) -> Surveyed:
        """The pods that are to move.

        Raises:
            NotNeeded: this run moves none.
            NotAsked: nobody asked for them.
            NotKnown: they could not be read.
        """
        if self.pods is None:
            raise self._left_out("the pods were not asked for")
        if self.pods.refused:
            raise NotKnown("the pods and what decides about them could not all be read")
        groups = {
            name: new_group(new, self.facts.node_groups[name], self.images.get(name))
            for name, new in self.new_names.items()
        }
        return Surveyed(self.pods, groups, self.request.drain, self.request.may_strand_pods)

    def _left_out(self, words: str) -> NotKnown:
        return NotAsked(words) if self.rolled else NotNeeded(words)

    def of(self, reading: Reading[Value]) -> Value:
        """The value of a reading.

        Raises:
            NotKnown: it was not read.
        """
        return self.readings.of(reading)
