"""Amazon Linux 2, cgroup v1 and containerd 1.x, on new nodes and on those that stay."""

from dataclasses import replace

import pytest

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.reading import NotRead
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.readings.nodes.node_systems import NODE_SYSTEMS, NodeSystem
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.preflight.nodes.systems import (
    amazon_linux_2,
    cgroup_v1,
    container_runtime,
)
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, request, seen

GROUP = "eks.amazonaws.com/nodegroup"
COMPUTE = "eks.amazonaws.com/compute-type"
CHECKS = (amazon_linux_2.CHECK, cgroup_v1.CHECK, container_runtime.CHECK)
AL2023, AL2 = "Amazon Linux 2023.6.20250115", "Amazon Linux 2"
OLD = "containerd://1.7.27"


def node(name="ip-9", os_image=AL2023, runtime="containerd://2.1.4", labels=None, **more):
    kubelet = more.pop("kubelet", "v1.34.1-eks-abc")
    return NodeSystem(
        name, labels or {}, os_image=os_image, runtime=runtime, kubelet=kubelet, **more
    )


def with_nodes(*nodes, target="1.36", **more):
    present = str(Minor.parse(target).previous())
    return seen(target, present=present, readings={NODE_SYSTEMS.name: nodes}, **more)


def image(name="acme-node-7", family="al2023"):
    return Image("ami-2", name, "x86_64", family, "1.36", "asked for")


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.name)
def test_new_systems_are_silent(check):
    mine = node("ip-1", labels={GROUP: "workers"})
    assert found(check, with_nodes(mine, node(), node("ip-8", "Bottlerocket OS 1.40.0"))) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.name)
def test_without_the_right_to_list_nodes_it_is_not_known(check):
    given = seen("1.36", readings={NODE_SYSTEMS.name: NotRead("the caller may not list nodes")})
    given = replace(given, images={"workers": image()})
    assert "the nodes' own systems could not be read" in outcome(check, given).unknown


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.name)
@pytest.mark.parametrize(
    "node",
    [
        pytest.param(node("f", AL2, OLD, {COMPUTE: "fargate"}), id="Fargate, which EKS sees to"),
        pytest.param(node("i-1", AL2, OLD, {COMPUTE: "auto"}), id="Auto Mode"),
        pytest.param(node("n", AL2, OLD, kubelet="v1.36.0"), id="at the target already"),
        pytest.param(node("n", "", ""), id="that says nothing"),
    ],
)
def test_nodes_whose_system_is_not_the_owners_to_change_are_silent(check, node):
    assert found(check, with_nodes(node)) == []


@pytest.mark.parametrize(
    ("labels", "provider", "subject"),
    [
        pytest.param({}, "aws:///eu-west-1a/i-1", "self-managed nodes", id="self-managed"),
        pytest.param({}, "eks-hybrid:///eu-west-1/demo/n", "hybrid nodes", id="hybrid"),
        pytest.param({"karpenter.sh/nodepool": "x"}, "", "Karpenter nodes", id="Karpenter"),
        pytest.param({GROUP: "other"}, "", "node group other", id="a group that is not chosen"),
    ],
)  # fmt: skip
def test_old_systems_of_nodes_that_stay_are_told_by_their_kind(labels, provider, subject):
    old = node("ip-9", AL2, OLD, labels, provider_id=provider)
    al2 = found(amazon_linux_2.CHECK, with_nodes(old))
    assert [one[:2] for one in al2] == [("warns", subject)]
    assert "1 node runs Amazon Linux 2 (ip-9)" in al2[0][2]
    assert [one[:2] for one in found(cgroup_v1.CHECK, with_nodes(old))] == [("warns", subject)]
    runtime = found(container_runtime.CHECK, with_nodes(old))
    assert [one[:2] for one in runtime] == [("informs", subject)]
    assert "1 node runs containerd://1.7.27 (ip-9)" in runtime[0][2]


