"""The plan of one run, as a value and as the small JSON that travels between tasks.

A plan is read in one place, `Plan.from_json`, and is checked there: whoever takes one knows that it
is whole and of this release. What the plan shows is what is done: the image it names is the one
that is used. What must be fresh (sizes, labels, launch templates) is not in it; the task that
needs it reads it.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.hops.model import Hop
from include.eks_upgrade.planning.prediction.model import Prediction
from include.eks_upgrade.verification.cluster import NOTHING_BROKEN, BrokenBefore

SCHEMA = 2
"""Of the JSON. It changes when a plan of before cannot be read any more."""

MANAGED = "managed"
"""The kind of nodes that a step replaces: a managed node group."""

KINDS = frozenset({MANAGED})

Step = TypeVar("Step")


@dataclass(frozen=True, kw_only=True)
class NodeGroupStep:
    """One old node group and the one that replaces it.

    Attributes:
        name, replacement: of the old group and the new one.
        from_version: Kubernetes minor of the old nodes; empty where nothing tells it.
        to_version: Kubernetes minor of the new nodes (`1.26`).
        image: the image of the new nodes; None where EKS chooses its own.
        kind: of the nodes; one of `KINDS`.
    """

    name: str
    replacement: str
    from_version: str
    to_version: str
    image: Image | None = None
    kind: str = MANAGED

    def as_json(self) -> dict[str, Any]:
        """The step as plain JSON; keys are the attribute names."""
        return {**asdict(self), "image": self.image.as_json() if self.image else None}

    @classmethod
    def from_json(cls, plain: Raw) -> "NodeGroupStep":
        """Read what `as_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is no such step.
        """
        if plain["kind"] not in KINDS:
            raise ValueError(f"nodes of the kind {plain['kind']!r} are not known here")
        Minor.parse(plain["to_version"])
        return cls(
            name=str(plain["name"]),
            replacement=str(plain["replacement"]),
            from_version=str(plain["from_version"]),
            to_version=str(plain["to_version"]),
            image=Image.from_json(plain["image"]) if plain["image"] else None,
            kind=plain["kind"],
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything one run will do, in order.

    `before` is what was broken before it; `prediction`, what it will take, is for people alone.

    Attributes:
        final_version: where the way ends of which this run is one hop; the run's own version where
            no other comes after it.
        hops: all hops from here to there, this one first.
        behind: chosen node groups whose nodes trail the present control plane.
        account: id of the AWS account, empty where EKS does not tell.
    """

    cluster: str
    region: str
    from_version: str
    to_version: str
    control_plane_needed: bool
    addons_before: tuple[AddonStep, ...] = ()
    addons_after: tuple[AddonStep, ...] = ()
    node_groups: tuple[NodeGroupStep, ...] = ()
    warnings: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    before: BrokenBefore = NOTHING_BROKEN
    prediction: Prediction | None = None
    final_version: str = ""
    hops: tuple[Hop, ...] = ()
    behind: tuple[str, ...] = ()
    account: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether another run is to come after this one."""
        return bool(self.final_version) and self.final_version != self.to_version

    @property
    def nothing_to_do(self) -> bool:
        """Whether the cluster is already as the run would make it."""
        steps = (*self.addons_before, *self.addons_after, *self.node_groups)
        return not self.control_plane_needed and not steps

    @property
    def addon_versions(self) -> dict[str, str]:
        """The version each add-on that is moved has at the end, by name."""
        steps = (*self.addons_before, *self.addons_after)
        return {step.name: step.versions[-1] for step in steps}

    def as_json(self) -> dict[str, Any]:
        """The plan as plain JSON; keys are the attribute names, and `schema`."""
        return {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in _TEXTS},
            "control_plane_needed": self.control_plane_needed,
            "addons_before": [step.as_json() for step in self.addons_before],
            "addons_after": [step.as_json() for step in self.addons_after],
            "node_groups": [step.as_json() for step in self.node_groups],
            "warnings": list(self.warnings),
            "summary": list(self.summary),
            "before": self.before.as_json(),
            "prediction": self.prediction.as_json() if self.prediction else None,
            "final_version": self.final_version,
            "hops": [hop.as_json() for hop in self.hops],
            "behind": list(self.behind),
            "account": self.account,
        }

    @classmethod
    def from_json(cls, plain: Any) -> "Plan":
        """Read what `as_json` wrote; keys that are not known are passed over.

        Raises:
            Refused: another release wrote it, or it is not whole.
        """
        if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
            found = plain.get("schema") if isinstance(plain, dict) else type(plain).__name__
            raise _unreadable(f"it has the schema {found!r}, and this release reads {SCHEMA}")
        try:
            Minor.parse(plain["from_version"])
            Minor.parse(plain["to_version"])
            return cls(
                **{name: str(plain[name]) for name in _TEXTS},
                control_plane_needed=bool(plain["control_plane_needed"]),
                addons_before=_steps(plain["addons_before"], AddonStep.from_json),
                addons_after=_steps(plain["addons_after"], AddonStep.from_json),
                node_groups=_steps(plain["node_groups"], NodeGroupStep.from_json),
                warnings=tuple(plain["warnings"]),
                summary=tuple(plain["summary"]),
                before=BrokenBefore.from_json(plain.get("before")),
                prediction=Prediction.from_json(plain.get("prediction")),
                final_version=str(plain.get("final_version") or ""),
                hops=_steps(plain.get("hops") or [], Hop.from_json),
                behind=tuple(plain.get("behind") or ()),
                account=str(plain.get("account") or ""),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable(f"it is not whole: {type(error).__name__} {error}") from error


_TEXTS = ("cluster", "region", "from_version", "to_version")


def _steps(listed: list[Raw], read: Callable[[Raw], Step]) -> tuple[Step, ...]:
    return tuple(read(one) for one in listed)


def _unreadable(what: str) -> Refused:
    remedy = f"repeat {Stage.PLAN.title}, so that this release makes it anew"
    return Refused("The plan cannot be read", [Problem("plan", what, remedy)])
