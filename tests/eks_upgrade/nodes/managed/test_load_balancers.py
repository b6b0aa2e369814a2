"""How long the deletion of nodes waits for load balancers: a table."""

import pytest

from include.eks_upgrade.common.outcome import Done, NotYet
from include.eks_upgrade.kube.objects import EXCLUDED, Node
from include.eks_upgrade.nodes.managed.load_balancers import load_balancers_outcome, seconds_left

NOW = 1_000.0
LABEL = {EXCLUDED: "true"}


def ours(since):
    return Node(name="a", labels=LABEL, excluded_by="run", excluded_at=since)


THEIRS = Node(name="b", labels=LABEL)
OPEN = Node(name="c")


@pytest.mark.parametrize(
    ("nodes", "left"),
    [
        pytest.param([], 0, id="no node is left"),
        pytest.param([ours(NOW)], 60, id="labelled this moment"),
        pytest.param([ours(NOW - 45)], 15, id="labelled a while ago"),
        pytest.param([ours(NOW - 60)], 0, id="labelled long enough ago"),
        pytest.param([ours(NOW - 500), ours(NOW - 20)], 40, id="the last one counts"),
        pytest.param([THEIRS], 0, id="another's label has no time"),
        pytest.param([OPEN], 0, id="one without is to be labelled first"),
        pytest.param([ours(NOW + 5)], 60, id="another machine's clock is ahead"),
        pytest.param([Node(name="a", excluded_by="run", excluded_at=NOW)], 0, id="label taken off"),
    ],
)
def test_the_deletion_waits_from_the_last_label_on(nodes, left):
    assert seconds_left(nodes, 60.0, NOW) == left
    assert isinstance(load_balancers_outcome(nodes, 60.0, NOW), NotYet if left else Done)


def test_what_is_left_of_the_wait_is_said():
    assert "15 of 60 seconds are left" in load_balancers_outcome([ours(NOW - 45)], 60.0, NOW).detail
