"""The clusters to practise on."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, Scene, plain, runbook


@pytest.fixture
def built() -> Iterator[tuple[Rehearsal, Scene]]:
    with Rehearsal() as rehearsal:
        scene = runbook(rehearsal.world)
        assert rehearsal.clock.failures == []
        yield rehearsal, scene


def client(rehearsal: Rehearsal, service: str) -> Any:
    url = rehearsal.environment["AWS_ENDPOINT_URL"]
    return rehearsal.session().client(service, endpoint_url=url)


def pods(rehearsal: Rehearsal, cluster: str) -> list[dict[str, Any]]:
    with rehearsal.clock.lock:
        return rehearsal.world.clusters[cluster].store.list("pods")


def test_the_runbook_cluster_runs_what_the_runbook_says(built: tuple[Rehearsal, Scene]) -> None:
    rehearsal, scene = built
    found = pods(rehearsal, scene.cluster)
    assert {pod["status"]["phase"] for pod in found} == {"Running"}
    assert all(
        any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"]["conditions"])
        for pod in found
    )
    apps = Counter(
        (pod["metadata"]["namespace"], pod["metadata"]["labels"].get("app")) for pod in found
    )
    assert apps["shop", "web"] == 4
    assert apps["shop", "api"] == 3
    assert apps["shop", "checkout"] == 2
    assert apps["shop", "cache"] == 1
    assert apps["ops", "debug-shell"] == 1
    assert apps["logging", "log-agent"] == 3
    with rehearsal.clock.lock:
        budgets = rehearsal.world.clusters["demo"].store.list("poddisruptionbudgets")
    allowed = {b["metadata"]["name"]: b["status"]["disruptionsAllowed"] for b in budgets}
    assert allowed == {"web": 1, "api": 1, "checkout": 1, "coredns": 1}


def test_the_runbook_cluster_is_behind_and_its_group_is_custom_and_protected(
    built: tuple[Rehearsal, Scene],
) -> None:
    rehearsal, scene = built
    eks, autoscaling = client(rehearsal, "eks"), client(rehearsal, "autoscaling")
    for addon in eks.list_addons(clusterName="demo")["addons"]:
        raw = eks.describe_addon(clusterName="demo", addonName=addon)["addon"]
        offered = eks.describe_addon_versions(addonName=addon, kubernetesVersion="1.25")
        versions = [v["addonVersion"] for v in offered["addons"][0]["addonVersions"]]
        assert raw["status"] == "ACTIVE"
        assert versions.index(raw["addonVersion"]) > 0, addon
    group = eks.describe_nodegroup(clusterName="demo", nodegroupName="workers")["nodegroup"]
    assert (group["amiType"], group["status"]) == ("CUSTOM", "ACTIVE")
    asg = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[scene.asgs["workers"]])[
        "AutoScalingGroups"
    ][0]
    assert asg["NewInstancesProtectedFromScaleIn"]
    assert [i["ProtectedFromScaleIn"] for i in asg["Instances"]] == [True] * 3
    eks.close()
    autoscaling.close()


def test_the_first_deletion_of_the_old_group_fails_on_its_protection(
    built: tuple[Rehearsal, Scene],
) -> None:
    rehearsal, _ = built
    eks = client(rehearsal, "eks")
    eks.delete_nodegroup(clusterName="demo", nodegroupName="workers")
    rehearsal.clock.advance(930)
    group = eks.describe_nodegroup(clusterName="demo", nodegroupName="workers")["nodegroup"]
    assert group["status"] == "DELETE_FAILED"
    eks.close()


def test_several_clusters_with_several_groups_stand_side_by_side() -> None:
    with Rehearsal() as rehearsal:
        one = plain(rehearsal.world, "one", "1.30", 1)
        two = plain(rehearsal.world, "two", "1.33", 1, PlainOptions(groups=("a", "b")))
        assert (one.node_groups, two.node_groups) == (("workers",), ("a", "b"))
        with rehearsal.clock.lock:
            counts = {n: len(c.store.list("nodes")) for n, c in rehearsal.world.clusters.items()}
    assert counts == {"one": 1, "two": 2}
