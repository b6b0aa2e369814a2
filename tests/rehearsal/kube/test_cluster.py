"""The cluster as its callers see it: nodes, add-ons, what EKS does, speed and determinism."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.kube.objects.nodes import Size, size_of
from tests.rehearsal.kube.cluster_lab import (
    ClusterLab,
    budget,
    deployment,
    lab,
    pod,
    recorded,
    requests,
    workload,
)


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param("m5.large", Size(2, 8192, 29, "amd64"), id="m5.large"),
        pytest.param("t3.medium", Size(2, 4096, 17, "amd64"), id="t3.medium"),
        pytest.param("c6g.2xlarge", Size(8, 16384, 58, "arm64"), id="Graviton"),
        pytest.param("r7i.xlarge", Size(4, 32768, 58, "amd64"), id="much memory"),
        pytest.param("odd", Size(4, 16384, 58, "amd64"), id="nobody knows it"),
    ],
)
def test_the_name_of_an_instance_type_tells_its_size(name: str, size: Size) -> None:
    assert size_of(name) == size


def test_a_cluster_is_born_with_its_namespaces(lab: ClusterLab) -> None:
    names = [space["metadata"]["name"] for space in lab.store.list("namespaces")]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system"]


def test_a_node_is_complete_and_becomes_ready(lab: ClusterLab) -> None:
    lab.node("ip-10-0-1-7.ec2.internal", group="green", ready_after=40)

    def is_ready() -> str:
        node = lab.store.get("nodes", None, "ip-10-0-1-7.ec2.internal")
        found = {c["type"]: c["status"] for c in node["status"]["conditions"]}
        return str(found["Ready"])

    assert is_ready() == "False"
    lab.clock.advance(39)
    assert is_ready() == "False"
    lab.clock.advance(1)
    assert is_ready() == "True"
    node = lab.store.get("nodes", None, "ip-10-0-1-7.ec2.internal")
    real = recorded("cordon")[0]["response"]["body"]
    assert node["status"]["nodeInfo"].keys() >= real["status"]["nodeInfo"].keys()
    assert node["status"]["addresses"][0]["address"] == "10.0.1.7"
    assert node["spec"] == {"providerID": "aws:///eu-central-1a/i-ip-10-0-1-7.ec2.internal"}
    assert node["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] == "green"
    assert node["metadata"]["labels"]["topology.kubernetes.io/zone"] == "eu-central-1a"


def test_the_taint_of_a_cordon_comes_and_goes_with_it(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cordon("a")
    real = recorded("cordon")[2]["response"]["body"]["spec"]["taints"][0]
    taint = lab.store.get("nodes", None, "a")["spec"]["taints"][0]
    assert {**taint, "timeAdded": ""} == {**real, "timeAdded": ""}
    lab.cordon("a", on=False)
    assert "taints" not in lab.store.get("nodes", None, "a")["spec"]


def test_an_addon_update_rolls_its_workload(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(workload("DaemonSet", "aws-node", namespace="kube-system"))
    lab.cluster.apply(deployment("coredns", 2, namespace="kube-system"))
    lab.settle()
    lab.cluster.set_image("DaemonSet", "kube-system", "aws-node", "cni:v2")
    lab.cluster.set_image("Deployment", "kube-system", "coredns", "dns:v2")
    lab.settle()
    images = {p["spec"]["containers"][0]["image"] for p in lab.store.list("pods", "kube-system")}
    assert images == {"cni:v2", "dns:v2"}


def test_evict_all_takes_what_budgets_allow_and_says_what_is_left(lab: ClusterLab) -> None:
    lab.node("blue")
    lab.cluster.apply(deployment("free", 2))
    lab.cluster.apply(deployment("held", 2))
    lab.cluster.apply(budget("held", "held", maxUnavailable=0))
    lab.cluster.apply(workload("DaemonSet", "agent"))
    lab.settle()
    lab.cordon("blue")
    lab.node("green")
    assert lab.cluster.evict_all("blue") == 4
    lab.settle()
    assert lab.cluster.evict_all("blue") == 2
    assert {p["metadata"]["labels"]["app"] for p in lab.cluster.pods_on("blue")} == {
        "held",
        "agent",
    }
    lab.cluster.force_remove_pods("blue")
    assert lab.cluster.pods_on("blue") == []
    lab.settle()
    assert lab.places("held") == ["green", "green"]
    assert lab.places("agent") == ["blue", "green"]


def test_a_removed_node_takes_its_pods_and_controllers_replace_them(lab: ClusterLab) -> None:
    lab.node("a")
    lab.node("b")
    lab.cluster.apply(deployment("web", 4))
    lab.cluster.apply(pod("lone", nodeSelector={"kubernetes.io/hostname": "a"}))
    lab.settle()
    lab.cluster.remove_node("a")
    lab.cluster.remove_node("a")
    lab.settle()
    assert lab.places("web") == ["b", "b", "b", "b"]
    assert lab.places("lone") == []


def test_applying_twice_replaces_and_keeps_the_status(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2))
    lab.settle()
    before = lab.store.get("deployments", "default", "web")
    assert lab.cluster.apply(deployment("web", 2)) == before


def test_pods_of_a_job_end_and_are_left_alone(lab: ClusterLab) -> None:
    lab.node("a")
    job = {"kind": "Job", "metadata": {"name": "load"}, "spec": {"parallelism": 0}}
    uid = lab.cluster.apply(job)["metadata"]["uid"]
    made = pod("load-1", notes={"rehearsal/succeed-after": "3"})
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "load", "uid": uid}
    made["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    lab.cluster.apply(made)
    lab.settle()
    assert lab.store.get("pods", "default", "load-1")["status"]["phase"] == "Succeeded"


def roll_a_group() -> str:
    """Blue to green under budgets; the final state as text."""
    made = ClusterLab()
    for number in range(3):
        made.node(f"blue-{number}", zone="eu-central-1" + "abc"[number])
    for number in range(4):
        made.cluster.apply(deployment(f"d{number}", 5, spec={"containers": requests("100m")}))
        made.cluster.apply(budget(f"d{number}", f"d{number}", maxUnavailable=1))
    made.cluster.apply(workload("StatefulSet", "db", replicas=3))
    made.settle()
    for number in range(3):
        made.node(f"green-{number}", group="green", ready_after=20)
        made.cordon(f"blue-{number}")
    made.clock.advance(30)
    for _ in range(40):
        for number in range(3):
            made.cluster.evict_all(f"blue-{number}")
        made.clock.advance(3)
    made.settle()
    assert all(made.cluster.pods_on(f"blue-{number}") == [] for number in range(3))
    state: list[Any] = [made.store.list(plural) for plural in ("nodes", "pods", "replicasets")]
    return json.dumps(state, sort_keys=True)


def test_the_same_scenario_ends_in_the_same_state() -> None:
    assert roll_a_group() == roll_a_group()


def test_a_large_cluster_is_built_and_drained_quickly(lab: ClusterLab) -> None:
    began = time.process_time()
    for number in range(100):
        lab.node(f"n{number:03}", instance_type="m5.2xlarge")
    for number in range(100):
        lab.cluster.apply(deployment(f"d{number}", 30))
        lab.cluster.apply(budget(f"d{number}", f"d{number}", maxUnavailable=1))
    lab.settle()
    assert time.process_time() - began < 20  # of the processor's time; usually 2 s
    assert len(lab.store.list("pods")) == 3000
    began = time.process_time()
    for number in range(100):
        lab.evict(lab.cluster.pods_on(f"n{number:03}")[0]["metadata"]["name"])
        lab.settle()
    assert (time.process_time() - began) / 100 < 0.1  # usually a few milliseconds
