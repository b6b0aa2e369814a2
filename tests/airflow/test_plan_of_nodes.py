"""What the plan's task tells of nodes, autoscalers and add-ons nobody asked EKS for; and a tidy
cluster, of which there is nothing to tell."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.worker import Run, environment, parameters


def workload(kind: str, name: str, image: str, *arguments: str) -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": name, "image": image, "args": list(arguments)}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


OLD_NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "ip-10-9-9-9", "labels": {"team": "shop"}},
    "spec": {"providerID": "aws:///eu-west-1a/i-0123456789abcdef0"},
    "status": {"nodeInfo": {"kubeletVersion": "v1.33.9-eks-abc", "osImage": "Amazon Linux 2"}},
}
TROUBLED = PlainOptions(
    addons={"coredns": None},
    manifests=(
        OLD_NODE,
        workload("DaemonSet", "aws-node", "602401143452.dkr.ecr.x/amazon-k8s-cni:v1.12.0"),
        workload("Deployment", "karpenter", "public.ecr.aws/karpenter/controller:1.5.0"),
    ),
)


@pytest.fixture(scope="module")
def plans() -> Iterator[dict[str, dict[str, Any]]]:
    made = {}
    with Rehearsal() as rehearsal, pytest.MonkeyPatch.context() as patch:
        plain(rehearsal.world, "tidy", "1.33", 2)
        plain(rehearsal.world, "troubled", "1.33", 1, TROUBLED)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        for name in ("tidy", "troubled"):
            run = Run(parameters(cluster_name=name, region="eu-west-1"))
            made[name] = run.do("plan", EksPlanUpgradeOperator, options=run.params)
        assert rehearsal.clock.failures == []
        yield made


def test_of_a_tidy_cluster_there_is_nothing_to_tell(plans: dict[str, Any]) -> None:
    # EKS's own insight says it of the versions that EKS installs by default.
    others = [one for one in plans["tidy"]["warnings"] if not one.startswith("upgrade insight")]
    assert others == []


@pytest.mark.parametrize(
    "words",
    [
        ("add-on vpc-cni", "DaemonSet kube-system/aws-node runs v1.12.0", "for 1.34 EKS lists"),
        ("Deployment kube-system/karpenter", "1.6 is the first that does"),
        ("self-managed nodes", "1 node runs Amazon Linux 2 (ip-10-9-9-9)"),
        ("self-managed nodes", "is not replaced by this run"),
    ],
    ids=["a self-managed add-on", "Karpenter", "Amazon Linux 2", "a node of nobody's"],
)
def test_what_troubles_a_cluster_is_a_warning_of_its_plan(
    plans: dict[str, Any], words: tuple[str, ...]
) -> None:
    warnings = plans["troubled"]["warnings"]
    assert any(all(word in one for word in words) for one in warnings), json.dumps(warnings)
