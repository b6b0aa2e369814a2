"""A control plane that goes back one minor, by the operators of the DAG `eks_rollback`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.ui.rollback_params import rollback_params

from include.rehearsal.aws import interference
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import Scene, plain
from tests.airflow.rollback.back import Back
from tests.airflow.worker import Run, environment


class Lab:
    """A cluster that has been upgraded, nodes left behind, and a run of the DAG for it."""

    def __init__(self, rehearsal: Rehearsal, scene: Scene) -> None:
        self.rehearsal, self.scene = rehearsal, scene
        url = rehearsal.environment["AWS_ENDPOINT_URL"]
        self.eks: Any = rehearsal.session().client(
            "eks", region_name=scene.region, endpoint_url=url
        )
        self.name = scene.cluster

    def upgrade(self, version: str = "1.26") -> None:
        """Take the control plane forward and wait for it."""
        self.eks.update_cluster_version(name=self.name, version=version)
        self.eks.get_waiter("cluster_active").wait(
            name=self.name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 100}
        )

    def version(self) -> str:
        return str(self.eks.describe_cluster(name=self.name)["cluster"]["version"])

    def addon(self, name: str) -> str:
        return str(
            self.eks.describe_addon(clusterName=self.name, addonName=name)["addon"]["addonVersion"]
        )

    def begin_rollback(self) -> None:
        """Somebody takes it back, for longer than any test takes."""
        world = self.rehearsal.world
        world.timings = replace(world.timings, control_plane=1e6, auto_mode_nodes=1e6)
        self.eks.update_cluster_version(name=self.name, version="1.25")

    def run(self, **given: Any) -> Back:
        form = {name: param.value for name, param in rollback_params().items()}
        given = {"cluster_name": self.name, "region": self.scene.region, **given}
        return Back(Run(form | given))


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with Rehearsal(speed=600) as rehearsal:
        scene = plain(rehearsal.world, version="1.25")
        for name, value in environment(rehearsal).items():
            monkeypatch.setenv(name, value)
        yield Lab(rehearsal, scene)


def refused(back: Back) -> str:
    with pytest.raises(AirflowFailException) as raised:
        back.plan()
    return str(raised.value)


def test_an_upgraded_control_plane_goes_back_and_is_seen_there(lab: Lab) -> None:
    lab.upgrade()
    back = lab.run()
    back.go()
    assert lab.version() == "1.25"
    assert back.run.done["verify_cluster"]["text"].startswith("control plane, add-ons and node")
    newest = lab.eks.list_updates(name=lab.name)["updateIds"]
    kinds = [
        lab.eks.describe_update(name=lab.name, updateId=one)["update"]["type"] for one in newest
    ]
    assert "VersionRollback" in kinds


def test_an_add_on_that_the_older_version_does_not_take_goes_back_before(lab: Lab) -> None:
    old = lab.addon("kube-proxy")
    lab.upgrade()
    newest = lab.eks.describe_addon_versions(addonName="kube-proxy", kubernetesVersion="1.26")
    versions = [one["addonVersion"] for one in newest["addons"][0]["addonVersions"]]
    ahead = next(one for one in versions if one.startswith("v1.26"))
    lab.eks.update_addon(clusterName=lab.name, addonName="kube-proxy", addonVersion=ahead)
    lab.eks.get_waiter("addon_active").wait(
        clusterName=lab.name,
        addonName="kube-proxy",
        WaiterConfig={"Delay": 0.2, "MaxAttempts": 100},
    )
    back = lab.run()
    back.go()
    assert lab.addon("kube-proxy").startswith("v1.25"), old
    assert list(back.run.done).index("kube-proxy") < list(back.run.done).index("start_update")
    assert lab.version() == "1.25"


def test_the_whole_run_again_finds_nothing_to_do(lab: Lab) -> None:
    lab.upgrade()
    lab.run().go()
    again = lab.run(target_version="1.25")
    assert again.plan().nothing_to_do
    since = lab.rehearsal.world.journal.last
    again.go()
    assert not lab.rehearsal.world.journal.entries(operation="UpdateClusterVersion", since=since)


def test_a_rollback_that_runs_already_is_adopted(lab: Lab) -> None:
    lab.upgrade()
    lab.begin_rollback()
    back, since = lab.run(), lab.rehearsal.world.journal.last
    assert "runs already and is waited for" in back.plan().summary[0]
    back.start()
    assert "adopted" in back.run.done["start_update"]["text"]
    assert not lab.rehearsal.world.journal.entries(operation="UpdateClusterVersion", since=since)


def test_a_cluster_that_was_never_upgraded_is_refused_and_nothing_is_touched(lab: Lab) -> None:
    told = refused(lab.run())
    assert "EKS lists no upgrade that brought it to 1.25" in told
    assert lab.version() == "1.25"


def test_every_problem_is_told_at_once(lab: Lab) -> None:
    told = refused(lab.run(target_version="1.23"))
    assert "EKS goes back by one minor only, and the cluster is at 1.25" in told
    assert "EKS lists no upgrade that brought it to 1.25" in told
    assert "node group 'workers': it is at 1.25, newer than 1.23" in told


def test_auto_mode_times_that_eks_does_not_take_are_refused(lab: Lab) -> None:
    lab.upgrade()
    assert "EKS takes 120 to 10080 minutes" in refused(lab.run(auto_mode_minutes=60))


def test_a_rollback_of_auto_mode_is_cancelled_while_its_nodes_go_back(lab: Lab) -> None:
    interference.set_auto_mode(lab.rehearsal.world, lab.name, enabled=True)
    lab.upgrade()
    lab.begin_rollback()
    back = lab.run(cancel=True)
    back.go()
    assert "is cancelled: the version stays" in back.run.done["await_update"]["text"]
    assert lab.version() == "1.26"


def test_without_auto_mode_a_cancelling_is_refused_before_eks_is_asked(lab: Lab) -> None:
    lab.upgrade()
    lab.begin_rollback()
    told = refused(lab.run(cancel=True))
    assert "only while it replaces nodes of Auto Mode" in told


def test_where_nothing_runs_there_is_nothing_to_cancel(lab: Lab) -> None:
    lab.upgrade()
    back = lab.run(cancel=True)
    assert back.plan().nothing_to_do
    back.go()
    assert lab.version() == "1.26"
