"""Everything that one drain is given, known before it begins and the same until it ends."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field

from include.eks_upgrade.common.time.clock import Clock, RealClock
from include.eks_upgrade.drain.lost_nodes import ReadEnded
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.progress import DrainProgress
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient

OnProgress = Callable[[DrainProgress], None]


def _ignore(_: DrainProgress) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class DrainSetup:
    """What is drained, by which client, and how.

    Attributes:
        client: the cluster, opened.
        target: the nodes; those that begin to match its selector later belong to it as well.
        options: what may be done to which pods.
        deadline: epoch seconds at which the drain gives up.
        on_progress: called when the progress has changed, and every `HEARTBEAT` seconds.
        clock: the time it lives in.
        flags: whether messages name kubectl's flags instead of parameters.
        first_began: epoch seconds at which this drain first began, when it was interrupted.
        ended: asks EC2 which instances are terminated; None when there is no EC2 to ask.
        mark: what the nodes that it cordons carry, so that whoever lifts it knows.
    """

    client: KubeClient
    target: Target
    options: DrainOptions
    _: KW_ONLY
    deadline: float
    on_progress: OnProgress = _ignore
    clock: Clock = field(default_factory=RealClock)
    flags: bool = False
    first_began: float | None = None
    ended: ReadEnded | None = None
    mark: str = "drain"
