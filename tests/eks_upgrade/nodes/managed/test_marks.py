"""The marks of the fence: what they say, and what a group is without them."""

import pytest

from include.eks_upgrade.nodes.managed.marks import (
    KEY,
    Cap,
    Kept,
    cap_of,
    is_at_zero,
    mark_of,
    original_size,
    taint,
    unmarked,
)
from include.eks_upgrade.nodes.managed.new_group.clone import snapshot

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


KEPT = Cap(10, 3, Kept(1, 3, "1.25"))


def emptied(minimum=0, desired=0, maximum=3, cap=KEPT):
    raw = group(maximum, [taint(cap)])
    return {
        **raw,
        "scalingConfig": {**raw["scalingConfig"], "minSize": minimum, "desiredSize": desired},
    }


@pytest.mark.parametrize(
    "cap",
    [
        pytest.param(KEPT, id="with-its-version"),
        pytest.param(Cap(10, 3, Kept(0, 0)), id="of-an-empty-group"),
        pytest.param(Cap(99_999, 99_999, Kept(99_999, 99_999, "1.100")), id="as-long-as-can-be"),
    ],
)
def test_the_sizes_of_a_group_without_nodes_are_read_back_from_its_mark(cap):
    assert cap_of(taint(cap)) == cap
    assert len(taint(cap)["value"]) <= 63


@pytest.mark.parametrize("value", ["max-10-capped-3-min-1", "max-10-capped-3-min-1-size-x"])
def test_a_mark_that_is_cut_off_says_nothing(value):
    assert cap_of({"key": KEY, "value": value}) is None


def test_a_group_whose_nodes_we_took_away_is_cloned_with_its_sizes():
    assert is_at_zero(emptied())
    sizes = unmarked(emptied())["scalingConfig"]
    assert sizes == {"minSize": 1, "maxSize": 10, "desiredSize": 3}


@pytest.mark.parametrize(
    ("raw", "sizes"),
    [
        pytest.param(emptied(desired=2), (0, 10, 2), id="somebody-gave-it-nodes"),
        pytest.param(emptied(maximum=7), (1, 7, 3), id="somebody-set-the-maximum"),
        pytest.param(emptied(cap=Cap(10, 3)), (0, 10, 0), id="it-was-at-zero-before-us"),
    ],
)
def test_sizes_that_others_have_set_stay(raw, sizes):
    found = unmarked(raw)["scalingConfig"]
    assert (found["minSize"], found["maxSize"], found["desiredSize"]) == sizes
