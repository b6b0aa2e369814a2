"""CronJobs: a Job of a new name at every tick, beside the last one or instead of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.kube.controllers.workloads.cronjobs import seconds_between
from include.rehearsal.workloads import cron_job
from tests.rehearsal.kube.cluster_lab import START, ClusterLab, lab

BEGIN = int(START) // 60
"""The minute at which the lab begins; 10 and 15 divide it."""


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


def begin(lab: ClusterLab, work: float, policy: str = "Allow", **spec: Any) -> None:
    lab.node("blue-0")
    lab.cluster.apply(cron_job("etl", "export", every=10, work=work, policy=policy, **spec))


def jobs(lab: ClusterLab) -> dict[str, str]:
    """By name: how each has ended, or that it runs."""
    found = {job["metadata"]["name"]: job["status"] for job in lab.store.list("jobs", "etl")}
    return {
        name: status["conditions"][0]["type"] if status.get("conditions") else "runs"
        for name, status in found.items()
    }


def name(minute: int) -> str:
    return f"export-{BEGIN + minute}"


def test_its_first_job_comes_with_the_next_tick_and_carries_the_tick_in_its_name(
    lab: ClusterLab,
) -> None:
    begin(lab, work=60)
    lab.clock.advance(599)
    assert jobs(lab) == {}
    lab.clock.advance(10)
    assert jobs(lab) == {name(10): "runs"}
    (pod,) = lab.pods("export")
    (owner,) = lab.store.get("jobs", "etl", name(10))["metadata"]["ownerReferences"]
    assert pod["metadata"]["ownerReferences"][0]["name"] == name(10)
    assert (owner["kind"], owner["name"], owner["controller"]) == ("CronJob", "export", True)


@pytest.mark.parametrize(
    ("policy", "running"),
    [
        pytest.param("Allow", [10, 20, 30], id="beside the others"),
        pytest.param("Replace", [30], id="instead of the last"),
        pytest.param("Forbid", [10], id="not while one runs"),
    ],
)
def test_what_becomes_of_a_job_that_still_runs_at_the_next_tick(
    lab: ClusterLab, policy: str, running: list[int]
) -> None:
    begin(lab, work=86400, policy=policy)
    lab.clock.advance(1860)
    assert jobs(lab) == {name(minute): "runs" for minute in running}
    assert len(lab.pods("export")) == len(running)


def test_jobs_that_have_ended_are_kept_for_a_while_only(lab: ClusterLab) -> None:
    begin(lab, work=60)
    lab.clock.advance(5400)
    assert jobs(lab) == {
        **{name(minute): "Complete" for minute in (60, 70, 80)},
        name(90): "runs",
    }


def test_a_cronjob_that_is_gone_makes_no_more_jobs_and_takes_its_own_along(
    lab: ClusterLab,
) -> None:
    begin(lab, work=86400)
    lab.clock.advance(660)
    lab.cluster.delete("cronjobs", "etl", "export", {})
    lab.clock.advance(1200)
    assert jobs(lab) == {}
    assert lab.pods("export") == []


def test_a_schedule_that_is_not_followed_is_named() -> None:
    assert seconds_between("*/5 * * * *") == 300
    with pytest.raises(ValueError, match="0 3"):
        seconds_between("0 3 * * *")
