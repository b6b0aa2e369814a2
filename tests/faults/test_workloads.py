"""Faults while a rollout moves a single pod, and while baselines are kept in Leases."""

from collections.abc import Callable
from typing import Any

import pytest

from include.eks_upgrade.common.errors import Unreachable
from include.rehearsal.kube.faults import Aim
from include.rehearsal.workloads import App
from tests.faults.lab import NEW_GROUP, FaultLab, Story

BASELINE = "eks-upgrade-baseline-"
SOLO = App("shop", "solo", 1)
Fault = Callable[[Any, Aim], Any]

PASSING: dict[str, Fault] = {
    "is reset": lambda kube, aim: kube.faults.reset(3, aim=aim),
    "is reset after it was acted upon": lambda kube, aim: kube.faults.reset(1, aim=aim, after=True),
    "is answered with 500": lambda kube, aim: kube.faults.fail(500, 2, aim=aim),
    "is answered with 503": lambda kube, aim: kube.faults.fail(503, 3, aim=aim),
    "is throttled": lambda kube, aim: kube.faults.throttle(3, aim=aim),
    "is cut off": lambda kube, aim: kube.faults.truncate(1, aim=aim),
    "ends half-way": lambda kube, aim: kube.faults.truncate(1, aim=aim, ended=True),
}


def taken(story: Story, step: str) -> None:
    """A step that may be tried again, for what passes and for nothing else."""
    story.take(step)
    assert all(isinstance(each, Unreachable) for each in story.failures[step])


@pytest.mark.parametrize("fault", PASSING)
def test_a_single_pod_is_moved_by_one_restart_though_the_request_for_it(
    lab: FaultLab, fault: str
) -> None:
    story = lab.story(app=SOLO, single_replicas="restart")
    story.up_to("fence")
    made = PASSING[fault](lab.kube, Aim("patch deployments", story.cluster))
    taken(story, "drain")
    assert made.struck
    # A request that is repeated says the same as the first, and so it is still one rollout.
    assert story.rollouts("shop/solo") == 1
    assert story.did("create pods/eviction") == 0
    taken(story, "verify")
    assert story.end()["pods"][f"shop/solo on {NEW_GROUP}: Running"] == 1


LEASES = {
    "the first baseline is taken": ("new_group", "create leases", "fence"),
    "it is looked whether there is one": ("new_group", "get leases", "fence"),
    "workloads are compared with it": ("drain", "get leases", "verify"),
    "it is forgotten": ("await_deletion", "delete leases", "confirm_gone"),
}


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("when", LEASES)
def test_a_baseline_is_kept_and_forgotten_once_though_a_request_when(
    lab: FaultLab, when: str, fault: str
) -> None:
    before, operation, step = LEASES[when]
    story = lab.story()
    story.up_to(before)
    made = PASSING[fault](lab.kube, Aim(operation, story.cluster, "kube-system", BASELINE))
    taken(story, step)
    assert made.struck
    story.finish(step)
    assert story.did("create leases") == story.did("delete leases") == 2  # the lock's, and this
    assert story.end()["baselines"] == []
