"""Configurations of add-ons that do not fit a version on their way."""

from include.eks_upgrade.addons.configuration import configuration_problem
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem


def configuration_problems(facts: ClusterFacts) -> list[Problem]:
    """The first for each add-on."""
    found: dict[str, Problem] = {}
    for (name, version), schema in facts.addon_schemas.items():
        values = str(facts.addons[name].get("configurationValues") or "")
        problem = configuration_problem(name, version, values, schema)
        if problem is not None:
            found.setdefault(name, problem)
    return list(found.values())
