"""Cluster Autoscaler and Karpenter, by their images."""

import pytest

from include.eks_upgrade.common.reading import NotRead
from include.eks_upgrade.kube.readings.components import COMPONENTS, components_of, tag_of
from include.eks_upgrade.planning.preflight.nodes.autoscaling.node_autoscalers import CHECK
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, seen

CA, KARPENTER = (
    "registry.k8s.io/autoscaling/cluster-autoscaler",
    "public.ecr.aws/karpenter/controller",
)


def deployment(image, name="scaler", *arguments, namespace="kube-system"):
    container = {"name": name, "image": image, "args": list(arguments)}
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }


def told(target, raw, **more):
    parts = tuple(components_of("Deployment", raw))
    return found(CHECK, seen(target, readings={COMPONENTS.name: parts}, **more))


@pytest.mark.parametrize(
    ("tag", "severity"),
    [("v1.35.2", None), ("v1.34.0", "informs"), ("1.34.0-arm64", "informs"), ("v1.30.1", "warns"),
     ("v1.36.0", "warns"), ("latest", "informs")],
)  # fmt: skip
def test_the_minor_of_cluster_autoscaler_is_held_against_the_target(tag, severity):
    result = told("1.35", deployment(f"{CA}:{tag}"))
    assert [one[0] for one in result] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("target", "tag", "severity"),
    [
        ("1.31", "1.0.5", None),
        ("1.31", "1.0.4", "warns"),
        ("1.30", "v0.37.8", None),
        ("1.34", "1.6.0@sha256:ab12", None),
        ("1.34", "1.5.9", "warns"),
        ("1.36", "1.9.0", "warns"),
        ("1.36", "1.13.0-rc.1", None),
        ("1.36", "0-fc17bfc89ebb30a3b102a86012b3e3992ec08adf", "informs"),
        ("1.38", "1.14.0", "informs"),
        ("1.24", "0.20.0", None),
    ],
)
def test_the_version_of_karpenter_is_held_against_its_table(target, tag, severity):
    result = told(target, deployment(f"{KARPENTER}:{tag}", "karpenter"))
    assert [one[0] for one in result] == ([severity] if severity else [])


def test_both_say_which_version_fits():
    assert "1.9 is the first that does" in told("1.35", deployment(f"{KARPENTER}:1.6.0"))[0][2]
    given = seen("1.35", readings={
        COMPONENTS.name: tuple(components_of("Deployment", deployment(f"{CA}:v1.30.0")))
    })  # fmt: skip
    (finding,) = outcome(CHECK, given).findings
    assert finding.remedy.startswith("bring it to 1.35.x")


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--nodes=1:10:eks-workers-abc"], 1),
        (["--nodes", "1:10:eks-workers-abc"], 1),
        (["--nodes=1:10:another", "--node-group-auto-discovery=asg:tag=x"], 0),
        (["--nodes"], 0),
        ([], 0),
    ],
)
def test_a_group_that_is_scaled_by_name_is_told(arguments, count):
    asgs = {"workers": {"AutoScalingGroupName": "eks-workers-abc"}}
    result = told("1.35", deployment(f"{CA}:v1.35.0", "ca", *arguments), facts={"asgs": asgs})
    assert [one[0] for one in result] == ["warns"] * count


def test_workloads_of_anybody_else_are_silent():
    assert told("1.35", deployment("acme/cluster-autoscaler-exporter:v0.1")) == []
    assert told("1.35", deployment("acme/controller:0.1")) == []


def test_a_mirrored_image_of_another_name_is_known_by_its_workload():
    assert told("1.35", deployment("acme.example/scaling/ca:v1.30.0", "cluster-autoscaler"))


def test_without_the_right_to_list_workloads_it_is_not_known():
    given = seen(readings={COMPONENTS.name: NotRead("the caller may not list deployments")})
    assert "may not list deployments" in outcome(CHECK, given).unknown


@pytest.mark.parametrize(
    ("image", "tag"),
    [("a/b:1@sha256:00", "1"), ("host:5000/a", ""), ("host:5000/a:v2", "v2"), ("", ""),
     ("a@sha256:00", "")],
)  # fmt: skip
def test_a_tag_is_read_from_an_image(image, tag):
    assert tag_of(image) == tag
