"""When progress is reported, and the message of a drain that ends before its time."""

from types import SimpleNamespace

import pytest

from include.eks_upgrade.drain.blocked.model import Block, BlockClass
from include.eks_upgrade.drain.ledger import Ledger
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.drain.reporter import HEARTBEAT, MAX_LISTED_MOVING, ProgressReporter
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from tests.eks_upgrade.drain.builders import pod


class Steps:
    """Time that passes only when it is told to."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return self.seconds


class Desk:
    """A reporter over a ledger of its own, and what it has reported."""

    def __init__(self, *, flags=False):
        self.clock, self.reports, self.ledger = Steps(), [], Ledger()
        setup = DrainSetup(
            None,
            Target.node_group("blue"),
            DEFAULTS,
            deadline=60.0,
            on_progress=self.reports.append,
            clock=self.clock,
            flags=flags,
        )
        self.reporter = ProgressReporter(setup, SimpleNamespace(targets={}), self.ledger)

    def after(self, seconds, *lasting, last=False):
        """How many reports there are after so long."""
        self.clock.seconds += seconds
        self.reporter.report(lasting, lasting, last=last)
        return len(self.reports)

    def block(self, entry, text="why"):
        block = Block(entry.pod, BlockClass.REFUSED, text)
        return self.ledger.set_block(entry, block, self.clock.now())


def test_what_has_not_changed_is_reported_only_now_and_then():
    desk = Desk()
    assert [desk.after(seconds) for seconds in (0, 2, 2, HEARTBEAT, 2)] == [1, 1, 1, 2, 2]


def test_what_is_new_is_reported_at_once_and_the_end_in_any_case():
    desk = Desk()
    entry = desk.ledger.see(pod(), 0.0)
    desk.after(0)
    blocked = desk.block(entry)
    assert (desk.after(2, blocked), desk.after(2, blocked)) == (2, 2)
    assert desk.reports[-1].changes == (f"blocked: {blocked}",)
    desk.ledger.leave(entry.pod, 6.0)
    assert desk.after(2) == 3
    assert "has gone after 6 s" in desk.reports[-1].changes[-1]
    assert desk.after(0, last=True) == 4


def test_a_node_of_which_only_blocked_pods_are_left_is_shown_as_set_aside():
    desk = Desk()
    blocked = [desk.block(desk.ledger.see(pod(name), 0.0)) for name in ("a", "b")]
    desk.after(0, *blocked)
    desk.after(1, blocked[0])
    assert [report.nodes[0].set_aside for report in desk.reports] == [True, False]


@pytest.mark.parametrize(
    ("flags", "way"),
    [
        pytest.param(False, "repeat the drain of the old nodes to go on", id="a stage of a run"),
        pytest.param(True, "run it again to go on", id="the command line"),
    ],
)
def test_who_ends_before_its_time_names_each_pod_and_how_to_go_on(flags, way):
    desk = Desk(flags=flags)
    desk.block(desk.ledger.see(pod("held"), 0.0), "is refused")
    for number in range(MAX_LISTED_MOVING + 2):
        desk.ledger.see(pod(f"late-{number:02}"), 0.0)
    desk.clock.seconds = 180.0
    message = desk.reporter.timeout_message("ran out of time")
    assert "drain of node group blue ran out of time after 3 minutes with 23 pods left" in message
    assert way in message
    assert "  1. pod shop/held on blue-0: is refused" in message
    assert message.count("its turn had not come yet") == MAX_LISTED_MOVING
    assert "and 2 more like that" in message
