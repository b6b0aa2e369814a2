"""How many calls of AWS one whole upgrade makes, by task, in about 40 simulated minutes."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.triggers.base import TriggerEvent
from eks_upgrade_airflow.connection import shared_looks
from eks_upgrade_airflow.triggers import earlier, throttle

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.calls.stepped_time import SteppedTime, stepped_time
from tests.airflow.upgrade import Upgrade
from tests.airflow.worker import Run, environment, parameters, resurrected

DEFAULTS = {"waiter_delay": 30.0, "limit_minutes": 60.0}
"""`poll_seconds` of the form."""

MINUTE = 60.0

MOST_CALLS = 150
"""All of them: the plan's, a look at AWS's own answer before every change, the waits."""

SLOW = App("shop", "checkout", 4, {"maxUnavailable": 1}, ready=300)
"""One pod after the other, five minutes each: the drain is what lasts."""


class Measured(Run):
    """A run whose triggers wait in stepped time, and that counts what each task asks of AWS."""

    def begin(self, stepped: SteppedTime, rehearsal: Rehearsal) -> None:
        self.stepped, self.journal = stepped, rehearsal.world.journal
        self.calls: dict[str, Counter[str]] = {}
        self.minutes: dict[str, float] = {}

    def do(self, name: str, kind: type[Any], **arguments: Any) -> Any:
        since, at = self.journal.last, self.stepped.time()
        told = super().do(name, kind, **arguments)
        asked = self.journal.entries(side="aws", since=since)
        self.calls[name] = Counter(each.operation for each in asked)
        self.minutes[name] = (self.stepped.time() - at) / MINUTE
        return told

    def fire(self, trigger: Any) -> TriggerEvent:
        async def first() -> TriggerEvent:
            event: TriggerEvent = await anext(resurrected(trigger).run())
            return event

        return TriggerEvent(json.loads(json.dumps(self.stepped.run(first()).payload)))

    def table(self) -> str:
        lines = [f"{'task':24} minutes calls"]
        for name, calls in self.calls.items():
            what = ", ".join(f"{count} {call}" for call, count in calls.most_common())
            lines.append(f"{name:24} {self.minutes[name]:7.1f} {calls.total():5}  {what}")
        lines.append(f"{'all':24} {sum(self.minutes.values()):7.1f} {self.total().total():5}")
        return "\n".join(lines)

    def total(self) -> Counter[str]:
        return sum(self.calls.values(), Counter[str]())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    """A whole upgrade of a cluster with one node group of two and three add-ons."""
    for each in (shared_looks, earlier, throttle):
        each.forget()
    with (
        stepped_time() as stepped,
        Rehearsal(speed=1.0) as rehearsal,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        plain(rehearsal.world, "shop", "1.33", 2, PlainOptions(manifests=tuple(deployment(SLOW))))
        made = Measured(parameters(cluster_name="shop", region="eu-west-1"))
        made.begin(stepped, rehearsal)
        _upgrade(Upgrade(made, tmp_path_factory.mktemp("reports"), DEFAULTS))
        print(made.table())
        yield made
        assert rehearsal.clock.failures == []
    for each in (shared_looks, earlier, throttle):
        each.forget()


def _upgrade(upgrade: Upgrade) -> None:
    upgrade.plan()
    upgrade.lock()
    upgrade.addons("addons_before")
    upgrade.control_plane()
    upgrade.addons("addons_after")
    upgrade.new_group()
    upgrade.fence()
    upgrade.drain(load_balancer_drain_seconds=60.0)
    upgrade.verify(worse_minutes=2.0)
    upgrade.delete(load_balancer_drain_seconds=60.0)
    assert upgrade.await_deletion(stall_minutes=60.0) == "gone"
    upgrade.confirm_gone()
    upgrade.verify_cluster()
    upgrade.report()
    upgrade.unlock()


def test_an_upgrade_of_40_minutes_asks_aws_seldom(run: Measured) -> None:
    assert 35 < sum(run.minutes.values()) < 50, run.table()
    assert run.total().total() <= MOST_CALLS, run.table()


def test_a_control_plane_is_looked_at_once_a_minute_in_the_middle(run: Measured) -> None:
    calls, minutes = run.calls["await_update"], run.minutes["await_update"]
    assert calls["DescribeUpdate"] <= minutes, run.table()
    assert minutes < 11.0  # of ten that it takes


def test_looks_beside_a_wait_are_one_in_five_minutes_and_at_add_ons_one_in_fifteen(
    run: Measured,
) -> None:
    calls, minutes = run.calls["await_update"], run.minutes["await_update"]
    # A look that is still on its way when its turn comes leaves that turn out.
    assert 1 <= calls["DescribeNodegroup"] <= minutes / 5 + 1, run.table()
    assert calls["DescribeAddon"] <= 3 * (minutes / 15 + 1), run.table()


def test_a_cluster_that_did_not_move_is_described_once_by_all_waits_together(run: Measured) -> None:
    assert run.total()["DescribeCluster"] <= len(run.calls), run.table()
