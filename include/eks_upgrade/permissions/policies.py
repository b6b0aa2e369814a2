"""The shipped policies, filled in for one cluster. Pure.

A policy has placeholders for one of each thing. Where a cluster has several roles or templates,
each stands in the statement; where it has none, the statement is left out.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from include.eks_upgrade.permissions.place import Place

Statement = dict[str, Any]
Policy = dict[str, Any]

LIMIT = 6144
"""Characters of a managed policy without white space:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

OPTIONAL = {"unprotect": "may_unprotect", "delete-asg": "may_delete_asg"}
"""Policies that only a parameter of the upgrade needs, with that parameter."""

_ROLE_ARN = "arn:aws:iam::ACCOUNT_ID:role/"


def policies_for(place: Place, templates: Mapping[str, str]) -> dict[str, Policy]:
    """The policies by name: those of `templates` that this cluster has anything for.

    Args:
        place: the cluster.
        templates: the text of each shipped policy, by its name (`node-groups`).

    A policy that would be longer than IAM takes is parted (`node-groups`, `node-groups-2`).
    """
    found: dict[str, Policy] = {}
    for name, text in templates.items():
        statements = [
            filled
            for statement in json.loads(text)["Statement"]
            if (filled := _filled(statement, place)) is not None
        ]
        if name == "new-launch-template" and not place.without_template:
            continue
        for number, part in enumerate(_parted(statements), 1):
            found[name if number == 1 else f"{name}-{number}"] = {
                "Version": "2012-10-17",
                "Statement": part,
            }
    return found


def _filled(statement: Statement, place: Place) -> Statement | None:
    """A statement for this cluster; None when it has nothing that it is about."""
    several = {
        f"{_ROLE_ARN}NODE_ROLE_NAME": place.node_roles,
        f"{_ROLE_ARN}ADDON_ROLE_NAME": place.addon_roles,
        f"{_ROLE_ARN}CLUSTER_ROLE_NAME": place.cluster_roles,
        "KMS_KEY_ARN": place.keys,
        "LAUNCH_TEMPLATE_ID": place.launch_templates,
    }
    resources = statement["Resource"]
    if isinstance(resources, list):
        resources = _each(resources, several)
        if not resources:
            return None
    if _is_for_templates(statement) and not (place.launch_templates or place.without_template):
        return None
    text = json.dumps({**statement, "Resource": resources})
    for placeholder, value in {
        "arn:aws:": f"arn:{place.partition}:",
        "REGION": place.region,
        "ACCOUNT_ID": place.account,
        "CLUSTER_NAME": place.cluster,
        "UPGRADE_ROLE_NAME": place.role,
    }.items():
        text = text.replace(placeholder, value)
    read: Statement = json.loads(text)
    return read


def _each(patterns: Iterable[str], several: Mapping[str, Iterable[str]]) -> list[str]:
    """Each pattern once for each thing that its placeholder stands for."""
    found: list[str] = []
    for pattern in patterns:
        values = next(
            ([pattern.replace(word, value) for value in many]
             for word, many in several.items() if word in pattern),
            [pattern],
        )  # fmt: skip
        found += values
    return list(dict.fromkeys(found))


def _is_for_templates(statement: Statement) -> bool:
    """Whether it is about starting nodes from a launch template."""
    created = statement.get("Condition", {}).get("StringEquals", {}).get("ec2:CreateAction")
    return "ec2:RunInstances" in statement["Action"] or created == "RunInstances"


def _parted(statements: Iterable[Statement]) -> list[list[Statement]]:
    parts: list[list[Statement]] = []
    for statement in statements:
        for piece in _pieces(statement):
            if parts and _length([*parts[-1], piece]) < LIMIT:
                parts[-1].append(piece)
            else:
                parts.append([piece])
    return parts


def _pieces(statement: Statement) -> list[Statement]:
    """A statement, or halves of it where its resources alone are too many for one policy."""
    resources = statement["Resource"]
    if _length([statement]) < LIMIT or not isinstance(resources, list) or len(resources) < 2:
        return [statement]
    half = len(resources) // 2
    halves = (
        {**statement, "Sid": f"{statement['Sid']}{end}", "Resource": many}
        for end, many in (("A", resources[:half]), ("B", resources[half:]))
    )
    return [piece for each in halves for piece in _pieces(each)]


def _length(statements: list[Statement]) -> int:
    whole = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    return len(whole)
