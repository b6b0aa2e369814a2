"""Whether an add-on's own configuration fits the version that it is to go to. Pure.

UpdateAddon checks configuration values against the JSON schema of the target version, not of the
present one (aws/amazon-vpc-cni-k8s#2173), so what fits today may be refused. The schema is what
DescribeAddonConfiguration gives as a text; the values are JSON or YAML.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few

Schemas = Mapping[tuple[str, str], str]
"""Schemas as texts, by add-on and version."""

MAX_LISTED_MISFITS = 5


def versions_to_check(
    steps: Iterator[AddonStep] | tuple[AddonStep, ...], addons: Mapping[str, Raw]
) -> tuple[tuple[str, str], ...]:
    """The add-ons with a configuration of their own, each with every version on its way."""
    return tuple(
        (step.name, version)
        for step in steps
        if addons.get(step.name, {}).get("configurationValues")
        for version in step.versions
    )


def configuration_problem(name: str, version: str, values: str, schema: str) -> Problem | None:
    """Why EKS would refuse an add-on's configuration at a version; None where it fits.

    A schema that cannot be read is nobody's fault here: EKS itself will judge.

    Args:
        name: of the add-on.
        version: the version it is to go to.
        values: raw `configurationValues`.
        schema: raw `configurationSchema` of that version.
    """
    try:
        wanted, given = json.loads(schema), yaml.safe_load(values)
    except (ValueError, yaml.YAMLError):
        return None
    misfits = _misfits(wanted, {} if given is None else given)
    if not misfits:
        return None
    told = first_few(misfits, MAX_LISTED_MISFITS, separator="; ")
    return Problem(
        f"add-on {name!r}",
        f"its configuration does not fit {version}, to which it is to go: {told}",
        "change the configuration so that it fits the present version and that one (aws eks "
        f"describe-addon-configuration --addon-name {name} --addon-version {version} shows what "
        f"fits; aws eks update-addon --addon-name {name} --configuration-values …, with "
        "--service-account-role-arn if it has a role, which is taken away when it is left out), "
        "then run again",
    )


def _misfits(schema: Any, values: Any) -> list[str]:
    """What does not fit, with the place of it: `$.env: …`."""
    # Imported here, for few clusters need it, and every task would wait for it.
    from jsonschema import exceptions, validators  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    try:
        kind = validators.validator_for(schema, default=validators.Draft7Validator)
        # An empty registry: what a schema refers to elsewhere is never fetched.
        found = list(kind(schema, registry=Registry()).iter_errors(values))
    except (exceptions.SchemaError, Unresolvable, TypeError, AttributeError, ValueError):
        return []
    return sorted(f"{one.json_path}: {one.message}" for one in found)
