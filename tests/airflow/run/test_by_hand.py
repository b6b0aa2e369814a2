"""Which ends of a task are a person's: what Airflow tells listeners, and who tells it."""

from typing import Any

import pytest
from airflow.listeners.listener import ListenerManager
from airflow.utils.state import TaskInstanceState
from eks_upgrade_airflow.base import operator_names
from eks_upgrade_airflow.run.by_hand import ROWS, ByHandListener

BY_HAND = "TaskInstance's state was manually set to `failed`."


class Row:
    """A row of Airflow's database, as far as the listener looks at it."""

    operator = "EksClusterUpdateSensor"


class OfAnother(Row):
    operator = "BashOperator"


class OfAWorker(Row):
    """What a worker hands in when a task comes to its end there."""


Row.__module__ = OfAnother.__module__ = ROWS


@pytest.fixture
def noted() -> list[str]:
    return []


@pytest.fixture
def hook(noted: list[str]) -> Any:
    """Airflow's own way of calling listeners."""
    manager = ListenerManager()
    listener = ByHandListener({"EksClusterUpdateSensor"}, lambda _, state: noted.append(state))
    manager.pm.register(listener)
    yield manager.hook
    manager.pm.unregister(listener)


def test_what_a_person_marks_is_noted(hook: Any, noted: list[str]) -> None:
    hook.on_task_instance_failed(previous_state=None, task_instance=Row(), error=BY_HAND)
    hook.on_task_instance_success(previous_state=None, task_instance=Row())
    hook.on_task_instance_skipped(previous_state=None, task_instance=Row())
    assert noted == ["failed", "success", "skipped"]


RUNNING = TaskInstanceState.RUNNING
OTHERS = [
    pytest.param(None, Row(), "Heartbeat timed out", id="a task that died"),
    pytest.param(RUNNING, Row(), BY_HAND, id="the scheduler"),
    pytest.param(RUNNING, OfAWorker(), "no budget", id="a task that failed"),
    pytest.param(None, OfAWorker(), BY_HAND, id="a worker"),
    pytest.param(None, OfAnother(), BY_HAND, id="a task that is none of ours"),
]


@pytest.mark.parametrize(("before", "ti", "error"), OTHERS)
def test_what_comes_to_its_end_by_itself_is_not(
    hook: Any, noted: list[str], before: Any, ti: Any, error: str
) -> None:
    hook.on_task_instance_failed(previous_state=before, task_instance=ti, error=error)
    assert noted == []


def test_all_our_operators_are_known_by_name() -> None:
    from eks_upgrade_airflow import preload

    preload.load()
    wanted = {"EksPlanUpgradeOperator", "EksDrainNodesOperator", "EksClusterVerifiedSensor"}
    assert wanted <= operator_names()