@pytest.mark.parametrize(
    ("os_image", "with_v1"),
    [
        ("Ubuntu 20.04.6 LTS", True),
        ("Ubuntu 22.04.5 LTS", False),
        ("Ubuntu Core 20", False),
        ("CentOS Linux 7 (Core)", True),
        ("Red Hat Enterprise Linux 8.10 (Ootpa)", True),
        ("Red Hat Enterprise Linux 9.4 (Plow)", False),
        ("Debian GNU/Linux 10 (buster)", True),
        ("Debian GNU/Linux 12 (bookworm)", False),
        ("Amazon Linux", False),
        (" amazon linux 2 ", True),
        ("Amazon Linux 2023", False),
        ("Windows Server 2022 Datacenter", False),
    ],
)
def test_cgroup_v1_is_inferred_from_the_system_that_a_node_says_it_runs(os_image, with_v1):
    assert bool(found(cgroup_v1.CHECK, with_nodes(node(os_image=os_image)))) is with_v1


@pytest.mark.parametrize(
    ("target", "al2", "v1", "runtime"),
    [("1.31", 0, 0, 0), ("1.32", 1, 0, 0), ("1.34", 1, 0, 0), ("1.35", 1, 1, 0), ("1.36", 1, 1, 1)],
)
def test_each_is_told_from_the_minor_on_from_which_it_matters(target, al2, v1, runtime):
    old = node("ip-9", AL2, OLD, kubelet="v1.30.1")
    counts = [len(found(check, with_nodes(old, target=target))) for check in CHECKS]
    assert counts == [al2, v1, runtime]


def test_new_nodes_of_amazon_linux_2_are_told():
    given = with_nodes(target="1.33", image=image("acme-al2", "al2"))
    (told,) = found(amazon_linux_2.CHECK, given)
    assert told[:2] == ("warns", "node group workers")
    eks = with_nodes(target="1.32", image=None, group={"amiType": "AL2_x86_64"})
    assert len(found(amazon_linux_2.CHECK, eks)) == 1
    changed = request(ami=replace(request().ami, family="al2023"))
    eks = with_nodes(target="1.32", image=None, group={"amiType": "AL2_x86_64"}, request=changed)
    assert found(amazon_linux_2.CHECK, eks) == []
    refused = with_nodes(image=Problem("node group workers", "no image", "choose another"))
    assert found(amazon_linux_2.CHECK, refused) == []


@pytest.mark.parametrize(
    ("new", "user_data", "count"),
    [
        pytest.param(image("acme-al2", "al2"), None, 1, id="Amazon Linux 2"),
        pytest.param(image("ubuntu-eks/k8s_1.36/images/hvm-ssd/ubuntu-focal-20.04", "ubuntu"),
                     None, 1, id="an old Ubuntu"),
        pytest.param(image("acme-ubuntu-2204-20040101", "ubuntu"), None, 0, id="a newer Ubuntu"),
        pytest.param(image(), None, 0, id="Amazon Linux 2023"),
        pytest.param(image("acme-al2", "al2"), "#!/bin/bash\n/etc/eks/bootstrap.sh demo "
                     "--kubelet-extra-args --fail-cgroupv1=false\n", 0, id="allowed by a flag"),
    ],
)  # fmt: skip
def test_an_image_that_starts_with_cgroup_v1_is_told(new, user_data, count):
    given = with_nodes(image=new, user_data=user_data)
    assert len(found(cgroup_v1.CHECK, given)) == count


def test_containerd_1_is_told_of_a_group_with_an_image_of_the_owners_own():
    old = node("ip-1", runtime=OLD, labels={GROUP: "workers"}, kubelet="v1.35.1")
    (told,) = found(container_runtime.CHECK, with_nodes(old, image=image()))
    assert told[:2] == ("warns", "node group workers")
    public = image("amazon-eks-node-al2023-x86_64-standard-1.36-v20260601")
    assert found(container_runtime.CHECK, with_nodes(old, image=public)) == []
    assert found(container_runtime.CHECK, with_nodes(old, image=None)) == []


def test_a_node_is_read_from_what_the_api_server_says():
    raw = {"metadata": {"name": "a", "labels": {GROUP: "g"}}, "spec": {"providerID": "aws:///z/i"},
           "status": {"nodeInfo": {"osImage": AL2, "containerRuntimeVersion": OLD}}}  # fmt: skip
    read = NodeSystem.from_raw(raw)
    assert (read.group, read.provider_id, read.amazon_linux_2, read.containerd_1) == (
        "g", "aws:///z/i", True, True)  # fmt: skip
    assert NodeSystem.from_raw({"metadata": {"name": "new"}}) == NodeSystem("new")
