"""Parameters of a release that contradict one another."""

from typing import Any

import pytest

from include.eks_upgrade.cleanup.options import release_problems

CONTRADICTIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing is chosen": ({}, []),
    "an emptied form": ({"return_to_old_nodes": None, "delete_new_groups": None}, []),
    "new groups are deleted, and nothing empties them": (
        {"delete_new_groups": True},
        ["delete_new_groups"],
    ),
    "the same where one only looks": (
        {"delete_new_groups": True, "only_look": True, "return_to_old_nodes": False},
        ["delete_new_groups"],
    ),
    "both": ({"delete_new_groups": True, "return_to_old_nodes": True}, []),
    "a drain that goes past budgets without leave": (
        {"return_to_old_nodes": True, "when_never_allowed": "delete"},
        ["when_never_allowed"],
    ),
    "a drain without time, and words nobody knows": (
        {
            "return_to_old_nodes": True,
            "drain_timeout_minutes": 0,
            "running_jobs": "kill",
            "nodes_at_once": "none",
        },
        ["nodes_at_once", "running_jobs", "drain_timeout_minutes"],
    ),
    "no drain is wanted, so nothing is asked of it": ({"drain_timeout_minutes": 0}, []),
    "looks without a pause": (
        {"poll_seconds": 0, "delete_new_groups": True},
        ["poll_seconds", "delete_new_groups"],
    ),
}


@pytest.mark.parametrize(("options", "about"), CONTRADICTIONS.values(), ids=list(CONTRADICTIONS))
def test_what_contradicts_itself_is_told_at_once(options: dict[str, Any], about: list[str]) -> None:
    assert [problem.subject for problem in release_problems(options)] == about
