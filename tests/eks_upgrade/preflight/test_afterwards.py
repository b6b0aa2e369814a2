"""What is asked of AWS once it is known what runs in the cluster."""

from typing import Any

import pytest

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.reading import NotRead, Readings
from include.eks_upgrade.kube.readings.components import COMPONENTS, Component
from include.eks_upgrade.preflight.afterwards import read_addon_offers


class Eks:
    """Has one version of every add-on."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_paginator(self, _: str) -> "Eks":
        return self

    def paginate(self, addonName: str) -> Any:
        self.asked.append(addonName)
        return [{"addons": [{"addonVersions": [{"addonVersion": f"{addonName}-v1"}]}]}]


def component(part: str) -> Component:
    return Component(part, "DaemonSet", "kube-system", part, f"x/{part}:v1")


RUNNING: list[Any] = [
    pytest.param((), [], id="nothing of that kind"),
    pytest.param((component("vpc-cni"),), ["vpc-cni"], id="one"),
    pytest.param((component("vpc-cni"), component("vpc-cni")), ["vpc-cni"], id="one in two parts"),
    pytest.param((component("coredns"),), [], id="one that EKS has"),
    pytest.param((component("karpenter"),), [], id="what is no add-on"),
    pytest.param(NotRead("no answer"), [], id="not known"),
]


@pytest.mark.parametrize(("running", "asked"), RUNNING)
def test_versions_are_asked_of_what_runs_without_eks(running: Any, asked: list[str]) -> None:
    eks: Any = Eks()
    clients = AwsClients("eu-west-1", eks, *[None] * 3)  # type: ignore[arg-type, misc]
    facts = ClusterFacts(cluster={"name": "demo"}, addons={"coredns": {}})
    offers = read_addon_offers(clients, facts, Readings({COMPONENTS.name: running}))
    assert eks.asked == asked
    assert offers == {name: ({"addonVersion": f"{name}-v1"},) for name in asked}


def test_where_nobody_looked_nothing_is_asked() -> None:
    bare = AwsClients("eu-west-1", *[None] * 4)  # type: ignore[arg-type, misc]
    assert read_addon_offers(bare, ClusterFacts(cluster={}), Readings()) == {}
