"""The plan of one run: what is, what will be, and every reason why it cannot be.

Pure: facts in, plan or refusal out. The plan is small JSON that travels between tasks; each
task still reads the world again before it acts.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

from include.eks_upgrade.addons.plan import AddonStep, AddonWays, plan_addons
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.clone import snapshot
from include.eks_upgrade.nodes.managed.names import replacement_name
from include.eks_upgrade.planning.preflight.cluster import cluster_problems
from include.eks_upgrade.planning.preflight.groups import group_problems, groups_to_roll
from include.eks_upgrade.planning.preflight.insights import insight_problems
from include.eks_upgrade.planning.preflight.options import option_problems
from include.eks_upgrade.planning.preflight.target import (
    choose_target,
    control_plane_needed,
    target_problems,
)
from include.eks_upgrade.planning.summary import summarise, warn
from include.eks_upgrade.request import UpgradeRequest

__all__ = ["AddonStep", "GroupStep", "Images", "Plan", "groups_in_need", "make_plan", "plan_target"]

SCHEMA = 1

_ADDON_PARTS = ("addons_before", "addons_after")

Images = Mapping[str, Image | Problem | None]
"""By old node group: its new image, why there is none, or None where EKS chooses its own."""


class GroupStep(TypedDict):
    """One old node group and the one that replaces it.

    `snapshot` is what the new group is cloned from (node_group.snapshot), `image` what
    Image.as_json gives, `from_version` empty where nothing tells it.
    """

    blue: str
    green: str
    snapshot: dict[str, Any]
    image: dict[str, Any] | None
    from_version: str
    to_version: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything one run will do, in order. Steps are plain dicts so that tasks can map them."""

    cluster: str
    region: str
    from_version: str
    to_version: str
    control_plane_needed: bool
    addons_before: tuple[AddonStep, ...] = ()
    addons_after: tuple[AddonStep, ...] = ()
    node_groups: tuple[GroupStep, ...] = ()
    warnings: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()

    @property
    def nothing_to_do(self) -> bool:
        """Whether the cluster is already as the run would make it."""
        steps = (*self.addons_before, *self.addons_after, *self.node_groups)
        return not self.control_plane_needed and not steps

    def as_json(self) -> dict[str, Any]:
        """The plan as plain JSON; `control_plane` is {"needed": bool}."""
        plain = {key: _plain(value) for key, value in asdict(self).items()}
        for part in _ADDON_PARTS:
            plain[part] = [step.as_json() for step in getattr(self, part)]
        needed = plain.pop("control_plane_needed")
        return {"schema": SCHEMA, **plain, "control_plane": {"needed": needed}}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Plan":
        """Read what `as_json` wrote; keys a later release added are ignored.

        Raises:
            ValueError: the plan was written in a schema this release does not know.
        """
        if plain.get("schema") != SCHEMA:
            raise ValueError(
                f"the plan has schema {plain.get('schema')!r} and this release reads {SCHEMA}; "
                "clear the plan task so that it is made anew"
            )
        known = {key: plain[key] for key in cls.__dataclass_fields__ if key in plain}
        values: dict[str, Any] = {
            key: tuple(one) if isinstance(one, list) else one for key, one in known.items()
        }
        for part in _ADDON_PARTS:
            values[part] = tuple(AddonStep.from_json(step) for step in plain.get(part, ()))
        values["control_plane_needed"] = plain["control_plane"]["needed"]
        return cls(**values)


def plan_target(request: UpgradeRequest, facts: ClusterFacts) -> Minor | None:
    """The minor the run goes to; None when the target is refused."""
    return None if target_problems(request, facts) else choose_target(request, facts)


def groups_in_need(request: UpgradeRequest, facts: ClusterFacts) -> dict[str, Raw]:
    """The raw node groups to be replaced, by name: those `make_plan` wants an image for."""
    target = plan_target(request, facts)
    names = groups_to_roll(request, target, facts) if target else ()
    return {name: facts.node_groups[name] for name in names}


def make_plan(request: UpgradeRequest, facts: ClusterFacts, images: Images) -> Plan:
    """The plan, or all that stands in its way.

    Args:
        request: what was asked for.
        facts: what is, the kubelets included.
        images: an entry for each group of `groups_in_need`.

    Raises:
        Refused: with every problem at once; nothing was touched.
    """
    target = plan_target(request, facts)
    problems = [*option_problems(request), *target_problems(request, facts)]
    if target is None:
        # The rest is still judged, by what the next minor needs, so that all is told at once.
        nearest = facts.present.next()
        problems += cluster_problems(nearest, facts)
        problems += group_problems(request, nearest, facts)
        raise _refused(request, problems)
    needed = control_plane_needed(target, facts)
    to_start = needed and facts.running_update() is None
    ways = plan_addons(request.addon_conflicts, target, facts, control_plane=to_start)
    problems += _problems(request, target, facts, images)
    problems += ways.problems
    if problems:
        raise _refused(request, problems)
    return _plan(request, target, facts, ways, images)


def _problems(
    request: UpgradeRequest, target: Minor, facts: ClusterFacts, images: Images
) -> list[Problem]:
    problems = [*cluster_problems(target, facts), *group_problems(request, target, facts)]
    if control_plane_needed(target, facts):
        problems += insight_problems(request, target, facts)
    return [*problems, *_image_problems(request, target, facts, images)]


def _image_problems(
    request: UpgradeRequest, target: Minor, facts: ClusterFacts, images: Images
) -> list[Problem]:
    """Why groups have no image; a contradiction among the parameters is told once, not here."""
    if any(problem.subject.startswith("ami_") for problem in option_problems(request)):
        return []
    rolled = groups_to_roll(request, target, facts)
    return [one for name in rolled if isinstance(one := images[name], Problem)]


def _plan(
    request: UpgradeRequest,
    target: Minor,
    facts: ClusterFacts,
    ways: AddonWays,
    images: Images,
) -> Plan:
    rolled = groups_to_roll(request, target, facts)
    found = {name: image for name in rolled if isinstance(image := images[name], Image)}
    return Plan(
        cluster=request.cluster,
        region=request.region,
        from_version=str(facts.present),
        to_version=str(target),
        control_plane_needed=control_plane_needed(target, facts),
        addons_before=ways.before,
        addons_after=ways.after,
        node_groups=tuple(_group_step(name, target, facts, found.get(name)) for name in rolled),
        warnings=warn(request, target, facts, ways, found),
        summary=summarise(request, target, facts, ways, found),
    )


def _group_step(name: str, target: Minor, facts: ClusterFacts, image: Image | None) -> GroupStep:
    version = facts.group_version(name)
    return GroupStep(
        blue=name,
        green=replacement_name(name, str(target)),
        snapshot=snapshot(facts.node_groups[name]),
        image=image.as_json() if image else None,
        from_version=str(version) if version else "",
        to_version=str(target),
    )


def _refused(request: UpgradeRequest, problems: list[Problem]) -> Refused:
    unique = tuple(dict.fromkeys(problems))
    return Refused(f"The upgrade of cluster {request.cluster!r} cannot be", unique)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
