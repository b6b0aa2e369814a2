"""Faults of what a fleet's tasks read: discovery, what was not well before, the look at the health.

None of these tasks changes anything, so each may be taken again; what must never happen is that a
place or a cluster that gave no answer counts as empty or healthy.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.retries import standard
from eks_upgrade_airflow.connection import shared_looks
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.cluster_health import unwell_before
from eks_upgrade_airflow.fleet.looking import health_trigger
from eks_upgrade_airflow.fleet.operators.discovery import address_of
from eks_upgrade_airflow.fleet.triggers.health import PROBLEMS
from eks_upgrade_airflow.run.events import DONE, LATE

from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.discovery.place import Place
from include.eks_upgrade.fleet.discovery.read_place import discover_place
from include.eks_upgrade.fleet.file.model import Health
from include.eks_upgrade.fleet.health.known import Known
from include.rehearsal.environment import Rehearsal
from include.rehearsal.kube.faults import Aim
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.worker import environment

REGION, VERSION = "eu-west-1", "1.33"
PLACE = Place(account_name="home", account="", region=REGION, aws_conn_id="aws_default")
ADDRESS = ClusterAddress("shop", "aws_default", REGION)
SHOP = FleetCluster(
    arn=f"arn:aws:eks:{REGION}:123456789012:cluster/shop",
    name="shop",
    account="123456789012",
    account_name="home",
    region=REGION,
    version=VERSION,
)


@pytest.fixture(scope="module")
def whole() -> Iterator[Rehearsal]:
    with Rehearsal(speed=600) as rehearsal, pytest.MonkeyPatch.context() as patch:
        plain(rehearsal.world, "shop", VERSION, 1, PlainOptions(addons={"coredns": None}))
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield rehearsal
        assert rehearsal.clock.failures == []


@pytest.fixture
def fleet(whole: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda *_: 0.005)
    shared_looks.forget()
    yield whole
    whole.world.faults.calls.lift()


DENIED: dict[str, Any] = {"code": "AccessDeniedException", "status": 403}
BROKEN: dict[str, Any] = {"code": "InternalFailure", "status": 500}
PASSING = [
    pytest.param("throttle", {}, id="throttled"),
    pytest.param("reset", {}, id="cut off"),
    pytest.param("error", BROKEN, id="AWS broken"),
]
LASTING = [*PASSING, pytest.param("error", DENIED, id="denied")]


# --- discovery ------------------------------------------------------------------------------------


def looked() -> Found:
    return discover_place(PLACE, address_of(PLACE).clients)


@pytest.mark.parametrize(
    "operation", ["ListClusters", "DescribeCluster", "ListNodegroups", "DescribeNodegroup"]
)
@pytest.mark.parametrize(("kind", "how"), PASSING)
def test_what_passes_is_not_seen_in_what_discovery_finds(
    fleet: Rehearsal, kind: Any, how: dict[str, Any], operation: str
) -> None:
    fleet.world.faults.add(kind, operation, times=3, **how)
    found = looked()
    assert found.broken == ()
    ((name, nodes, unread),) = [(one.name, one.nodes, one.unreadable) for one in found.clusters]
    assert (name, nodes, unread) == ("shop", 1, "")


@pytest.mark.parametrize(("kind", "how"), LASTING)
def test_a_place_whose_clusters_cannot_be_listed_is_broken_and_not_empty(
    fleet: Rehearsal, kind: Any, how: dict[str, Any]
) -> None:
    fleet.world.faults.add(kind, "ListClusters", **how)
    found = looked()
    assert found.clusters == ()
    ((name, region, why),) = [(one.account_name, one.region, one.why) for one in found.broken]
    assert (name, region) == ("home", REGION)
    assert why


@pytest.mark.parametrize("operation", ["DescribeCluster", "ListNodegroups", "DescribeNodegroup"])
@pytest.mark.parametrize(("kind", "how"), LASTING)
def test_a_cluster_that_cannot_be_read_is_found_and_says_so(
    fleet: Rehearsal, kind: Any, how: dict[str, Any], operation: str
) -> None:
    fleet.world.faults.add(kind, operation, **how)
    found = looked()
    told = [one.unreadable for one in found.clusters] + [one.why for one in found.broken]
    assert any(told), found


def test_without_the_right_to_ask_what_eks_offers_the_clusters_are_found(fleet: Rehearsal) -> None:
    fleet.world.faults.add("error", "DescribeClusterVersions", **DENIED)
    assert [one.name for one in looked().clusters] == ["shop"]


@pytest.mark.parametrize(("kind", "how"), PASSING)
def test_a_place_that_never_tells_what_eks_offers_is_broken_and_not_empty(
    fleet: Rehearsal, kind: Any, how: dict[str, Any]
) -> None:
    fleet.world.faults.add(kind, "DescribeClusterVersions", **how)
    found = looked()
    assert [one.account_name for one in found.broken] == ["home"]


# --- what was not well before ---------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "how"), LASTING)
def test_a_cluster_that_gives_no_answer_keeps_no_upgrade_from_its_start(
    fleet: Rehearsal, kind: Any, how: dict[str, Any]
) -> None:
    fleet.world.faults.add(kind, "DescribeCluster", **how)
    assert unwell_before(ADDRESS) == {}


# --- the look at the health -----------------------------------------------------------------------


def healthy(seconds: float = 60.0) -> dict[str, Any]:
    """The event of a look; given up after so many seconds."""
    known = Known(version=VERSION, began=time.time(), groups={"workers": VERSION})
    trigger = health_trigger(ADDRESS, SHOP, known, Health(), worse_minutes=0.0, poll_seconds=0.02)
    trigger.deadline = time.time() + seconds
    event: dict[str, Any] = asyncio.run(trigger.ended())
    return event


READ = ["DescribeCluster", "ListNodegroups", "DescribeNodegroup", "ListAddons", "DescribeAddon"]


@pytest.mark.parametrize("operation", READ)
@pytest.mark.parametrize(("kind", "how"), PASSING)
def test_what_passes_makes_no_cluster_unhealthy(
    fleet: Rehearsal, kind: Any, how: dict[str, Any], operation: str
) -> None:
    fleet.world.faults.add(kind, operation, times=5, **how)
    event = healthy()
    assert (event["state"], event["data"].get(PROBLEMS)) == (DONE, [])


@pytest.mark.parametrize("resource", ["nodes", "pods", "deployments"])
def test_a_kubernetes_api_that_breaks_off_makes_no_cluster_unhealthy(
    fleet: Rehearsal, resource: str
) -> None:
    assert fleet.kube_server
    fleet.kube_server.faults.reset(3, aim=Aim(f"list {resource}"))
    assert healthy()["state"] == DONE


@pytest.mark.parametrize("operation", READ)
def test_a_cluster_that_gives_no_answer_is_never_healthy(fleet: Rehearsal, operation: str) -> None:
    fleet.world.faults.add("error", operation, **BROKEN)
    event = healthy(seconds=1.0)
    assert event["state"] == LATE
    assert PROBLEMS not in event["data"]


@pytest.mark.parametrize("operation", READ)
def test_who_may_not_look_is_told_so_at_once(fleet: Rehearsal, operation: str) -> None:
    fleet.world.faults.add("error", operation, **DENIED)
    event = healthy()
    assert event["state"] not in {DONE, LATE}
    assert "AccessDeniedException" in event["detail"]
