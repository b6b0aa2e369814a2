"""Settings of a control plane against what the target allows, and its tier."""

import pytest

from include.eks_upgrade.planning.preflight.eks import (
    component_configuration,
    control_plane_tier,
)
from tests.eks_upgrade.planning.preflight.outcome_of import outcome, told

PORTS = {"minPort": {"min": 1024, "max": 40000}, "maxPort": {"min": 2000, "max": 65535}}
LIMITS = {
    "kubeApiServerConfig": {
        "eventTtl": {"defaultValue": "1h", "constraints": {"min": "5m", "max": "24h"}},
        "serviceNodePortRange": {"constraints": PORTS},
    },
    "kubeSchedulerConfig": {
        "nodeResourcesFit": {
            "scoringStrategy": {
                "constraints": {
                    "scoringStrategy": {"allowedValues": ["LeastAllocated"]},
                    "resources": {
                        "name": {"allowedValues": ["cpu", "memory"]},
                        "weight": {"min": 1, "max": 10},
                    },
                }
            }
        }
    },
    "kubeControllerManagerConfig": {
        "podGcControllerConfig": {
            "terminatedPodGcThreshold": {"constraints": {"min": 100, "max": 12500}}
        },
        "horizontalPodAutoscalerControllerConfig": {
            "horizontalPodAutoscalerSyncPeriod": {"constraints": {"min": "5s", "max": "1m"}}
        },
    },
}
LARGE = {
    "tierName": "tier-xl",
    "controlPlaneComponentConfigOverrides": {
        "kubeApiServerConfig": {"eventTtl": {"constraints": {"max": "48h"}}}
    },
}


def api(**settings):
    return {"kubeApiServerConfig": settings}


def scoring(kind, *resources):
    strategy = {"type": kind, "resources": [{"name": n, "weight": w} for n, w in resources]}
    return {"kubeSchedulerConfig": {"nodeResourcesFit": {"scoringStrategy": strategy}}}


def manager(threshold=None, period=None):
    return {
        "kubeControllerManagerConfig": {
            "podGcControllerConfig": {"terminatedPodGcThreshold": threshold},
            "horizontalPodAutoscalerControllerConfig": {
                "horizontalPodAutoscalerSyncPeriod": period
            },
        }
    }


@pytest.fixture
def judged(make_facts, make_cluster):
    def found(settings, limits=LIMITS, *, tier=None, target="1.26", check=None):
        shaped = {"controlPlaneScalingConfig": {"tier": tier}} if tier else {}
        versions = (
            {"clusterVersion": "1.26", "controlPlaneComponentConfig": limits,
             "controlPlaneScalingTiers": [LARGE]},
        )  # fmt: skip
        facts = make_facts(cluster=make_cluster(**settings, **shaped), offered_versions=versions)
        return outcome(check or component_configuration.CHECK, facts, target=target)

    return found


WITHIN = [
    pytest.param({}, id="nothing set"),
    pytest.param(api(eventTtl="24h"), id="at the limit, in another unit"),
    pytest.param(api(eventTtl="1440m"), id="the same in minutes"),
    pytest.param(api(serviceNodePortRange={"minPort": 30000, "maxPort": 32767}), id="ports"),
    pytest.param(scoring("LeastAllocated", ("cpu", 1), ("memory", 10)), id="weights"),
    pytest.param(manager(12500, "15s"), id="numbers"),
    pytest.param(manager(), id="not set"),
]


@pytest.mark.parametrize("settings", WITHIN)
def test_what_the_target_allows_says_nothing(judged, settings):
    found = judged(settings)
    assert (told(found), found.unknown) == ([], "")


OUTSIDE = [
    pytest.param(api(eventTtl="48h"), "eventTtl: it is 48h, and 5m to 24h is possible at 1.26",
                 id="too long"),
    pytest.param(api(eventTtl="1m"), "eventTtl: it is 1m", id="too short"),
    pytest.param(api(eventTtl="a day"), "eventTtl: it is a day, which cannot", id="no time"),
    pytest.param(api(serviceNodePortRange={"minPort": 80, "maxPort": 90}),
                 "serviceNodePortRange minPort: it is 80, and 1024 to 40000", id="ports"),
    pytest.param(scoring("MostAllocated"), "scoringStrategy: it is MostAllocated", id="strategy"),
    pytest.param(scoring("LeastAllocated", ("nvidia.com/gpu", 5)),
                 "scoringStrategy of nvidia.com/gpu: the scheduler can be given weights of cpu",
                 id="a resource"),
    pytest.param(scoring("LeastAllocated", ("cpu", 100)), "it is 100, and 1 to 10", id="a weight"),
    pytest.param(manager(99), "terminatedPodGcThreshold: it is 99", id="a number"),
    pytest.param(manager(period="2m"), "horizontalPodAutoscalerSyncPeriod: it is 2m", id="period"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "words"), OUTSIDE)
def test_what_the_target_does_not_allow_is_told(judged, settings, words):
    told_of = told(judged(settings))
    assert any(words in one for one in told_of)
    assert all(one.startswith("warns control plane setting") for one in told_of)


def test_a_tier_has_limits_of_its_own(judged):
    assert told(judged(api(eventTtl="48h"), tier="tier-xl")) == []


def test_limits_that_are_not_told_are_not_known(judged):
    assert "does not say" in judged(api(eventTtl="1h"), {}).unknown


def test_where_the_control_plane_stays_settings_do(judged):
    assert judged(api(eventTtl="48h"), target="1.25").findings == ()


def test_a_provisioned_control_plane_is_told(judged):
    (only,) = told(judged({}, tier="tier-xl", check=control_plane_tier.CHECK))
    assert only.startswith("informs control plane tier tier-xl")


def test_a_tier_that_the_target_lacks_warns(judged):
    found = told(judged({}, tier="tier-9xl", check=control_plane_tier.CHECK))
    assert found[1].startswith("warns control plane tier tier-9xl: for 1.26 EKS lists only tier-xl")


@pytest.mark.parametrize("tier", [None, "standard"])
def test_the_standard_tier_says_nothing(judged, tier):
    assert judged({}, tier=tier, check=control_plane_tier.CHECK).findings == ()


def test_a_tier_is_held_against_the_offer_only_where_that_is_known(make_facts, make_cluster):
    raw = make_cluster(controlPlaneScalingConfig={"tier": "tier-xl"})
    found = outcome(control_plane_tier.CHECK, make_facts(cluster=raw, offered_versions=None))
    assert len(found.findings) == 1
    assert "DescribeClusterVersions" in found.unknown
