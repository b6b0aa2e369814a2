"""A cluster in which the pod of `health` may not be run is not touched, on a rehearsed one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eks_upgrade_airflow.fleet.base import RESULT_KEY
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.operators.upgrade import EksFleetUpgradeOperator

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.eks_upgrade.fleet.plan import Action, ClusterPlan
from include.rehearsal.kube.faults import Aim
from tests.airflow.drain.drain_lab import CLUSTER, EASY, VERSION, DrainLab, drain_lab
from tests.airflow.fleet.fleet_lab import Ended, FleetRun
from tests.airflow.fleet.health_lab import FILE, TITLE, UPGRADE
from tests.permissions.files import ORDINARY, SMOKE_TEST, manifests

REVIEW = "create selfsubjectaccessreviews"
ALWAYS = {"name": "always", "start": "0 0 * * *", "duration_minutes": 10080}

WEBHOOK: dict[str, Any] = {
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": "labels"},
    "webhooks": [
        {
            "name": "labels.acme.example",
            "sideEffects": "Some",
            "failurePolicy": "Ignore",
            "rules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["*"]}
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def lab() -> Iterator[DrainLab]:
    with drain_lab(EASY) as made:
        yield made


@pytest.fixture
def ordinary(lab: DrainLab) -> Iterator[None]:
    """The caller has what every upgrade needs, and no more."""
    lab.kube.grant(manifests(ORDINARY))
    yield
    lab.kube.allow_all()


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "fleet.yaml"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(made))
    return made


def begin(lab: DrainLab, path: Path, pod: dict[str, Any] | None) -> tuple[FleetRun, Ended]:
    """The upgrade of the cluster until it waits or ends."""
    health = {"health": {"pod": pod}} if pod else {}
    path.write_text(json.dumps({**FILE, "windows": [ALWAYS], **health}))
    cluster = FleetCluster(
        arn="arn:aws:eks:eu-west-1:111111111111:cluster/" + CLUSTER,
        name=CLUSTER,
        account="111111111111",
        account_name="payments",
        region=str(lab.address.region),
        version="1.32",
    )
    plan = ClusterPlan(
        arn=cluster.arn, title=TITLE, ring="main", action=Action.RUN, why="", from_version="1.32",
        to_version=VERSION, hops=(VERSION,), wanted=VERSION, final_version=VERSION,
    )  # fmt: skip
    item = RingItem(cluster=cluster, plan=plan, place=0, at_once=1, size=1)
    run = FleetRun()
    task = EksFleetUpgradeOperator(task_id=UPGRADE, ring="main", **item.as_arguments())
    return run, run.execute(task, 0)


@pytest.mark.usefixtures("ordinary")
def test_a_cluster_is_not_touched_where_the_pod_may_not_be_run(lab: DrainLab, path: Path) -> None:
    run, ended = begin(lab, path, {"image": "busybox:1.36", "namespace": "probes"})
    assert (ended.state, run.airflow.started) == ("skipped", [])
    result = run.pulled(UPGRADE, RESULT_KEY, 0)
    assert result["outcome"] == "not tried"
    assert result["why"] == (
        "untouched: rights in the cluster: the caller may not create, get, delete pods in "
        "namespace probes for the pod of `health`; get pods/log in namespace probes for the pod "
        "of `health`. Remedy: `kubectl apply -f include/permissions/kubernetes-smoke-test.yaml`, "
        "by somebody who may give rights; see docs/permissions.md (put that namespace into the "
        "last file first)"
    )


@pytest.mark.usefixtures("ordinary")
def test_the_rights_of_another_namespace_are_none(lab: DrainLab, path: Path) -> None:
    lab.kube.grant(manifests(SMOKE_TEST))
    run, ended = begin(lab, path, {"image": "busybox:1.36", "namespace": "probes"})
    assert (ended.state, run.airflow.started) == ("skipped", [])


@pytest.mark.usefixtures("ordinary")
def test_with_the_rights_of_the_file_it_begins(lab: DrainLab, path: Path) -> None:
    lab.kube.grant(manifests(SMOKE_TEST))
    lab.begun = lab.requests()
    run, ended = begin(lab, path, {"image": "busybox:1.36"})
    assert (ended.state, len(run.airflow.started)) == ("deferred", 1)
    assert lab.done(REVIEW).total() == 4


REFUSED = [
    pytest.param({"namespace": "e2e"}, 'namespaces "e2e" not found', id="no namespace"),
    pytest.param(
        {"service_account_name": "e2e"}, 'serviceaccount "e2e" not found', id="no service account"
    ),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_a_cluster_is_not_touched_where_kubernetes_would_refuse_the_pod(
    lab: DrainLab, path: Path, given: dict[str, str], words: str
) -> None:
    run, ended = begin(lab, path, {"image": "busybox:1.36", **given})
    assert (ended.state, run.airflow.started) == ("skipped", [])
    why = run.pulled(UPGRADE, RESULT_KEY, 0)["why"]
    assert "untouched: the pod of `health` in namespace" in why
    assert words in why
    assert "Remedy: put that right in this cluster, or change `pod`" in why


def test_trying_the_pod_makes_none(lab: DrainLab, path: Path) -> None:
    _, ended = begin(lab, path, {"image": "busybox:1.36"})
    assert ended.state == "deferred"
    with lab.rehearsal.clock.lock:
        pods = lab.rehearsal.world.clusters[CLUSTER].store.list("pods", "default")
    assert "eks-upgrade-trial" not in [pod["metadata"]["name"] for pod in pods]


def test_a_webhook_that_knows_no_dry_run_keeps_no_cluster_from_its_upgrade(
    lab: DrainLab, path: Path
) -> None:
    with lab.rehearsal.clock.lock:
        lab.rehearsal.world.clusters[CLUSTER].apply(WEBHOOK)
    try:
        run, ended = begin(lab, path, {"image": "busybox:1.36"})
    finally:
        with lab.rehearsal.clock.lock:
            lab.rehearsal.world.clusters[CLUSTER].store.remove(
                "validatingwebhookconfigurations", None, WEBHOOK["metadata"]["name"]
            )
    assert (ended.state, len(run.airflow.started)) == ("deferred", 1)


@pytest.mark.usefixtures("ordinary")
def test_without_a_pod_nobody_asks(lab: DrainLab, path: Path) -> None:
    lab.begun = lab.requests()
    run, ended = begin(lab, path, None)
    assert (ended.state, len(run.airflow.started)) == ("deferred", 1)
    assert lab.done(REVIEW).total() == 0


def test_rights_that_cannot_be_asked_for_keep_no_cluster_from_its_upgrade(
    lab: DrainLab, path: Path
) -> None:
    aim = Aim(REVIEW, CLUSTER)
    broken = lab.kube.faults.reset(100, aim=aim)
    try:
        run, ended = begin(lab, path, {"image": "busybox:1.36"})
    finally:
        broken.lift()
    assert (ended.state, len(run.airflow.started)) == ("deferred", 1)
