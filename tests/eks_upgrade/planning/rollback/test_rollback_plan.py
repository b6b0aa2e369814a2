"""When a control plane may go back, and what goes back before it: facts in, plan or refusal out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.planning.rollback.asked import RollbackAsked
from include.eks_upgrade.planning.rollback.make_plan import make_rollback_plan

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
Raw = dict[str, Any]


def update(
    version: str = "1.33", kind: str = "VersionUpdate", status: str = "Successful", days: float = 2
) -> Raw:
    return {
        "id": f"u-{kind}-{version}",
        "type": kind,
        "status": status,
        "params": [{"type": "Version", "value": version}],
        "createdAt": NOW - timedelta(days=days),
    }


def addon_version(version: str, *minors: str, default: str = "") -> Raw:
    fits = [{"clusterVersion": one, "defaultVersion": one == default} for one in minors]
    return {"addonVersion": version, "compatibilities": fits}


PROXY = (
    addon_version("v1.33.1-eksbuild.1", "1.33", default="1.33"),
    addon_version("v1.32.6-eksbuild.2", "1.32", "1.33", default="1.32"),
    addon_version("v1.31.9-eksbuild.1", "1.31", "1.32", "1.33"),
)
CNI = (
    addon_version("v1.20.0-eksbuild.1", "1.33"),
    addon_version("v1.19.5-eksbuild.1", "1.33"),
    addon_version("v1.18.6-eksbuild.1", "1.32", "1.33", default="1.32"),
)
INSIGHT = {
    "name": "Kubelet version rollback compatibility",
    "insightStatus": {"status": "ERROR", "reason": "a kubelet is newer"},
}


def asked(**changes: Any) -> RollbackAsked:
    """A way back that nothing stands in the way of, with some of it changed."""
    cluster = {"name": "orchid", "version": "1.33", "status": "ACTIVE", "platformVersion": "eks.4"}
    facts: Raw = {
        "cluster": cluster | changes.pop("cluster", {}),
        "updates": changes.pop("updates", (update(),)),
        "offered_versions": changes.pop(
            "offered", ({"clusterVersion": "1.32", "versionStatus": "STANDARD_SUPPORT"},)
        ),
    }
    for name in ("addons", "addon_versions", "node_groups", "kubelets", "loose_labels"):
        if name in changes:
            facts[name] = changes.pop(name)
    return RollbackAsked(facts=ClusterFacts(**facts), moment=NOW, **changes)


def plan(**changes: Any) -> Plan:
    return make_rollback_plan(asked(**changes), region="eu-west-1")


def test_the_plan_names_versions_and_the_last_moment() -> None:
    made = plan()
    assert (made.from_version, made.to_version, made.control_plane_needed) == ("1.33", "1.32", True)
    assert "EKS takes it back until 2026-12-01 12:00 UTC" in made.summary[-1]


REFUSALS = {
    "the version asked for is none": ({"target_version": "old"}, "is not a Kubernetes version"),
    "two minors back": ({"target_version": "1.31"}, "goes back by one minor only"),
    "forward": ({"target_version": "1.34"}, "goes back by one minor only"),
    "it stays": ({"target_version": "1.33"}, "goes back by one minor only"),
    "made at its version": ({"updates": ()}, "lists no upgrade that brought it to 1.33"),
    "its upgrade failed": ({"updates": (update(status="Failed"),)}, "lists no upgrade"),
    "only a logging update": (
        {"updates": ({"id": "l", "type": "LoggingUpdate", "status": "Successful"},)},
        "lists no upgrade",
    ),
    "gone back before": (
        {"updates": (update("1.33", "VersionRollback"), update("1.34", days=3))},
        "took it back to 1.33 already",
    ),
    "the last upgrade was to another minor": (
        {"updates": (update("1.34"),)},
        "its last upgrade went to 1.34, and it is at 1.33",
    ),
    "after eight days": ({"updates": (update(days=8),)}, "possible until 2026-11-25 12:00 UTC"),
    "a minute too late": (
        {"updates": (update(days=7 + 1 / 1440),)},
        "EKS goes back within 7 days",
    ),
    "another update runs": (
        {"updates": ({"id": "x", "type": "VpcConfigUpdate", "status": "InProgress"}, update())},
        "update x (VpcConfigUpdate) is in progress",
    ),
    "an update whose status nobody knows": (
        {"updates": ({"id": "x", "type": "ConfigUpdate", "status": "Pausing"}, update())},
        "is in progress",
    ),
    "not active": ({"cluster": {"status": "FAILED"}}, "it is FAILED, not ACTIVE"),
    "the target is no longer offered": ({"offered": ()}, "does not offer 1.32 any more"),
    "extended support with the policy STANDARD": (
        {
            "offered": ({"clusterVersion": "1.32", "versionStatus": "EXTENDED_SUPPORT"},),
            "cluster": {"upgradePolicy": {"supportType": "STANDARD"}},
        },
        "set the policy to EXTENDED first",
    ),
    "an insight in error": ({"insights": (INSIGHT,)}, "a kubelet is newer"),
    "an insight that is not known": (
        {"insights": ({"name": "x", "insightStatus": {"status": "UNKNOWN"}},)},
        "rollback insight 'x'",
    ),
    "a newer managed group": (
        {"node_groups": {"pool": {"version": "1.33"}}},
        "node group 'pool': it is at 1.33, newer than 1.32",
    ),
    "one newer kubelet in a group that EKS calls old": (
        {
            "node_groups": {"pool": {"version": "1.32"}},
            "kubelets": {"a": ("v1.32.1", "pool"), "b": ("v1.33.0-eks-1", "pool")},
        },
        "node group 'pool': it is at 1.33",
    ),
    "a newer self-managed node": (
        {"kubelets": {"a": ("v1.33.1", None)}, "loose_labels": {"a": {}}},
        "1 node newer than 1.32: a",
    ),
    "a Fargate pod of the newer version": (
        {
            "kubelets": {"fargate-ip-1": ("v1.33.1", None)},
            "loose_labels": {"fargate-ip-1": {"eks.amazonaws.com/compute-type": "fargate"}},
        },
        "Fargate node: 1 node newer than 1.32",
    ),
    "an add-on without an older version": (
        {
            "addons": {"odd": {"addonVersion": "v2"}},
            "addon_versions": {"odd": (addon_version("v2", "1.33"),)},
        },
        "its v2 does not fit 1.32, and EKS lists no older version",
    ),
}


@pytest.mark.parametrize("row", REFUSALS)
def test_it_is_refused_with_the_reason(row: str) -> None:
    changes, words = REFUSALS[row]
    with pytest.raises(Refused) as raised:
        plan(**changes)
    assert words in str(raised.value)
    assert "Remedy: " in str(raised.value)


def test_all_reasons_are_told_at_once() -> None:
    with pytest.raises(Refused) as raised:
        plan(
            updates=(update(days=9),),
            node_groups={"pool": {"version": "1.33"}},
            insights=(INSIGHT,),
            cluster={"status": "UPDATING"},
        )
    assert len(raised.value.problems) == 4


PASSES = {
    "the target named": {"target_version": "1.32"},
    "the target with patch and v": {"target_version": "v1.32.4"},
    "on the last minute": {"updates": (update(days=7 - 1 / 1440),)},
    "nodes left behind": {
        "node_groups": {"pool": {"version": "1.32", "status": "ACTIVE"}},
        "kubelets": {"a": ("v1.32.1", "pool"), "b": ("v1.31.0", None)},
    },
    "nodes of Auto Mode, which EKS takes back": {
        "cluster": {"computeConfig": {"enabled": True}},
        "kubelets": {"i-1": ("v1.33.1", None)},
        "loose_labels": {"i-1": {"eks.amazonaws.com/compute-type": "auto"}},
    },
    "an insight in error, overridden": {"insights": (INSIGHT,), "override_insights": True},
    "a warning alone": {"insights": ({"name": "w", "insightStatus": {"status": "WARNING"}},)},
    "what is offered is not known": {"offered": None},
    "extended support with the policy EXTENDED": {
        "offered": ({"clusterVersion": "1.32", "versionStatus": "EXTENDED_SUPPORT"},),
        "cluster": {"upgradePolicy": {"supportType": "EXTENDED"}},
    },
    "an upgrade policy change since": {
        "updates": ({"id": "p", "type": "UpgradePolicyUpdate", "status": "Successful"}, update())
    },
    "a kubelet that nobody can read": {"kubelets": {"a": ("none", None)}},
    "when it began is written as text": {
        "updates": ({**update(), "createdAt": "2026-11-24T12:00:00+00:00"},)
    },
}


@pytest.mark.parametrize("row", PASSES)
def test_it_is_planned(row: str) -> None:
    assert plan(**PASSES[row]).control_plane_needed


def test_a_rollback_that_runs_is_waited_for_whatever_else_is_so() -> None:
    running = update("1.32", "VersionRollback", "InProgress", days=0)
    made = plan(updates=(running, update(days=9)), insights=(INSIGHT,))
    assert made.control_plane_needed
    assert "runs already and is waited for" in made.summary[0]
    assert not made.addons_before


def test_a_cluster_that_went_back_has_nothing_to_do() -> None:
    back = update("1.32", "VersionRollback", days=0)
    made = plan(cluster={"version": "1.32"}, updates=(back, update()), target_version="1.32")
    assert made.nothing_to_do


def addons(**versions: str) -> Raw:
    return {
        name.replace("_", "-"): {"addonVersion": one, "status": "ACTIVE"}
        for name, one in versions.items()
    }


def test_an_add_on_that_fits_stays_and_one_that_does_not_goes_to_one_that_fits_both() -> None:
    made = plan(
        addons=addons(kube_proxy="v1.33.1-eksbuild.1", coredns="v1.11"),
        addon_versions={"kube-proxy": PROXY, "coredns": (addon_version("v1.11", "1.32", "1.33"),)},
    )
    (step,) = made.addons_before
    assert (step.name, step.versions, step.back) == ("kube-proxy", ("v1.32.6-eksbuild.2",), True)


def test_kube_proxy_is_never_left_newer_than_the_api_server() -> None:
    ahead = (addon_version("v1.33.1", "1.32", "1.33"), *PROXY[1:])
    made = plan(addons=addons(kube_proxy="v1.33.1"), addon_versions={"kube-proxy": ahead})
    assert made.addons_before[0].versions == ("v1.32.6-eksbuild.2",)


def test_the_network_plugin_goes_back_one_minor_of_its_own_at_a_time() -> None:
    made = plan(addons=addons(vpc_cni="v1.20.0-eksbuild.1"), addon_versions={"vpc-cni": CNI})
    assert made.addons_before[0].versions == ("v1.19.5-eksbuild.1", "v1.18.6-eksbuild.1")


def test_an_add_on_whose_versions_eks_does_not_list_is_left_alone() -> None:
    assert plan(addons=addons(odd="v1"), addon_versions={}).addons_before == ()


def test_what_eks_cannot_be_asked_is_a_warning() -> None:
    assert any("eks:ListInsights" in line for line in plan(insights=None).warnings)


def test_the_plan_survives_its_way_between_tasks() -> None:
    made = plan(addons=addons(vpc_cni="v1.20.0-eksbuild.1"), addon_versions={"vpc-cni": CNI})
    assert Plan.from_json(made.as_json()) == made
