"""The plan says what going back would need, and until when it is possible."""

from typing import Any

import pytest

from include.eks_upgrade.planning.way_back import way_back_lines
from include.eks_upgrade.request import UpgradeRequest

NODES = {
    "nothing is kept": ({}, "as soon as its workloads are as well as before"),
    "kept with its nodes": (
        {"keep_old_group_minutes": 60},
        "60 minutes after its drain; it is kept with its nodes",
    ),
    "kept for a part of a minute": ({"keep_old_group_minutes": 0.3}, ", 18 s after its drain"),
    "kept for a minute": ({"keep_old_group_minutes": 1}, "1 minute after its drain"),
    "kept without nodes": (
        {"keep_old_group_minutes": 60, "keep_old_group_at": "zero"},
        "new ones of the old version are needed",
    ),
}


@pytest.mark.parametrize(("given", "words"), NODES.values(), ids=list(NODES))
def test_of_nodes_it_says_until_when(given: dict[str, Any], words: str) -> None:
    request = UpgradeRequest(cluster="shop", **given)
    (line,) = way_back_lines(request, control_plane=False, groups=2)
    assert line.startswith("going back with the nodes: until its old group is deleted")
    assert words in line


def test_of_the_control_plane_it_says_what_ekss_own_rollback_needs() -> None:
    (line,) = way_back_lines(UpgradeRequest(cluster="shop"), control_plane=True, groups=0)
    assert "within 7 days" in line
    assert "ROLLBACK_READINESS" in line


def test_of_what_is_not_touched_nothing_is_said() -> None:
    assert list(way_back_lines(UpgradeRequest(cluster="c"), control_plane=False, groups=0)) == []
