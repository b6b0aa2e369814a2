"""Faults of the world while a pod of the user's tests the new nodes."""

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from include.eks_upgrade.common.errors import Unreachable
from include.rehearsal.kube.faults import Aim
from tests.faults.lab import OLD_GROUP, FaultLab, Story

IMAGE, NAMESPACE = "busybox:1.36", "default"
PASSED = "passed: its container ended with exit code 0"
CALLS = ("list pods", "create pods", "get pods", "get pods/log", "delete pods")

PASSING: dict[str, Any] = {
    "is reset": lambda kube, aim: kube.faults.reset(2, aim=aim),
    "is reset after it was acted upon": lambda kube, aim: kube.faults.reset(1, aim=aim, after=True),
    "is answered with 500": lambda kube, aim: kube.faults.fail(500, 2, aim=aim),
    "is answered with 503": lambda kube, aim: kube.faults.fail(503, 2, aim=aim),
    "is throttled": lambda kube, aim: kube.faults.throttle(2, aim=aim),
    "is cut off": lambda kube, aim: kube.faults.truncate(1, aim=aim),
    "ends half-way": lambda kube, aim: kube.faults.truncate(1, aim=aim, ended=True),
    "is slow": lambda kube, aim: kube.faults.slow(0.5, 1, aim=aim),
}


@pytest.fixture(scope="module")
def upgrade(module_lab: FaultLab) -> Story:
    """One whose new nodes are there; every row tests them once more."""
    made = module_lab.story()
    made.up_to("new_group")
    return made


@pytest.fixture
def story(lab: FaultLab, upgrade: Story) -> Iterator[Story]:
    upgrade.begin_anew()
    yield upgrade
    lab.rehearsal.clock.advance(120)
    assert upgrade.pods(NAMESPACE) == []


def outcome_of(story: Story, *command: str) -> str:
    story.take("smoke_test", IMAGE, *command)
    return str(story.done["smoke_test"]["text"])


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("call", CALLS)
def test_one_pod_tests_the_new_nodes_and_none_is_left_when_a_request_of_it(
    lab: FaultLab, story: Story, call: str, fault: str
) -> None:
    made = PASSING[fault](lab.kube, Aim(call, story.cluster, NAMESPACE))
    assert PASSED in outcome_of(story, "true")
    assert made.struck
    assert story.did("create pods") == story.did("delete pods") == 1
    assert all(isinstance(each, Unreachable) for each in story.failures["smoke_test"])


NEW_CONTROL_PLANE: dict[str, Any] = {
    "no token is known yet": lambda lab: lab.kube.refuse_tokens(12),
    "the roles are not read yet": lambda lab: lab.kube.forget_roles(6),
    "etcd changes its leader": lambda lab: lab.kube.faults.fail(500, 6),
}


@pytest.mark.parametrize("fault", NEW_CONTROL_PLANE)
def test_one_pod_tests_the_new_nodes_though_once_it_is_made(
    lab: FaultLab, story: Story, fault: str
) -> None:
    with story.meanwhile(lambda: story.did("create pods"), lambda: NEW_CONTROL_PLANE[fault](lab)):
        assert PASSED in outcome_of(story, "true")
    assert story.did("create pods") == 1


def without_the_right_to_delete(lab: FaultLab, story: Story, command: str) -> None:
    """The pod has ended, and stays."""
    deletion = Aim("delete pods", story.cluster, NAMESPACE)
    denied = lab.kube.faults.deny(deletion, "no such luck", code=403, webhook="pods.example")
    told = story.refused("smoke_test", IMAGE, command)
    assert f"node group '{OLD_GROUP}' is left as it was" in told
    assert "no such luck" in told
    assert len(story.pods(NAMESPACE)) == 1
    denied.lift()


def test_a_pod_that_cannot_be_deleted_is_told_and_deleted_when_the_task_is_cleared(
    lab: FaultLab, story: Story
) -> None:
    without_the_right_to_delete(lab, story, "true")
    assert PASSED in outcome_of(story, "true")
    assert story.did("create pods") == 1


def test_a_test_that_failed_has_failed_though_its_pod_could_not_be_deleted(
    lab: FaultLab, story: Story
) -> None:
    without_the_right_to_delete(lab, story, "exit 1")
    with pytest.raises(AirflowFailException, match="ended with exit code 1"):
        outcome_of(story, "exit 1")
    assert story.did("create pods") == 1
    # Put right, and cleared once more: now it is another pod.
    assert PASSED in outcome_of(story, "true")
    assert story.did("create pods") == 2
