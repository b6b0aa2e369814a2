"""The stages: every one has a title, and titles can be told apart in a sentence."""

from itertools import permutations

from include.eks_upgrade.common.stages import Stage


def test_no_title_is_a_part_of_another_one():
    parts = [(one, other) for one, other in permutations(Stage, 2) if one.title in other.title]
    assert parts == []
