"""The plan's survey of the pods, by the plan's own operator against the rehearsal."""

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator

from include.eks_upgrade.kube.readings.readers import READERS
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.seeding import Seeder
from include.rehearsal.workloads import (
    App,
    bare_pod,
    daemon,
    deployment,
    job,
    mounting,
    volume,
    with_pod_spec,
)
from tests.airflow.real.outside import World
from tests.airflow.worker import Run, environment, parameters
from tests.permissions.files import ORDINARY, manifests

GROUP = "eks.amazonaws.com/nodegroup"
CHART = {"tier": "airflow", "component": "scheduler"}
REVIEW = "create selfsubjectaccessreviews"
OLD_GROUPS = ("batch", "workers")


def messy(first_node: str) -> list[dict[str, Any]]:
    """Workloads that each make an upgrade hard in a way of their own."""
    scheduler = deployment(App("airflow", "scheduler", 1))
    scheduler[0]["spec"]["template"]["metadata"]["labels"].update(CHART)
    precious = deployment(App("shop", "precious", 1))
    annotations = precious[0]["spec"]["template"]["metadata"]["annotations"]
    annotations["karpenter.sh/do-not-disrupt"] = "true"
    return [
        *deployment(App("shop", "web", 4, {"maxUnavailable": 1})),
        *deployment(App("shop", "cache", 1, empty_dir=True)),
        *deployment(App("shop", "ledger", 1, {"minAvailable": 1})),
        *with_pod_spec(deployment(App("shop", "pinned", 2)), nodeSelector={GROUP: "workers"}),
        *volume("shop", "archive", node=first_node),
        *with_pod_spec(deployment(App("shop", "archive", 1)), volumes=mounting("archive")),
        *with_pod_spec([daemon("gpu", "driver")], nodeSelector={GROUP: "workers"}),
        job("shop", "import", work=1e6, backoffLimit=0),
        bare_pod("ops", "debug-shell"),
        *scheduler,
        *precious,
    ]


