"""Faults of the world while the plan surveys the pods."""

from typing import Any

import pytest

from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import needed_rights
from include.eks_upgrade.request import UpgradeRequest
from include.rehearsal.kube.faults import Aim
from include.rehearsal.workloads import App
from tests.faults.lab import FaultLab

REVIEW = "create selfsubjectaccessreviews"
LISTS = ("pods", "poddisruptionbudgets", "daemonsets", "deployments", "statefulsets")
MANY = App("shop", "many", 3, {"maxUnavailable": 1})

PASSING: dict[str, Any] = {
    "is reset": lambda kube, aim: kube.faults.reset(1, aim=aim),
    "is answered with 500": lambda kube, aim: kube.faults.fail(500, 1, aim=aim),
    "is answered with 503": lambda kube, aim: kube.faults.fail(503, 1, aim=aim),
    "is throttled": lambda kube, aim: kube.faults.throttle(1, aim=aim),
    "is cut off": lambda kube, aim: kube.faults.truncate(1, aim=aim),
    "ends half-way": lambda kube, aim: kube.faults.truncate(1, aim=aim, ended=True),
}


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("plural", LISTS)
def test_the_plan_is_made_all_the_same_when_one_of_its_lists(
    lab: FaultLab, plural: str, fault: str
) -> None:
    story = lab.story(app=MANY)
    PASSING[fault](lab.kube, Aim(f"list {plural}"))
    story.take("plan")
    assert story.asked(f"list {plural}") >= 2
    assert any(
        line.startswith("pods on ") and ": 3 to be moved" in line
        for line in story.done["plan"]["summary"]
    )


@pytest.mark.parametrize("fault", PASSING)
def test_no_right_is_left_unasked_when_a_review_of_the_callers_rights(
    lab: FaultLab, fault: str
) -> None:
    story = lab.story(app=MANY)
    PASSING[fault](lab.kube, Aim(REVIEW))
    story.take("plan")
    assert not story.failures["plan"]
    rights = len(needed_rights(UpgradeRequest(cluster=story.cluster)))
    assert story.asked(REVIEW) == rights + 1
    assert "could not be asked" not in str(story.done["plan"]["warnings"])


def test_a_server_that_is_away_is_asked_again_and_the_plan_is_not_made_without_it(
    lab: FaultLab,
) -> None:
    story = lab.story(app=MANY)
    lab.kube.pause()
    lab.rehearsal.clock.later(600, lambda: lab.kube.resume(wait=False))
    story.take("plan", tries=40)
    assert all("could not be reached" in str(error) for error in story.failures["plan"])
    assert any(
        line.startswith("pods on ") and ": 3 to be moved" in line
        for line in story.done["plan"]["summary"]
    )


@pytest.mark.parametrize("plural", ["resourcequotas", "validatingwebhookconfigurations"])
def test_a_list_that_one_check_alone_needs_stops_nothing_and_the_check_is_not_known(
    lab: FaultLab, plural: str
) -> None:
    story = lab.story(app=MANY)
    lab.kube.faults.fail(500, 100, aim=Aim(f"list {plural}"))
    story.take("plan")
    lab.kube.faults.lift_all()
    assert not story.failures["plan"]
    (told,) = [line for line in story.done["plan"]["warnings"] if "not the same as passed" in line]
    assert plural in told or "webhooks" in told or "quotas" in told
