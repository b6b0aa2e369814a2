"""What a fleet asks of a cluster besides its upgrades needs no right beyond the upgrades' own."""

import asyncio
import logging
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.cluster_health import unwell_before
from eks_upgrade_airflow.fleet.before.locked import who_is_at_work
from eks_upgrade_airflow.fleet.looking import health_trigger
from eks_upgrade_airflow.run.events import DONE

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Health
from include.eks_upgrade.fleet.health.known import Known
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.worker import environment
from tests.permissions.files import ORDINARY, manifests, policy

REGION, VERSION = "eu-west-1", "1.33"
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
def asked() -> Iterator[list[Any]]:
    """All that was asked by the lock's look, by what was not well before, and by the health's."""
    with Rehearsal(speed=600) as rehearsal, pytest.MonkeyPatch.context() as patch:
        plain(rehearsal.world, "shop", VERSION, 1, PlainOptions(addons={"coredns": None}))
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        since = rehearsal.world.journal.last
        run: Any = {"ti": SimpleNamespace(dag_id="eks_fleet", run_id="saturday")}
        assert who_is_at_work(ADDRESS, run, logging.getLogger("fleet")) is None
        unwell_before(ADDRESS)
        known = Known(version=VERSION, began=time.time(), groups={"workers": VERSION})
        trigger = health_trigger(ADDRESS, SHOP, known, Health(), worse_minutes=0.0)
        event = asyncio.run(trigger.ended())
        assert (event["state"], event["detail"]) == (DONE, "home/eu-west-1/shop is healthy")
        yield rehearsal.world.journal.entries(since=since)


def test_aws_is_asked_for_what_the_reading_policy_allows(asked: list[Any]) -> None:
    allowed = {action for each in policy("read") for action in each["Action"]}
    needed = {f"eks:{each.operation}" for each in asked if each.side == "aws"}
    assert needed == {
        "eks:DescribeCluster",
        "eks:ListNodegroups",
        "eks:DescribeNodegroup",
        "eks:ListAddons",
        "eks:DescribeAddon",
    }
    assert needed <= allowed


def test_kubernetes_is_asked_for_what_the_ordinary_role_allows(asked: list[Any]) -> None:
    allowed = {
        f"{verb} {resource}"
        for each in manifests(ORDINARY)
        for rule in each.get("rules", ())
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    needed = {each.operation for each in asked if each.side == "kube"}
    assert {"get leases", "list nodes", "list pods"} <= needed
    assert needed <= allowed


def test_nothing_is_changed(asked: list[Any]) -> None:
    assert [each.operation for each in asked if each.changes] == []
