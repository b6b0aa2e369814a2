"""The rights in AWS that the tasks after the plan need, own and dependent ones. Pure.

EKS asks rights of its caller that no call shows (docs/permissions.md has them): without
`iam:GetRole`, for example, CreateNodegroup is refused, with the control plane moved already.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.rights.right import AwsRight, DeniedRight, as_context
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.planning.preflight.rules.aws_rights.group import (
    GroupToReplace,
    rights_of_group,
)
from include.eks_upgrade.planning.preflight.rules.aws_rights.place import (
    ADDONS,
    CONTROL_PLANE,
    EKS,
    ID_TO_BE,
    READ,
    Place,
    rights,
)
from include.eks_upgrade.request import UpgradeRequest

Images = Mapping[str, Any]
"""By group that is to be replaced: its `Image`, why it has none, or None where EKS chooses."""


@dataclass(frozen=True)
class ToCome:
    """What is to be done, of what AWS asks rights for.

    Attributes:
        control_plane: whether its update is to be started.
        addons: the add-ons that are to be updated, by name, with their role or None.
        groups: the groups that are to be replaced, with the new one's name.
        images: of the new groups.
    """

    control_plane: bool
    addons: Mapping[str, str | None]
    groups: Mapping[str, str]
    images: Images


def coming_rights(
    request: UpgradeRequest, facts: ClusterFacts, to_come: ToCome
) -> tuple[AwsRight, ...]:
    """What the tasks after the plan need of AWS, each right once."""
    place = Place.of(facts)
    found = [
        *_of_control_plane(place, to_come),
        *_of_addons(place, facts, to_come),
        *(
            right
            for old, new in to_come.groups.items()
            for right in rights_of_group(
                GroupToReplace(old, new, to_come.images.get(old), request, facts), place
            )
        ),
    ]
    return tuple(dict.fromkeys(found))


def _of_control_plane(place: Place, to_come: ToCome) -> Iterator[AwsRight]:
    if to_come.control_plane:
        why = "to update the control plane"
        yield from rights("eks:UpdateClusterVersion", place.cluster_arn, why, CONTROL_PLANE)
        yield from rights("eks:DescribeUpdate", place.cluster_arn, "to follow its update", READ)


def _of_addons(place: Place, facts: ClusterFacts, to_come: ToCome) -> Iterator[AwsRight]:
    passed = as_context({"iam:PassedToService": EKS})
    for name, role in to_come.addons.items():
        arn = str((facts.addons.get(name) or {}).get("addonArn") or "")
        arn = arn or place.arn("eks", f"addon/{place.cluster}/{name}/{ID_TO_BE}")
        yield from rights("eks:UpdateAddon", arn, "to update add-ons", ADDONS)
        yield from rights("eks:DescribeUpdate", arn, "to follow their updates", READ)
        if role:
            why = f"for the role of add-on {name}"
            yield from rights("iam:PassRole", role, why, ADDONS, passed)


def denied_problems(denied: Iterable[DeniedRight]) -> tuple[Problem, ...]:
    """One problem that names all rights in AWS that the caller lacks; none when there are none."""
    denied = tuple(denied)
    if not denied:
        return ()
    files = " ".join(dict.fromkeys(one.right.file for one in denied))
    named = "; ".join(_named(list(alike)) for _, alike in groupby(denied, key=_but_for_action))
    remedy = (
        f"attach what `python -m include.eks_upgrade.permissions` writes for this cluster "
        f"({files}) to the role of the AWS connection, by somebody who may give rights; see "
        "docs/permissions.md"
    )
    return (Problem("rights in AWS", f"IAM says that the caller may not {named}", remedy),)


def _but_for_action(denied: DeniedRight) -> tuple[str, str]:
    return denied.right.purpose, denied.by


def _named(alike: list[DeniedRight]) -> str:
    actions = ", ".join(dict.fromkeys(one.right.action for one in alike))
    resources = dict.fromkeys(one.right.resource for one in alike if one.right.resource != "*")
    on = f" on {first_few(resources, 3)}" if resources else ""
    by = f" (denied by {alike[0].by})" if alike[0].by else ""
    return f"{actions}{on} {alike[0].right.purpose}{by}"
