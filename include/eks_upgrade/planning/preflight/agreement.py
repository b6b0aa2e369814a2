"""Remedies that agree with one another: a refusal is followed as a whole. Pure.

Each rule words its remedy alone. Where two of them would ask for opposite things, one of them is
worded anew here.
"""

from collections.abc import Sequence
from dataclasses import replace

from include.eks_upgrade.common.errors import Problem

KUBELETS, TARGET = "kubelets", "target_version"

AFTERWARDS = "first do what is said of the kubelets, then run again for the next minor"
ONE_BY_ONE = "; groups that need other images than this one are replaced in a run of their own"


def agreed(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems, each once, with remedies that can all be followed."""
    unique = tuple(dict.fromkeys(problems))
    return _images_apart(_nodes_first(unique))


def _nodes_first(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Nodes that are too old need a run at the present minor, before any other target."""
    if not any(one.subject == KUBELETS for one in problems):
        return problems
    return tuple(
        replace(one, remedy=AFTERWARDS) if one.subject == TARGET else one for one in problems
    )


def _images_apart(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """A run has one choice of image for all of its groups, which may need different ones."""
    about_images = [one for one in problems if "ami_" in one.remedy and _of_a_group(one)]
    if len({one.remedy for one in about_images}) < 2:
        return problems
    return tuple(
        replace(one, remedy=f"{one.remedy}{ONE_BY_ONE} (node_groups)")
        if one in about_images
        else one
        for one in problems
    )


def _of_a_group(problem: Problem) -> bool:
    return problem.subject.startswith(("node group", "image"))
