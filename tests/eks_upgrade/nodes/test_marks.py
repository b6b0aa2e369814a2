"""The marks of the fence: what they say, and what a group is without them."""

import pytest

from include.eks_upgrade.nodes.managed.clone import snapshot
from include.eks_upgrade.nodes.managed.marks import (
    KEY,
    Cap,
    cap_of,
    mark_of,
    original_size,
    taint,
    unmarked,
)

THEIRS = {"key": "team", "value": "a", "effect": "NO_SCHEDULE"}


def group(maximum=2, taints=()):
    return {
        "nodegroupName": "workers",
        "scalingConfig": {"minSize": 1, "maxSize": maximum, "desiredSize": 2},
        "taints": list(taints),
    }


def test_the_cap_is_read_back_from_the_taint_that_was_written():
    assert cap_of(taint(Cap(10, 2))) == Cap(10, 2)
    assert len(taint(Cap(99_999, 99_999))["value"]) <= 63


@pytest.mark.parametrize(
    "mark",
    [
        pytest.param(None, id="none"),
        pytest.param({"key": KEY, "effect": "NO_SCHEDULE"}, id="without-a-value"),
        pytest.param({"key": KEY, "value": "true"}, id="of-an-early-version"),
        pytest.param({"key": KEY, "value": "max-ten-capped-2"}, id="no-number"),
    ],
)
def test_a_mark_that_says_nothing_about_the_maximum_says_nothing(mark):
    assert cap_of(mark) is None


@pytest.mark.parametrize(
    ("taints", "found"),
    [
        pytest.param([THEIRS], None, id="theirs"),
        pytest.param([{**taint(Cap(3, 2)), "effect": "NO_EXECUTE"}], None, id="another-effect"),
        pytest.param([THEIRS, taint(Cap(3, 2))], taint(Cap(3, 2)), id="ours-beside-theirs"),
    ],
)
def test_only_our_taint_is_our_mark(taints, found):
    assert mark_of(group(taints=taints)) == found


@pytest.mark.parametrize(
    ("maximum", "size"),
    [
        pytest.param(2, 10, id="as-we-left-it"),
        pytest.param(5, 5, id="set-by-somebody-else-since"),
    ],
)
def test_the_original_maximum_is_told_while_the_cap_is_ours(maximum, size):
    assert original_size(group(maximum, [taint(Cap(10, 2))])) == size


def test_a_clone_of_a_fenced_group_has_neither_mark_nor_cap():
    fenced = group(2, [THEIRS, taint(Cap(10, 2))])
    clean = group(10, [THEIRS])
    assert unmarked(fenced) == clean
    assert snapshot(fenced) == snapshot(clean)
    assert unmarked(clean) == clean
