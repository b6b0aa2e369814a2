"""No refusal asks for two things that exclude each other."""

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations, product
from typing import Any

import pytest

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.planning.preflight.agreement import AFTERWARDS, ONE_BY_ONE, agreed
from include.eks_upgrade.planning.preflight.rules.options import early_problems, option_problems
from include.eks_upgrade.request import UpgradeRequest

CHOICES: dict[str, tuple[Any, ...]] = {
    "ami_source": ("eks_optimized", "image_id", "name_pattern", "magic"),
    "ami_id": ("", "ami-0123456789abcdef0", "i-1"),
    "ami_name_pattern": ("", "acme-*"),
    "replace_custom_image": (False, True),
    "may_unprotect": (False, True),
    "may_delete_asg": (False, True),
    "when_blocked": ({}, {"never_allowed": "delete", "refused": "delete", "no_room": "jump"}),
    "may_delete_blocked_pods": (False, True),
    "deletion_minutes": (90, 0, 30),
    "worse_minutes": (5, 60),
}
NAMES = "|".join(
    (*CHOICES, "node_group_minutes", "deletion_stall_minutes", "ami_owner", "ready_percent")
)
ASKED = (
    (re.compile(rf"set ({NAMES})=(\w+)"), None),
    (re.compile(rf"(?:set|allow) ({NAMES})(?: to true| too)"), "on"),
    (re.compile(rf"(?:unset|forbid) ({NAMES})\b"), "off"),
    (re.compile(rf"empty ({NAMES})\b"), "empty"),
    (re.compile(rf"give ({NAMES})\b"), "given"),
)


def asked_for(problem: Problem) -> dict[str, set[str]]:
    """What a remedy asks for, by parameter; more than one value where it leaves the choice."""
    found: dict[str, set[str]] = defaultdict(set)
    for pattern, value in ASKED:
        for match in pattern.finditer(problem.remedy):
            found[match[1]].add(value or match[2])
    return found


def contradictions(problems: Iterable[Problem]) -> list[tuple[Problem, Problem]]:
    return [
        (one, other)
        for one, other in combinations(problems, 2)
        for name in asked_for(one).keys() & asked_for(other).keys()
        if not asked_for(one)[name] & asked_for(other)[name]
    ]


def test_no_combination_of_parameters_has_remedies_that_contradict() -> None:
    looked_at = 0
    for values in product(*CHOICES.values()):
        given = {
            "cluster_name": "x",
            "region": "eu-west-1",
            **dict(zip(CHOICES, values, strict=True)),
        }
        problems = option_problems(UpgradeRequest.from_params(given))
        assert contradictions(problems) == [], given
        assert len(set(problems)) == len(problems), given
        looked_at += len(problems) > 1
    assert looked_at > 1000


def test_the_test_itself_sees_a_contradiction() -> None:
    pair = [
        Problem("ami_id", "x", "set ami_source=image_id or empty ami_id"),
        Problem("ami_name_pattern", "x", "set ami_source=name_pattern or empty ami_name_pattern"),
    ]
    assert contradictions(pair)


TOO_OLD = Problem("kubelets", "too old", "run with target_version=1.25 first")
TOO_FAR = Problem("target_version", "2 minors ahead", "choose 1.26 first")


def test_nodes_that_are_too_old_come_before_the_next_minor() -> None:
    assert [one.remedy for one in agreed([TOO_FAR, TOO_OLD])] == [AFTERWARDS, TOO_OLD.remedy]
    assert agreed([TOO_FAR]) == (TOO_FAR,)


SAME = Problem("node group a", "x", "set ami_family to same")
OTHER = Problem("node group b", "x", "set ami_family to al2023 or bottlerocket")


def test_groups_that_need_other_images_are_sent_to_runs_of_their_own() -> None:
    assert all(ONE_BY_ONE in one.remedy for one in agreed([SAME, OTHER]))
    assert agreed([SAME, TOO_FAR]) == (SAME, TOO_FAR)


def test_groups_that_need_the_same_stay_together() -> None:
    like_it = Problem("node group b", "x", SAME.remedy)
    assert agreed([SAME, like_it]) == (SAME, like_it)


EARLY = [
    pytest.param({"region": ""}, [], id="the connection may have a region"),
    pytest.param({"region": "Dublin!"}, ["region"], id="a word that is no region"),
    pytest.param({"target_version": "newest"}, ["target_version"], id="no version"),
    pytest.param({"target_version": "v1.34"}, [], id="a version as kubelets write it"),
]


@pytest.mark.parametrize(("given", "subjects"), EARLY)
def test_what_can_be_judged_without_aws_is(given: dict[str, Any], subjects: list[str]) -> None:
    wanted = {"cluster_name": "x", "region": "eu-west-1", **given}
    found = early_problems(UpgradeRequest.from_params(wanted))
    assert [one.subject for one in found] == subjects
