"""Faults of the world: each AWS operation that an upgrade makes goes wrong in each way.

One upgrade for each way, in which every operation does; a row for each operation in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from include.eks_upgrade.common.errors import Unreachable
from include.rehearsal.aws import interference
from tests.faults.lab import BEHIND, OLD_GROUP, STEPS, FaultLab, Story, goes_on
from tests.faults.operations import (
    ASKED_BY_THE_PLAN_TOO,
    CHANGES,
    FIRST_MADE_IN,
    IN_TRIGGERS_ONLY,
    OPTIONAL,
)


@dataclass(frozen=True)
class Way:
    """How calls go wrong.

    Attributes:
        fault: as `FaultRegistry.add` takes it.
        noticed: tasks may fail for it and be tried again; else botocore's own tries are enough.
        tries: of each task. Here all operations of a task go wrong one after another, which
            takes more tries than one that does.
    """

    fault: dict[str, Any]
    noticed: bool = False
    tries: int = 11


WAYS = {
    "throttled for a moment": Way({"kind": "throttle", "times": 3}),
    "throttled for long": Way({"kind": "throttle", "times": 12}, noticed=True, tries=40),
    "500": Way({"kind": "http500", "times": 3}),
    "503": Way({"kind": "http503", "times": 3}),
    "reset before it is acted upon": Way({"kind": "reset", "times": 3}),
    "reset after it was acted upon": Way({"kind": "reset", "times": 2, "after": True}),
    "slow": Way({"kind": "slow", "times": 1, "delay": 0.5}),
    "cut off after it was acted upon": Way(
        {"kind": "truncated", "times": 1}, noticed=True, tries=60
    ),
    "with credentials that ran out": Way(
        {"kind": "expired_credentials", "times": 1}, noticed=True, tries=60
    ),
}


@dataclass(frozen=True)
class Upgraded:
    """An upgrade in which every operation went wrong."""

    way: Way
    story: Story
    end: dict[str, Any]
    struck: dict[str, int]


def new_story(lab: FaultLab) -> Story:
    """An upgrade that needs every call; of its Auto Scaling group there is something to copy.

    One of its two instances is in Standby.
    """
    values = {"coredns": '{"replicaCount": 2}'}  # so that the plan asks for its schema
    story = lab.story(
        nodes=2, addons=dict(BEHIND), addon_values=values, protected=True, may_unprotect=True
    )
    with lab.rehearsal.clock.lock:  # so that the plan asks for zonal shifts
        raw = interference.region_of(story.cluster).cluster(story.cluster).raw
        raw["zonalShiftConfig"] = {"enabled": True}
    of = {"AutoScalingGroupName": story.scene.asgs[OLD_GROUP]}
    hands = lab.looker.autoscaling
    (group,) = hands.describe_auto_scaling_groups(AutoScalingGroupNames=[*of.values()])[
        "AutoScalingGroups"
    ]
    hands.update_auto_scaling_group(**of, MinSize=1)
    hands.enter_standby(
        **of,
        InstanceIds=[group["Instances"][0]["InstanceId"]],
        ShouldDecrementDesiredCapacity=True,
    )
    hands.enable_metrics_collection(**of, Granularity="1Minute", Metrics=["GroupMinSize"])
    topic = "arn:aws:sns:eu-west-1:123456789012:ops"
    hands.put_notification_configuration(
        **of, TopicARN=topic, NotificationTypes=["autoscaling:EC2_INSTANCE_LAUNCH"]
    )
    story.since = lab.rehearsal.world.journal.last
    return story


@pytest.fixture(scope="module")
def undisturbed(module_lab: FaultLab) -> Story:
    story = new_story(module_lab)
    story.to_the_end()
    return story


@pytest.fixture(scope="module")
def upgraded(module_lab: FaultLab, undisturbed: Story, request: pytest.FixtureRequest) -> Upgraded:
    """One upgrade for each way: pytest runs the rows of a way one after another."""
    way = WAYS[request.param]
    story = new_story(module_lab)
    kind, rest = way.fault["kind"], {k: v for k, v in way.fault.items() if k != "kind"}
    given = {
        name: module_lab.faults.add(kind, name, **rest) for name in (*FIRST_MADE_IN, *OPTIONAL)
    }
    try:
        story.to_the_end(way.tries)
    finally:
        # What struck too seldom, as of calls that are made once, is not for the next rows.
        module_lab.no_faults()
    return Upgraded(way, story, story.end(), {name: each.struck for name, each in given.items()})


def test_the_table_names_every_operation_that_an_upgrade_makes(
    lab: FaultLab, undisturbed: Story
) -> None:
    entries = lab.rehearsal.world.journal.entries(side="aws")
    made = {each.operation for each in entries if each.body.get("Action") != "seed"}
    seeding = {"CreateVpc", "CreateSubnet", "CreateRole", "CreateCluster", "CreateAddon"}
    assert made - seeding - {"CreateLaunchTemplate", "EnterStandby"} == {*FIRST_MADE_IN, *OPTIONAL}


@pytest.mark.parametrize("operation", FIRST_MADE_IN)
@pytest.mark.parametrize("upgraded", WAYS, indirect=True)
def test_an_upgrade_whose_calls_go_wrong_for_a_while_ends_as_any_other(
    upgraded: Upgraded, undisturbed: Story, operation: str
) -> None:
    way = upgraded.way
    assert upgraded.struck[operation] == way.fault["times"]
    assert upgraded.end == undisturbed.end()
    failures = [error for found in upgraded.story.failures.values() for error in found]
    assert way.noticed or failures == []
    assert all(isinstance(error, Unreachable) for error in failures), failures


@pytest.mark.parametrize("operation", [*OPTIONAL, *ASKED_BY_THE_PLAN_TOO])
def test_a_plan_does_without_what_it_is_not_told_and_says_so(
    module_lab: FaultLab, operation: str
) -> None:
    story = new_story(module_lab)
    module_lab.faults.add(
        "error", operation, code="AccessDeniedException", message="no such luck", status=400
    )
    try:
        story.up_to("plan")
    finally:
        module_lab.no_faults()
    plan = story.done["plan"]
    told = [one for one in (*plan["warnings"], *plan["summary"]) if "could not be" in one]
    assert any("no such luck" in one for one in told)


@dataclass(frozen=True)
class Told:
    """How a step ended whose operation never stopped going wrong."""

    error: Exception
    asked: int


@pytest.fixture(scope="module")
def told_by(module_lab: FaultLab) -> Iterator[dict[tuple[str, str], Told]]:
    """For each operation throttled for ever, and each change denied: what its step says."""
    story = new_story(module_lab)
    found: dict[tuple[str, str], Told] = {}
    for name, step, arguments in STEPS:
        for operation in [each for each, first in FIRST_MADE_IN.items() if first == name]:
            for kind in ("throttle", "denied") if operation in CHANGES else ("throttle",):
                found[kind, operation] = failed(module_lab, story, operation, kind, name)
        story.upgrade.limits = story.patient
        story.take(step, *arguments)
    yield found
    assert story.end()["cluster"] == ["1.26", "ACTIVE"]


def failed(lab: FaultLab, story: Story, operation: str, kind: str, name: str) -> Told:
    """Try a step once while an operation goes wrong for ever."""
    step, arguments = next((s, a) for n, s, a in STEPS if n == name)
    story.upgrade.limits = {**story.patient, "limit_minutes": 0.03}
    before = story.asked(operation)
    fault = (
        lab.faults.add("throttle", operation)
        if kind == "throttle"
        else lab.faults.add(
            "error", operation, code="AccessDeniedException", message="no such luck", status=403
        )
    )
    with pytest.raises((Unreachable, AirflowFailException)) as raised:
        story.take(step, *arguments, tries=1)
    fault.lift()
    return Told(raised.value, story.asked(operation) - before)


@pytest.mark.parametrize("operation", FIRST_MADE_IN)
def test_an_operation_that_is_throttled_for_ever_is_named_with_what_it_was_about(
    told_by: dict[tuple[str, str], Told], operation: str
) -> None:
    told = told_by["throttle", operation]
    words = str(told.error)
    assert operation in words
    assert any(one in words for one in ("hrottl", "TooManyRequests", "RequestLimitExceeded"))
    if operation in IN_TRIGGERS_ONLY:
        assert "last seen: " in words
        assert "repeat this step to keep waiting" in words
    else:
        assert "Try again in a minute; nothing was decided" in words
        assert goes_on(told.error, 1)


@pytest.mark.parametrize("operation", CHANGES)
def test_a_change_that_is_denied_is_not_asked_for_again_and_the_right_is_named(
    told_by: dict[tuple[str, str], Told], operation: str
) -> None:
    told = told_by["denied", operation]
    words = str(told.error)
    assert isinstance(told.error, AirflowFailException)
    assert told.asked <= 1
    assert "AccessDeniedException: no such luck" in words
    assert f"allow {operation} to the role of the AWS connection" in words
    assert "include/permissions/" in words
