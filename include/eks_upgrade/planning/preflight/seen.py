"""What a preflight judges: facts that every plan needs, and readings that one check each needs.

A reading is asked for on its own, side by side with the others. One that is not allowed, or that
nothing answered, is known to be not known; the checks that need it say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.reading import Reading, Readings, Value
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.pod_facts.model import PodFacts
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.request import UpgradeRequest


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was read.

    Attributes:
        target: the minor that the run goes to.
        images: by old node group, as `make_plan` takes them.
        pods: of the groups to be replaced; None where there is no group, or nobody to ask.
        moment: when it was read.
    """

    request: UpgradeRequest
    target: Minor
    facts: ClusterFacts
    images: Mapping[str, Image | Problem | None] = field(default_factory=dict)
    pods: PodFacts | None = None
    readings: Readings = field(default_factory=Readings)
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def of(self, reading: Reading[Value]) -> Value:
        """The value of a reading.

        Raises:
            NotKnown: it was not read.
        """
        return self.readings.of(reading)
