"""The hops of an upgrade over several minors, as values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor


class RollNodes(StrEnum):
    """When the nodes of an upgrade over several minors are replaced."""

    WHEN_NEEDED = "when_needed"
    """At the last hop, and before where they would trail too far otherwise."""
    EVERY_HOP = "every_hop"
    """At each hop, as if it were the only one."""
    FIRST = "first"
    """Those that trail the present version before the control plane moves; then when needed."""


@dataclass(frozen=True)
class Kept:
    """A node, or several, that this upgrade does not replace.

    Attributes:
        what: as a sentence names them: `Fargate node fargate-ip-10-0-1-4`.
        minor: of the kubelet.
        cure: what its owner does to bring it up.
    """

    what: str
    minor: Minor
    cure: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands before the first hop, as far as hops are decided by it.

    Attributes:
        present: the control plane's minor.
        groups: by name the oldest kubelet of each node group that the upgrade is to replace;
            None where no node and nobody else tells it.
        first: groups whose nodes have to be at the present minor before the control plane goes
            on, each with the reason.
        kept: nodes that stay as they are, whatever the hops do.
        kube_proxy: minor of a kube-proxy that is no EKS add-on and so is not updated; None: it is
            an add-on, or not known.
    """

    present: Minor
    groups: Mapping[str, Minor | None] = field(default_factory=dict)
    first: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    kube_proxy: Minor | None = None


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One run of several: add-ons, the control plane, add-ons, and the nodes, if they go here.

    Attributes:
        from_version, to_version: of the control plane; the same where it stays and only nodes are
            brought up to it.
        rolled: the node groups that are replaced, by their names of today.
        why: why they are replaced here, or are not.
    """

    from_version: str
    to_version: str
    addons_before: tuple[AddonStep, ...] = ()
    addons_after: tuple[AddonStep, ...] = ()
    rolled: tuple[str, ...] = ()
    why: str = ""

    @property
    def moves(self) -> bool:
        """Whether the control plane moves."""
        return self.from_version != self.to_version

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; keys are the attribute names."""
        return {
            **asdict(self),
            "addons_before": [step.as_json() for step in self.addons_before],
            "addons_after": [step.as_json() for step in self.addons_after],
            "rolled": list(self.rolled),
        }

    @classmethod
    def from_json(cls, plain: Raw) -> "Hop":
        """Read what `as_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is no hop.
        """
        Minor.parse(plain["from_version"])
        Minor.parse(plain["to_version"])
        return cls(
            from_version=str(plain["from_version"]),
            to_version=str(plain["to_version"]),
            addons_before=tuple(map(AddonStep.from_json, plain["addons_before"])),
            addons_after=tuple(map(AddonStep.from_json, plain["addons_after"])),
            rolled=tuple(plain["rolled"]),
            why=str(plain["why"]),
        )


@dataclass(frozen=True, kw_only=True)
class Hops:
    """All hops in their order, and why a later one is known to be impossible.

    Attributes:
        problems: of the hops behind the first; what is true of the first, the plan itself finds.
    """

    all: tuple[Hop, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def rolls(self) -> int:
        """How many of the hops replace nodes."""
        return sum(1 for hop in self.all if hop.rolled)
