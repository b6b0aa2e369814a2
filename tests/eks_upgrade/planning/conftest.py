"""A cluster like the runbook's, at 1.25 with three add-ons and one group, to vary in tests."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.planning.make_plan import make_plan
from include.eks_upgrade.request import UpgradeRequest
from tests.eks_upgrade.planning.group_room import CLUSTER, surge


def addon_version(name: str, default_for: str = "", *minors: str, **fields: Any) -> dict[str, Any]:
    fits = [
        {"clusterVersion": minor, "platformVersions": ["*"], "defaultVersion": minor == default_for}
        for minor in (minors or (default_for,))
    ]
    return {"addonVersion": name, "computeTypes": ["ec2"], "compatibilities": fits, **fields}


ADDON_VERSIONS = {
    "coredns": (
        addon_version("v1.9.3-eksbuild.2", "1.25", "1.25"),
        addon_version("v1.9.3-eksbuild.7", "1.26", "1.25", "1.26"),
        addon_version("v1.9.3-eksbuild.10", "", "1.25", "1.26"),
    ),
    "kube-proxy": (
        addon_version("v1.25.6-eksbuild.1", "1.25", "1.25"),
        addon_version("v1.25.16-eksbuild.1", "", "1.25", "1.26"),
        addon_version("v1.26.2-eksbuild.1", "1.26", "1.25", "1.26"),
    ),
    "vpc-cni": (
        addon_version("v1.12.0-eksbuild.1", "1.25", "1.25"),
        addon_version("v1.13.2-eksbuild.1", "", "1.25", "1.26"),
        addon_version("v1.13.4-eksbuild.1", "", "1.25", "1.26"),
        addon_version("v1.14.1-eksbuild.1", "1.26", "1.25", "1.26"),
        addon_version("v1.15.0-eksbuild.1", "", "1.25", "1.26"),
    ),
}
CURRENT = {
    "coredns": "v1.9.3-eksbuild.2",
    "kube-proxy": "v1.25.6-eksbuild.1",
    "vpc-cni": "v1.12.0-eksbuild.1",
}


def node_group(name: str, version: str = "1.25", **fields: Any) -> dict[str, Any]:
    return {
        "nodegroupName": name,
        "clusterName": "demo",
        "status": "ACTIVE",
        "version": version,
        "releaseVersion": f"{version}.16-20240202",
        "amiType": "AL2023_x86_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "instanceTypes": ["m5.large"],
        "nodeRole": "arn:aws:iam::123456789012:role/node",
        "subnets": ["subnet-a"],
        "scalingConfig": {"minSize": 1, "maxSize": 4, "desiredSize": 2},
        "labels": {},
        "tags": {},
        "health": {"issues": []},
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}"}]},
        **fields,
    }


def version_update(to: str, status: str = "Successful", **fields: Any) -> dict[str, Any]:
    params = [{"type": "Version", "value": to}, {"type": "PlatformVersion", "value": "eks.1"}]
    return {"id": "u-1", "type": "VersionUpdate", "status": status, "params": params, **fields}


def cluster(version: str = "1.25", **fields: Any) -> dict[str, Any]:
    return {
        "name": "demo",
        "version": version,
        "platformVersion": "eks.7",
        "status": "ACTIVE",
        "resourcesVpcConfig": {"subnetIds": ["subnet-a", "subnet-b"]},
        "health": {"issues": []},
        **fields,
    }


def facts(**changes: Any) -> ClusterFacts:
    minor = changes.get("cluster", {}).get("version", "1.25")
    usual = ClusterFacts(
        cluster=cluster(),
        offered_versions=tuple({"clusterVersion": one} for one in ("1.25", "1.26", "1.27")),
        addons={
            name: {"addonName": name, "addonVersion": version, "status": "ACTIVE"}
            for name, version in CURRENT.items()
        },
        addon_versions=ADDON_VERSIONS,
        node_groups={"workers": node_group("workers")},
        kubelets={"ip-1": (f"v{minor}.16-eks-abc", "workers")},
        insights=(
            {
                "name": "Kubelet version skew",
                "category": "UPGRADE_READINESS",
                "kubernetesVersion": "1.26",
                "insightStatus": {"status": "PASSING", "reason": "fine"},
            },
        ),
        subnets=tuple(
            {"SubnetId": name, "AvailableIpAddressCount": 200} for name in ("subnet-a", "subnet-b")
        ),
    )
    return replace(usual, **changes)


def request(**changes: Any) -> UpgradeRequest:
    return replace(UpgradeRequest(cluster="demo", region="eu-central-1"), **changes)


@pytest.fixture
def make_facts() -> Callable[..., ClusterFacts]:
    """`ClusterFacts` of the usual cluster with some fields replaced."""
    return facts


@pytest.fixture
def make_request() -> Callable[..., UpgradeRequest]:
    """The usual `UpgradeRequest` with some fields replaced."""
    return request


@pytest.fixture
def make_cluster() -> Callable[..., dict[str, Any]]:
    """A raw cluster; first argument its version."""
    return cluster


@pytest.fixture
def make_group() -> Callable[..., dict[str, Any]]:
    """A raw node group; arguments its name and version."""
    return node_group


@pytest.fixture
def make_update() -> Callable[..., dict[str, Any]]:
    """A raw VersionUpdate; arguments its target and status."""
    return version_update


@pytest.fixture
def make_addon_version() -> Callable[..., dict[str, Any]]:
    """A raw addonVersions entry: its version, the minor it is the default of, all its minors."""
    return addon_version


@pytest.fixture
def plan(make_request, make_facts, make_group, make_cluster):
    """The plan of a cluster whose groups are `pools`; each may be given fields of its own."""

    def made(pools=None, images=None, new=None, options=None, **facts_of_surge):
        groups = {
            name: make_group(name, **fields) for name, fields in (pools or {"pool": {}}).items()
        }
        facts = make_facts(
            cluster=make_cluster(**CLUSTER),
            node_groups={**groups, **(new or {})},
            kubelets={f"ip-{name}": ("v1.25.16-eks-1", name) for name in groups},
            surge=surge(**facts_of_surge),
        )
        return make_plan(
            make_request(**(options or {})), facts, dict.fromkeys(groups) | (images or {})
        )

    return made


@pytest.fixture
def problems(plan):
    def found(*args, **kwargs):
        with pytest.raises(Refused) as raised:
            plan(*args, **kwargs)
        return raised.value.problems

    return found
