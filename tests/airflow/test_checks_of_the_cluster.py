"""The checks of the preflight that ask the cluster, on tidy clusters.

On a troubled one: tests/eks_upgrade/preflight/test_troubled.py.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress

from include.eks_upgrade.aws.reading import read_cluster_facts
from include.eks_upgrade.common.reading import Readings
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.pod_facts.model import PodFacts
from include.eks_upgrade.kube.pod_facts.read import read_pod_facts
from include.eks_upgrade.kube.readings.readers import READERS
from include.eks_upgrade.planning.preflight.check import Check, Outcome, judge_all
from include.eks_upgrade.planning.preflight.kubernetes import checks
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.request import UpgradeRequest
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import Scene, plain, runbook
from tests.airflow.worker import environment

SURVEYS = {
    "pods_read",
    "airflow_pods",
    "pods_that_stay",
    "budgets",
    "stranded_pods",
    "workloads_away",
    "running_jobs",
    "protected_pods",
    "cluster_rights",
    "smoke_test_pod",
}
"""The checks that are rules of the survey, which has tests of its own."""

CHECKS: tuple[Check, ...] = tuple(one for one in checks.CHECKS if one.name not in SURVEYS)
Build = Callable[[Any], Scene]


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    with Rehearsal() as made:
        for name, value in environment(made).items():
            monkeypatch.setenv(name, value)
        yield made
        assert made.clock.failures == []


async def read(access: ClusterAccess, groups: tuple[str, ...]) -> tuple[PodFacts, Readings]:
    async with KubeClient(access) as client:
        pods = await read_pod_facts(client, groups)
        return pods, Readings({one.name: await ask(client) for one, ask in READERS.items()})


def outcomes(scene: Scene, **drain: Any) -> tuple[Outcome, ...]:
    address = ClusterAddress(scene.cluster, aws_conn_id=None, region=scene.region)
    facts = read_cluster_facts(address.clients(), scene.cluster)
    pods, readings = asyncio.run(read(address.access(dict(facts.cluster)), scene.node_groups))
    request = UpgradeRequest(cluster=scene.cluster, drain=replace(DEFAULTS, **drain))
    seen = Seen(
        request=request, target=facts.present.next(), facts=facts, pods=pods, readings=readings
    )
    return judge_all(CHECKS, seen).all


@pytest.mark.parametrize("build", [runbook, plain], ids=lambda build: str(build.__name__))
def test_a_tidy_cluster_has_nothing_in_the_way_and_all_is_known(
    rehearsal: Rehearsal, build: Build
) -> None:
    found = outcomes(build(rehearsal.world))
    assert {one.check.name for one in found} == {one.name for one in CHECKS}
    assert [one for one in found if one.findings or one.unknown] == []
