"""Who is at work on a cluster of a fleet, read from its lock on a rehearsed one."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from eks_upgrade_airflow.connection import assumed_role
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.fleet.before.locked import Joinable, Locked, who_is_at_work

from include.rehearsal.environment import Rehearsal
from include.rehearsal.fleet.build import build
from include.rehearsal.fleet.members import MEMBERS, PERSON, role_arn
from tests.airflow.fleet.fleet_lab import FleetRun, behind
from tests.airflow.worker import environment

CHOSEN = tuple(each for each in MEMBERS if each.name in {"refunds", "archive", "build"})
LOG = logging.getLogger("fleet")


@pytest.fixture(scope="module")
def whole() -> Iterator[Rehearsal]:
    with Rehearsal(speed=600) as rehearsal, pytest.MonkeyPatch.context() as patch:
        build(rehearsal.world, CHOSEN)
        assumed_role.forget()
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield rehearsal
        assert rehearsal.clock.failures == []


@pytest.fixture
def run(whole: Rehearsal) -> FleetRun:
    return FleetRun()


def address(name: str) -> ClusterAddress:
    member = next(each for each in CHOSEN if each.name == name)
    return ClusterAddress(name, "aws_default", member.region, role_arn(member.account))


def at_work(run: FleetRun, name: str) -> Joinable | Locked | None:
    context = run._context(SimpleNamespace(task_id="ring_main.upgrade"), 0)
    with behind(run.airflow):
        return who_is_at_work(address(name), context, LOG)  # type: ignore[arg-type]  # a lab's


def lock(whole: Rehearsal, name: str, holder: str, seconds: int = 3600) -> None:
    """Let somebody hold the cluster's lock."""
    member = next(each for each in CHOSEN if each.name == name)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    kube = whole.world.kube(whole.world.key(member.place, name))
    assert kube
    kube.apply(
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "eks-upgrade", "namespace": "kube-system"},
            "spec": {
                "holderIdentity": holder,
                "leaseDurationSeconds": seconds,
                "acquireTime": now,
                "renewTime": now,
            },
        }
    )


HERE = "airflow eks_upgrade manual__7"
"""A run of this Airflow, as it signs."""


def test_a_cluster_that_nobody_has_locked_is_free(run: FleetRun) -> None:
    assert at_work(run, "refunds") is None


def test_a_persons_lock_leaves_the_cluster_alone_with_the_name(run: FleetRun) -> None:
    found = at_work(run, "build")
    assert isinstance(found, Locked)
    assert PERSON in found.why


def test_a_run_of_this_airflow_that_is_at_work_can_be_joined(
    run: FleetRun, whole: Rehearsal
) -> None:
    lock(whole, "archive", HERE)
    run.airflow.runs["manual__7"] = "running"
    assert at_work(run, "archive") == Joinable("eks_upgrade", "manual__7")


@pytest.mark.parametrize("state", ["success", "failed"])
def test_a_lock_of_a_run_that_has_ended_is_nobodys(
    run: FleetRun, whole: Rehearsal, state: str
) -> None:
    lock(whole, "archive", HERE)
    run.airflow.runs["manual__7"] = state
    assert at_work(run, "archive") is None


@pytest.mark.parametrize(
    "holder",
    [
        pytest.param(HERE, id="a run that this Airflow does not know any more"),
        pytest.param("https://other.example.com eks_upgrade manual__7", id="another Airflow's run"),
        pytest.param("maria", id="one word"),
    ],
)
def test_anybody_elses_lock_is_told_with_the_holder(
    run: FleetRun, whole: Rehearsal, holder: str
) -> None:
    lock(whole, "archive", holder)
    found = at_work(run, "archive")
    assert isinstance(found, Locked)
    assert holder in found.why


def test_a_lock_that_was_not_renewed_in_time_is_nobodys(run: FleetRun, whole: Rehearsal) -> None:
    lock(whole, "archive", "maria", seconds=0)
    assert at_work(run, "archive") is None


def test_a_lock_that_cannot_be_read_is_left_to_the_run_that_is_started(
    run: FleetRun, whole: Rehearsal, caplog: pytest.LogCaptureFixture
) -> None:
    fault = whole.world.faults.add(
        "error", "DescribeCluster", code="AccessDeniedException", status=403
    )
    try:
        with caplog.at_level(logging.INFO, LOG.name):
            assert at_work(run, "build") is None
    finally:
        fault.lift()
    assert "the cluster's lock was not read" in caplog.text
