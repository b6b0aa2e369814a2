"""Readings about nodes and the cluster's own parts, against the rehearsal's API server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from include.eks_upgrade.common.errors import Refused, UnexpectedResponse
from include.eks_upgrade.kube.readings.components import COMPONENTS
from include.eks_upgrade.kube.readings.nodes.node_pools import (
    NODE_POOLS,
    Images,
    NodePool,
    NodePools,
)
from include.eks_upgrade.kube.readings.nodes.node_systems import NODE_SYSTEMS
from include.eks_upgrade.kube.readings.proxy_mode import PROXY_MODE
from include.eks_upgrade.kube.readings.readers import READERS
from include.rehearsal.kube.faults import Aim, Fault, Refuse
from include.rehearsal.kube.http.calls import Answer
from include.rehearsal.kube.objects.errors import ApiError
from tests.eks_upgrade.kube.readings.test_asking import Stage

OURS = (NODE_SYSTEMS, COMPONENTS, NODE_POOLS, PROXY_MODE)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    made.server.start()
    yield made
    made.server.stop()


def workload(kind: str, name: str, image: str) -> dict[str, Any]:
    spec = {"containers": [{"name": name, "image": image, "args": ["--nodes=1:2:asg"]}]}
    template = {"metadata": {"labels": {"app": name}}, "spec": spec}
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template},
    }


async def read(stage: Stage) -> dict[str, Any]:
    async with stage.client() as client:
        return {one.name: await READERS[one](client) for one in OURS}


async def test_what_is_there_is_read(stage: Stage) -> None:
    info = {"osImage": "Amazon Linux 2", "containerRuntimeVersion": "containerd://1.7.1"}
    pool = {"template": {"spec": {"nodeClassRef": {"kind": "EC2NodeClass", "name": "own"}}}}
    for manifest in (
        {"kind": "Node", "metadata": {"name": "a"}, "spec": {}, "status": {"nodeInfo": info}},
        workload("Deployment", "scaler", "acme.example/autoscaling/cluster-autoscaler:v1.30.1"),
        workload("DaemonSet", "aws-node", "x/amazon-k8s-cni:v1.19.0"),
        workload("Deployment", "web", "x/web:1"),
        {
            "kind": "ConfigMap",
            "metadata": {"name": "kube-proxy-config", "namespace": "kube-system"},
            "data": {"config": "mode: ipvs\n"},
        },
        {"kind": "NodePool", "metadata": {"name": "default"}, "spec": pool},
        {
            "kind": "EC2NodeClass",
            "metadata": {"name": "own"},
            "spec": {"amiSelectorTerms": [{"id": "ami-1"}]},
        },
    ):
        stage.cluster.apply(dict(manifest))
    found = await read(stage)
    (node,) = found["node_systems"]
    assert (node.name, node.with_cgroup_v1, node.containerd_1) == ("a", True, True)
    assert [(one.part, one.version, one.arguments) for one in found["components"]] == [
        ("vpc-cni", "v1.19.0", ("--nodes=1:2:asg",)),
        ("cluster-autoscaler", "v1.30.1", ("--nodes=1:2:asg",)),
    ]
    assert found["proxy_mode"].mode == "ipvs"
    images = Images(follows=False, pinned=("id ami-1",), fixed=True)
    assert found["node_pools"] == NodePools(
        (NodePool("default", ("EC2NodeClass", "own")),), {"own": images}
    )


async def test_an_empty_cluster_has_nothing(stage: Stage) -> None:
    found = await read(stage)
    assert found["node_systems"] == found["components"] == ()
    assert found["proxy_mode"].mode == ""
    assert found["node_pools"] == NodePools()


@pytest.mark.parametrize("plural", ["nodepools", "ec2nodeclasses"])
async def test_a_cluster_that_does_not_know_karpenters_kinds_has_no_pools(
    stage: Stage, plural: str
) -> None:
    not_served(stage, plural)
    assert (await read(stage))["node_pools"] == NodePools()


async def test_a_kind_that_every_cluster_has_is_missed(stage: Stage) -> None:
    not_served(stage, "nodes")
    with pytest.raises(UnexpectedResponse):
        await read(stage)


def not_served(stage: Stage, plural: str) -> None:
    """The answer of an API server that has no such kind."""
    words = "the server could not find the requested resource"
    absent = Refuse(Answer(404, ApiError(404, "NotFound", words, {}).body()), "not served")
    stage.server.faults.add(Fault(Aim(f"list {plural}"), absent, None))


@pytest.mark.parametrize(
    ("verb", "resource", "reading"),
    [
        ("list", "nodes", NODE_SYSTEMS),
        ("list", "daemonsets", COMPONENTS),
        ("list", "nodepools", NODE_POOLS),
        ("get", "configmaps", PROXY_MODE),
    ],
    ids=lambda one: getattr(one, "name", one),
)
async def test_without_the_right_it_says_which_one_is_missing(
    stage: Stage, verb: str, resource: str, reading: Any
) -> None:
    assert f"{verb} {resource}" in reading.rights
    stage.server.forbid(verb, resource)
    async with stage.client() as client:
        with pytest.raises(Refused) as error:
            await READERS[reading](client)
    assert f"{verb} {resource}" in str(error.value)
