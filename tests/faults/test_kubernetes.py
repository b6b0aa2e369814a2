"""Faults of the world: the cluster's API server, its tokens and its watches."""

from typing import Any

import pytest

from include.rehearsal.kube.faults import Aim
from include.rehearsal.workloads import App
from tests.faults.lab import NEW_GROUP, FaultLab, Story

NODES = Aim("patch nodes")
SLOW = App("shop", "slow", 4, {"maxUnavailable": 1}, start=60, ready=120, stop=60)


def before_the_drain(lab: FaultLab) -> Story:
    story = lab.story(nodes=2, app=SLOW)
    story.up_to("fence")
    return story


def drop_and_forget(lab: FaultLab, cluster: str) -> None:
    """Watches break, and what they missed is no longer known: 410."""
    lab.kube.expire_versions(cluster=cluster)
    lab.kube.drop_watches(cluster=cluster)


IN_MID_DRAIN = {
    "its token expires": lambda lab, _: lab.kube.refuse_tokens(2),
    "no token is known for a while": lambda lab, _: lab.kube.refuse_tokens(12),
    "a new server has not read the roles": lambda lab, _: lab.kube.forget_roles(6),
    "the server is away for a while": lambda lab, _: lab.kube.pause(600, wait=False),
    "watches are told 410": drop_and_forget,
    "watches end": lambda lab, name: lab.kube.end_watches(cluster=name),
    "requests are reset": lambda lab, _: lab.kube.faults.reset(5),
    "evictions are reset after they were done": lambda lab, _: lab.kube.faults.reset(
        2, aim=Aim("create pods/eviction"), after=True
    ),
    "the server answers 500": lambda lab, _: lab.kube.faults.fail(500, 5),
    "the server answers 503": lambda lab, _: lab.kube.faults.fail(503, 5),
    "the server asks for patience": lambda lab, _: lab.kube.faults.throttle(5),
    "answers are slow": lambda lab, _: lab.kube.faults.slow(0.5, 5),
    "answers are cut off": lambda lab, _: lab.kube.faults.truncate(5),
    "answers end half-way": lambda lab, _: lab.kube.faults.truncate(5, ended=True),
}


@pytest.mark.parametrize("fault", IN_MID_DRAIN)
def test_a_drain_goes_on_though_in_the_middle_of_it(lab: FaultLab, fault: str) -> None:
    story = before_the_drain(lab)
    with story.meanwhile(
        lambda: story.did("create pods/eviction") >= 1,
        lambda: IN_MID_DRAIN[fault](lab, story.cluster),
    ):
        story.take("drain")
    story.take("verify")
    assert story.end()["pods"][f"shop/slow on {NEW_GROUP}: Running"] == 4
    assert evicted_twice(lab, story) == []


ON_THE_LABELS = {
    "are reset": lambda lab: lab.kube.faults.reset(3, aim=NODES),
    "are reset after they were put on": lambda lab: lab.kube.faults.reset(2, aim=NODES, after=True),
    "are throttled": lambda lab: lab.kube.faults.throttle(3, aim=NODES),
    "are answered 500": lambda lab: lab.kube.faults.fail(500, 3, aim=NODES),
    "are answered 503": lambda lab: lab.kube.faults.fail(503, 3, aim=NODES),
    "are refused by a webhook": lambda lab: lab.kube.faults.deny(
        NODES, "not now", code=403, webhook="labels.example", times=3
    ),
}


@pytest.mark.parametrize("fault", ON_THE_LABELS)
def test_nodes_leave_the_load_balancers_though_their_labels(lab: FaultLab, fault: str) -> None:
    story = before_the_drain(lab)
    cordoned = story.did("patch nodes")  # the fence has done it, so the fault meets labels alone
    ON_THE_LABELS[fault](lab)
    story.take("drain")
    assert story.did("patch nodes") - cordoned == 2
    assert story.done["drain_old"]["data"]["excluded_nodes"] == 2


def evicted_twice(lab: FaultLab, story: Story) -> list[str]:
    entries = lab.rehearsal.world.journal.entries(
        cluster=story.cluster, operation="create pods/eviction"
    )
    done = [each.target for each in entries if each.done]
    return [name for name in set(done) if done.count(name) > 1]


def test_a_server_that_is_away_for_a_minute_during_the_update_is_not_noticed(
    lab: FaultLab,
) -> None:
    story = lab.story()
    story.up_to("addons_before")
    with story.meanwhile(lambda: story.did("UpdateClusterVersion"), lambda: lab.kube.pause(60)):
        story.take("control_plane")
    assert story.end()["cluster"] == ["1.26", "ACTIVE"]


STEPS_WITH_THE_SERVER: list[Any] = [
    "lock",
    "fence",
    "drain",
    "verify",
    "delete",
    "confirm_gone",
    "unlock",
]


@pytest.mark.parametrize("step", STEPS_WITH_THE_SERVER)
def test_a_step_that_finds_no_server_is_tried_again_and_then_goes_on(
    lab: FaultLab, step: str
) -> None:
    before = {
        "lock": "plan",
        "fence": "new_group",
        "drain": "fence",
        "verify": "drain",
        "delete": "verify",
        "confirm_gone": "await_deletion",
    }
    story = lab.story()
    story.up_to(before.get(step, "lock"))
    lab.kube.pause()
    lab.rehearsal.clock.later(600, lambda: lab.kube.resume(wait=False))
    story.take(step, tries=40)
    assert all("could not be reached" in str(error) for error in story.failures[step])


AT_A_NEW_CONTROL_PLANE: dict[str, Any] = {
    "no token is known yet": lambda lab: lab.kube.refuse_tokens(12),
    "the roles are not read yet": lambda lab: lab.kube.forget_roles(6),
    "etcd changes its leader": lambda lab: lab.kube.faults.fail(500, 6),
    "etcd has no leader": lambda lab: lab.kube.faults.fail(500, 6, message="etcdserver: no leader"),
    "etcd is slow to write": lambda lab: lab.kube.faults.fail(
        500, 6, aim=Aim("patch nodes"), message="etcdserver: request timed out"
    ),
}


@pytest.mark.parametrize("fault", AT_A_NEW_CONTROL_PLANE)
def test_a_step_of_a_worker_is_tried_again_while(lab: FaultLab, fault: str) -> None:
    story = lab.story()
    story.up_to("new_group")
    AT_A_NEW_CONTROL_PLANE[fault](lab)
    story.take("fence")
    assert len(story.failures["fence"]) == 1
    assert story.did("UpdateNodegroupConfig") == 1
