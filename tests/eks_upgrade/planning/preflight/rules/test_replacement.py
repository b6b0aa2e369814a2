"""A node group may be replaced by itself only where names, versions and states fit."""

from typing import Any

import pytest

from include.eks_upgrade.planning.preflight.rules.replacement import (
    is_replaced,
    replacement_problems,
)
from tests.eks_upgrade.planning.conftest import facts, node_group

GROUPS = {"workers": node_group("workers"), "other": node_group("other")}


def told(
    replacement: str = "workers-b", version: str = "", *, begun: bool = False, **changes: Any
) -> list[str]:
    world = facts(**{"node_groups": GROUPS, **changes})
    return [str(one) for one in replacement_problems("workers", replacement, version, world,
                                                     begun=begun)]  # fmt: skip


def test_a_group_in_the_clusters_version_can_be_replaced_by_a_free_name() -> None:
    assert told() == []
    assert told(version="1.25") == []


NAMES = [
    pytest.param("workers", "the old group has this name", id="its own"),
    pytest.param("other", "there is a node group of this name already", id="another group's"),
    pytest.param("w" * 64, "63 letters", id="too long"),
    pytest.param("-workers", "a letter or digit first", id="hyphen first"),
    pytest.param("work ers", "63 letters", id="blank"),
    pytest.param("", "63 letters", id="empty"),
]


@pytest.mark.parametrize(("replacement", "words"), NAMES)
def test_a_name_that_cannot_be_is_refused(replacement: str, words: str) -> None:
    (problem,) = told(replacement)
    assert words in problem


@pytest.mark.parametrize("version", ["1.26", "1.24", "latest"])
def test_a_version_that_is_not_the_control_planes_is_refused(version: str) -> None:
    (problem,) = told(version=version)
    assert "the control plane is at 1.25" in problem


def test_a_group_that_trails_is_to_be_upgraded_instead() -> None:
    (problem,) = told(kubelets={"ip-1": ("v1.24.9-eks-abc", "workers")})
    assert "it is at 1.24 and the control plane at 1.25" in problem


def test_the_state_of_group_and_cluster_counts() -> None:
    broken = {**GROUPS, "workers": node_group("workers", status="DELETE_FAILED")}
    cluster = {**facts().cluster, "status": "UPDATING"}
    problems = told(node_groups=broken, cluster=cluster)
    assert len(problems) == 2
    assert "its status is DELETE_FAILED" in problems[0]
    assert "its status is UPDATING" in problems[1]


def test_a_group_that_is_not_well_but_has_nodes_can_be_replaced() -> None:
    for status in ("DEGRADED", "CREATE_FAILED"):
        assert told(node_groups={"workers": node_group("workers", status=status)}) == []


def test_a_group_that_is_not_there_is_told_with_those_that_are() -> None:
    problems = told(node_groups={"other": node_group("other")}, version="1.26")
    assert "it has: other" in problems[0]
    assert len(problems) == 2


def test_a_run_goes_on_with_the_group_that_it_began() -> None:
    both = {**GROUPS, "workers-b": node_group("workers-b", status="CREATING")}
    assert told(begun=True, node_groups=both) == []
    going = {**both, "workers": node_group("workers", status="DELETING")}
    assert told(begun=True, node_groups=going) == []
    failed = {**both, "workers-b": node_group("workers-b", status="CREATE_FAILED")}
    (problem,) = told(begun=True, node_groups=failed)
    assert "CREATE_FAILED" in problem


def test_what_is_done_already_is_no_problem() -> None:
    done = {"workers-b": node_group("workers-b")}
    assert told(node_groups=done) == []
    assert is_replaced("workers", "workers-b", facts(node_groups=done))
