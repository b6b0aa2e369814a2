"""The first baseline holds: over a cleared fence, a new run, an Airflow without its database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, cron_tick, database, deployment, gated_pod
from tests.airflow.upgrade import QUICK, Upgrade
from tests.airflow.worker import Run, environment, parameters

GREEN = "eks.amazonaws.com/nodegroup=workers-k134"
DRAIN = {"delete_emptydir_data": True, "force_unmanaged_pods": True, "running_jobs": "evict"}


class Lab:
    """One cluster, and as many Airflows as it takes."""

    def __init__(self, rehearsal: Rehearsal, folder: Path) -> None:
        self.rehearsal, self.folder, self.runs = rehearsal, folder, 0
        manifests = (
            *deployment(App("shop", "web", 2)),
            database("shop", "db", crashes_on=GREEN),
            gated_pod("ml", "train"),
            cron_tick("shop", "report", 28571233, work=10**7),
            cron_tick("shop", "report", 28571234, {"disk": "none"}),
        )
        options = PlainOptions(addons={}, manifests=manifests)
        self.scene = plain(rehearsal.world, "shop", "1.33", 2, options)

    def new_run(self, **limits: float) -> Upgrade:
        """A run of an Airflow that knows nothing of those before it."""
        self.runs += 1
        asked = {"region": self.scene.region, "target_version": "1.34", **DRAIN}
        run = Run(parameters(cluster_name="shop", **asked), run_id=f"manual__{self.runs}")
        run.states = {f"manual__{number}": "failed" for number in range(self.runs)}
        return Upgrade(run, self.folder, {**QUICK, **limits})

    def leases(self) -> list[str]:
        return sorted(each["metadata"]["name"] for each in self.objects("leases"))

    def objects(self, plural: str) -> list[Any]:
        with self.rehearsal.clock.lock:
            return self.rehearsal.world.clusters["shop"].store.list(plural)

    def repair(self) -> None:
        """The database runs on new nodes, too."""
        with self.rehearsal.clock.lock:
            kube = self.rehearsal.world.clusters["shop"]
            kube.store.change(
                "pods",
                "shop",
                "db-1",
                lambda pod: pod["metadata"]["annotations"].pop("rehearsal/crash-loop"),
            )
            kube.delete("pods", "shop", "db-1", {"gracePeriodSeconds": 0})
        self.rehearsal.clock.advance(60)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with Rehearsal(speed=600.0) as rehearsal:
        for name, value in environment(rehearsal).items():
            monkeypatch.setenv(name, value)
        yield Lab(rehearsal, tmp_path)
        assert rehearsal.clock.failures == []


def test_damage_of_an_earlier_try_is_never_taken_for_before(lab: Lab) -> None:
    first = lab.new_run()
    first.plan()
    first.lock()
    first.control_plane()
    first.new_group()
    first.fence()
    written = lab.leases()
    assert [name.rpartition("-")[0] for name in written] == ["eks", "eks-upgrade-baseline"]
    first.drain()
    first.fence()  # cleared, when the damage is there already

    second = lab.new_run(limit_minutes=0.1)
    second.plan()
    second.lock()
    second.new_group()
    second.fence()
    second.drain()
    assert lab.leases() == written
    with pytest.raises(AirflowFailException) as raised:
        second.verify()
    told = str(raised.value)
    assert "Cluster.postgresql.cnpg.io shop/db has 0 of 1 Ready pods" in told
    assert "pod shop/db-1 (CrashLoopBackOff: back-off), since " in told
    assert "If it is meant to be as it is, mark this task as success" in told
    assert "Deployment shop/web" not in told

    lab.repair()
    second.limits = QUICK
    second.verify()
    assert (
        "the 3 workloads that had pods there are as well"
        in second.run.done["verify_workloads"]["text"]
    )
    second.delete()
    assert second.await_deletion() == "gone"
    assert lab.leases() == written  # until the group is gone
    second.confirm_gone()
    second.verify_cluster()
    second.unlock()
    assert lab.leases() == []


def test_a_group_that_is_gone_has_nothing_left_to_verify(lab: Lab) -> None:
    run = lab.new_run()
    run.plan()
    eks = lab.rehearsal.session().client(
        "eks", endpoint_url=lab.rehearsal.environment["AWS_ENDPOINT_URL"]
    )
    eks.delete_nodegroup(clusterName="shop", nodegroupName="workers")
    lab.rehearsal.clock.advance(3600)
    run.verify()
    assert "is gone" in run.run.done["verify_workloads"]["text"]