ALLOWED = {
    "delete_emptydir_data": True,
    "force_unmanaged_pods": True,
    "may_strand_pods": True,
    "when_never_allowed": "ask",
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Rehearsal(speed=600.0) as rehearsal, pytest.MonkeyPatch.context() as patch:
        options = PlainOptions(groups=OLD_GROUPS, addons={}, ami_type="AL2023_x86_64_STANDARD")
        scene = plain(rehearsal.world, "plain", "1.33", 2, options)
        with rehearsal.clock.lock:
            nodes = rehearsal.world.clusters["plain"].store.list("nodes")
            first = min(n["metadata"]["name"] for n in nodes)
        Seeder(rehearsal.world).apply("plain", messy(first))
        rehearsal.clock.advance(120)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield World(rehearsal, scene)
        assert rehearsal.clock.failures == []


@pytest.fixture
def server(world: World) -> Iterator[Any]:
    """The Kubernetes API server, of which everybody may ask everything afterwards."""
    yield world.rehearsal.kube_server
    world.rehearsal.kube_server.allow_all()


def new_run(world: World, **given: Any) -> Run:
    return Run(parameters(cluster_name="plain", region=world.scene.region, **given))


def planned(world: World, **given: Any) -> dict[str, Any]:
    run = new_run(world, **given)
    plan: dict[str, Any] = run.do("plan", EksPlanUpgradeOperator, options=run.params)
    return plan


def refusal(world: World, **given: Any) -> str:
    run = new_run(world, **given)
    with pytest.raises(AirflowFailException) as raised:
        run.do("plan", EksPlanUpgradeOperator, options=run.params)
    return str(raised.value)


def test_whatever_would_stop_a_later_task_is_in_the_one_refusal_and_nothing_is_touched(
    world: World,
) -> None:
    before = world.fingerprint()
    told = refusal(world, ready_percent=0)
    for word in (
        "shop/cache-", "delete_emptydir_data",
        "ops/debug-shell", "force_unmanaged_pods",
        "budget shop/ledger", "minAvailable 1", "set when_never_allowed to ask",
        "2 pods of Deployment shop/pinned", f"{GROUP}=workers", "workers-k134",
        "Deployment pod shop/archive-", "a volume (local)", "may_strand_pods",
        "ready_percent",
    ):  # fmt: skip
        assert word in told, word
    assert ": 6 problems\n" in told
    assert "ignore_daemonsets" not in told
    assert world.fingerprint() == before


def test_all_groups_are_surveyed_and_only_those_that_are_replaced(world: World) -> None:
    # On the other group's nodes there is nothing that stands in the way of this one.
    told = refusal(world, ignore_daemonsets=False)
    assert "DaemonSet pods of" in told or "pods of DaemonSet" in told
    alone = refusal(world, node_groups=["workers"])
    assert "shop/pinned" in alone
    assert "node group batch" not in alone


def test_a_refused_target_hides_no_pod(world: World) -> None:
    told = refusal(world, target_version="1.99")
    assert "does not offer 1.37" in told
    assert "budget shop/ledger" in told


def test_what_is_allowed_is_a_warning_and_what_is_good_to_know_is_one(world: World) -> None:
    plan = planned(world, **ALLOWED)
    told = "\n".join(plan["warnings"])
    for word in (
        "AIRFLOW ITSELF RUNS ON NODES THAT ARE REPLACED",
        "1 scheduler",
        "budget shop/ledger can never allow an eviction of Deployment pod shop/ledger-",
        "the drain asks a person about them",
        "2 pods of Deployment shop/pinned will find no node (may_strand_pods allows it)",
        "DaemonSet gpu/driver runs on 2 old nodes and will not run on those that replace them",
        "1 Job runs on node group",
        "an eviction would fail Job shop/import",
        "shop/precious-",
        "karpenter.sh/do-not-disrupt: true",
    ):
        assert word in told, word
    assert any(line.startswith("pods on ") for line in plan["summary"])


def test_what_it_takes_is_foretold_from_the_pods_and_the_price_lists(world: World) -> None:
    plan = planned(world, **ALLOWED)
    told = "\n".join(line for line in plan["summary"] if line.startswith("prediction: "))
    assert "a person is asked about budget shop/ledger: 1 pod" in told
    assert "its drain of" in told
    assert "prices of nodes: AWS's price list (on demand, Linux)" in told
    found = plan["prediction"]
    assert found["surge_dollars"] > 0
    assert all(group["drain"]["probable"] >= group["drain"]["best"] for group in found["groups"])


def test_the_pod_of_this_very_task_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    own = next(
        pod["metadata"]["name"]
        for pod in world.objects("pods")
        if pod["metadata"]["name"].startswith("web-")
    )
    monkeypatch.setenv("HOSTNAME", own)
    assert "this very task" not in str(planned(world, **ALLOWED)["warnings"])
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.100.0.1")
    assert f"this very task runs in pod shop/{own}" in str(planned(world, **ALLOWED)["warnings"])


def test_a_right_that_only_the_survey_needs_is_no_obstacle_when_it_is_missing(
    world: World, server: Any
) -> None:
    server.forbid("list", "jobs")
    warnings = "\n".join(planned(world, **ALLOWED)["warnings"])
    assert "what an eviction means to Jobs could not be surveyed" in warnings
    assert "list jobs" in warnings
    assert "docs/permissions.md" in warnings


NEEDED = ["pods", "poddisruptionbudgets", "daemonsets", "deployments", "statefulsets"]


@pytest.mark.parametrize("resource", NEEDED)
def test_a_right_that_the_drain_needs_too_refuses_the_plan_with_all_other_problems(
    world: World, server: Any, resource: str
) -> None:
    server.forbid("list", resource)
    told = refusal(world, ready_percent=0, **ALLOWED)
    assert f"list {resource}" in told
    assert "ready_percent" in told


def test_the_role_of_the_documentation_is_enough(world: World, server: Any) -> None:
    server.grant(manifests(ORDINARY))
    assert "could not be surveyed" not in str(planned(world, **ALLOWED)["warnings"])


def test_without_a_group_to_replace_no_pod_is_read(world: World) -> None:
    journal = world.rehearsal.world.journal
    before = journal.last
    refusal(world, node_groups=["nobody"])
    asked = {entry.operation for entry in journal.entries(since=before) if entry.side == "kube"}
    of_checks = {right for one in READERS for right in one.rights}
    assert "list nodes" in asked
    assert asked <= of_checks
    assert "list pods" not in asked


def test_it_is_read_with_a_few_lists_and_changes_nothing(world: World) -> None:
    journal = world.rehearsal.world.journal
    before = journal.last
    planned(world, **ALLOWED)
    entries = [each for each in journal.entries(since=before) if each.side == "kube"]
    assert not any(entry.changes for entry in entries)
    asked = [each.operation for each in entries if each.operation != REVIEW]
    survey = ("nodes", "nodes", "daemonsets", *NEEDED, "jobs", "persistentvolumes")
    # Nobody is behind a webhook here, so nobody asks for endpoints.
    checks = [right for one in READERS for right in one.rights if right != "list endpointslices"]
    assert sorted(asked) == sorted([*(f"list {each}" for each in survey), *checks])
