"""What the tries of a task know of each other."""

from typing import Any

from eks_upgrade_airflow.run.attempts import AttemptLog, load_attempts, record_attempt

from include.eks_upgrade.common.step_result import Obstacle, StepResult
from tests.airflow.worker import StateStore, TaskInstance

PROTECTED = Obstacle("the group is protected", "UpdateAutoScalingGroup")
HELD = Obstacle("a hook holds i-1", "CompleteLifecycleAction")


def context(store: StateStore, task_id: str = "unprotect") -> Any:
    ti = TaskInstance("manual__1", {}, {}, task_id=task_id)
    return {"ti": ti, "task_state_store": store}


def test_the_next_try_tells_what_only_the_killed_one_has_met() -> None:
    store = StateStore()
    record_attempt(context(store), [PROTECTED, HELD])
    record_attempt(context(store), [HELD])
    result = load_attempts(context(store)).added_to(StepResult("lifted 1 guard", obstacles=(HELD,)))
    earlier = Obstacle(PROTECTED.what, "UpdateAutoScalingGroup, in an earlier try")
    assert result.obstacles == (earlier, HELD)


def test_of_each_node_the_most_pods_that_any_try_has_met_are_kept() -> None:
    store = StateStore()
    record_attempt(context(store), by_node={"a": 5, "b": 1})
    record_attempt(context(store), by_node={"a": 2, "b": 3, "c": 1})
    assert load_attempts(context(store)).by_node == {"a": 5, "b": 3, "c": 1}


def test_one_task_does_not_tell_what_another_has_met() -> None:
    store = StateStore()
    record_attempt(context(store, "unprotect"), [PROTECTED])
    assert load_attempts(context(store, "delete_asg")) == AttemptLog()


def test_nothing_is_stored_when_nothing_was_met() -> None:
    store = StateStore()
    record_attempt(context(store))
    assert store == {}
