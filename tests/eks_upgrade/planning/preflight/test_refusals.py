"""Every refusal of the plan: what is wrong in the facts or the request, and what is told."""

from dataclasses import replace

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.planning.make_plan import groups_in_need, make_plan


def refusal(request, facts):
    images = dict.fromkeys(groups_in_need(request, facts))
    with pytest.raises(Refused) as raised:
        make_plan(request, facts, images)
    return raised.value


@pytest.mark.parametrize(
    ("target", "told"),
    [
        pytest.param("1.24", "1.24 is older than the cluster's 1.25", id="older"),
        pytest.param("1.25", "already at 1.25, no known update brought it there", id="equal"),
        pytest.param("2.0", "2.0 is of another major version than 1.25", id="another-major"),
        pytest.param("latest", "'latest' is not a Kubernetes version", id="no-version"),
    ],
)
def test_refuses_a_target_to_which_no_hop_leads(make_request, make_facts, target, told):
    (problem,) = refusal(make_request(target_version=target), make_facts()).problems

    assert problem.subject == "target_version"
    assert told in problem.what
    assert "1.26" in problem.remedy


def test_refuses_a_version_that_eks_does_not_offer(make_request, make_facts):
    facts = make_facts(offered_versions=({"clusterVersion": "1.25"},))

    (problem,) = refusal(make_request(), facts).problems

    assert problem.what == "EKS does not offer 1.26 in this region; it offers 1.25"


def test_refuses_a_version_that_eks_does_not_offer_on_the_way(make_request, make_facts):
    offered = tuple({"clusterVersion": one} for one in ("1.25", "1.26", "1.28"))

    facts = make_facts(offered_versions=offered)
    (problem,) = refusal(make_request(target_version="1.28"), facts).problems

    assert problem.what.startswith("EKS does not offer 1.27 in this region")
    assert problem.remedy == "wait until EKS offers it, or choose 1.26"


def test_does_not_refuse_a_version_when_the_offer_is_not_known(make_request, make_facts):
    facts = make_facts(offered_versions=None)

    assert make_plan(make_request(), facts, {"workers": None}).to_version == "1.26"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param({"status": "UPDATING"}, "its status is UPDATING, not ACTIVE", id="updating"),
        pytest.param({"status": "HIBERNATING"}, "status is HIBERNATING", id="a-new-word-of-aws"),
        pytest.param(
            {
                "health": {
                    "issues": [
                        {"code": "KmsKeyDisabled", "message": "key off", "resourceIds": ["key-1"]}
                    ]
                }
            },
            "EKS reports KmsKeyDisabled: key off (key-1)",
            id="unhealthy",
        ),
    ],
)
def test_refuses_a_cluster_that_is_not_well(make_request, make_facts, make_cluster, fields, told):
    (problem,) = refusal(make_request(), make_facts(cluster=make_cluster(**fields))).problems

    assert problem.subject == "cluster 'demo'"
    assert told in problem.what


@pytest.mark.parametrize(
    ("update", "told"),
    [
        pytest.param(
            {"id": "u-9", "type": "LoggingUpdate", "status": "InProgress"},
            "update u-9 of type LoggingUpdate is in progress; it changes which logs its control "
            "plane writes",
            id="another-kind",
        ),
        pytest.param(
            {"id": "u-9", "type": "VpcConfigUpdate", "status": "Settling"},
            "update u-9 of type VpcConfigUpdate is in progress; it changes its subnets or security "
            "groups",
            id="a-new-status-of-aws",
        ),
        pytest.param(
            {"id": "u-9", "type": "BrandNewUpdate", "status": "InProgress"},
            "update u-9 of type BrandNewUpdate is in progress",
            id="a-new-kind-of-aws",
        ),
    ],
)
def test_refuses_while_another_update_runs(make_request, make_facts, update, told):
    (problem,) = refusal(make_request(), make_facts(updates=(update,))).problems

    assert problem.what == told


@pytest.mark.parametrize(
    ("status", "health", "told"),
    [
        pytest.param("CREATING", [], "its status is CREATING", id="creating"),
        pytest.param(
            "DELETE_FAILED",
            [{"code": "Ec2SecurityGroupDeletionFailure", "message": "in use"}],
            "DELETE_FAILED, not ACTIVE (Ec2SecurityGroupDeletionFailure: in use)",
            id="a-deletion-that-failed",
        ),
        pytest.param("HIBERNATING", [], "status is HIBERNATING", id="a-new-word-of-aws"),
        pytest.param("DELETING", [], "its status is DELETING", id="deleted-by-somebody-else"),
    ],
)
def test_refuses_a_node_group_that_cannot_be_replaced_now(
    make_request, make_facts, make_group, status, health, told
):
    group = make_group("workers", status=status, health={"issues": health})

    (problem,) = refusal(make_request(), make_facts(node_groups={"workers": group})).problems

    assert problem.subject == "node group 'workers'"
    assert told in problem.what


def test_refuses_when_the_replacement_of_a_dead_run_is_broken(make_request, make_facts, make_group):
    groups = {
        "workers": make_group("workers"),
        "workers-k126": make_group("workers-k126", "1.26", status="CREATE_FAILED"),
    }

    (problem,) = refusal(make_request(), make_facts(node_groups=groups)).problems

    assert problem.subject == "node group 'workers-k126'"
    assert "CREATE_FAILED" in problem.what


def test_refuses_an_unknown_node_group_and_names_those_there_are(make_request, make_facts):
    (problem,) = refusal(make_request(node_groups=("nobody",)), make_facts()).problems

    assert "it has: workers" in problem.what


def test_refuses_names_that_are_too_long_or_collide(make_request, make_facts, make_group):
    long = "w" * 60
    names = (long, "spot", "spot-k125")
    facts = make_facts(node_groups={name: make_group(name) for name in names})

    problems = refusal(make_request(), facts).problems

    assert [problem.subject for problem in problems] == [
        f"node group {long}",
        "node groups spot, spot-k125",
    ]


@pytest.mark.parametrize(
    ("present", "kubelet", "refused"),
    [
        pytest.param("1.28", "v1.26.1-eks-a", False, id="three-behind"),
        pytest.param("1.28", "v1.25.1-eks-a", True, id="four-behind"),
        pytest.param("1.25", "v1.24.1-eks-a", False, id="two-behind-before-1.25"),
        pytest.param("1.25", "v1.23.1-eks-a", True, id="three-behind-before-1.25"),
    ],
)
def test_kubelets_may_trail_the_target_by_three_minors(
    make_request, make_facts, make_cluster, present, kubelet, refused
):
    facts = make_facts(
        cluster=make_cluster(present),
        offered_versions=None,
        addons={},
        kubelets={"ip-1": (f"v{present}.1", "workers"), "loose": (kubelet, None)},
    )
    if not refused:
        assert make_plan(make_request(), facts, {"workers": None}).control_plane_needed
        return
    (problem,) = refusal(make_request(), facts).problems
    assert "1 node runs a kubelet too old" in problem.what
    assert "loose" in problem.what
    assert "ip-1" not in problem.what


INSIGHT = {
    "name": "Deprecated APIs removed in Kubernetes v1.26",
    "kubernetesVersion": "1.26",
    "insightStatus": {"status": "ERROR", "reason": "Deprecated APIs are in use."},
    "recommendation": "Use flowcontrol v1beta3.",
    "resources": [{"kubernetesResourceUri": "/apis/flowcontrol.apiserver.k8s.io/v1beta1"}],
    "categorySpecificSummary": {
        "deprecationDetails": [
            {
                "usage": "/v1beta1/flowschemas",
                "stopServingVersion": "1.26",
                "replacedWith": "/v1beta3/flowschemas",
                "clientStats": [{"userAgent": "old-controller"}],
            }
        ]
    },
}


def test_refuses_on_an_insight_in_error_and_shows_what_aws_recommends(make_request, make_facts):
    (problem,) = refusal(make_request(), make_facts(insights=(INSIGHT,))).problems

    assert "Deprecated APIs removed" in problem.subject
    for words in ("Use flowcontrol v1beta3", "/apis/flowcontrol", "old-controller"):
        assert words in problem.what
    assert "override_insights=true" in problem.remedy


def test_an_overridden_insight_becomes_a_warning(make_request, make_facts):
    request = make_request(override_insights=True)

    plan = make_plan(request, make_facts(insights=(INSIGHT,)), {"workers": None})

    assert any("overridden by override_insights" in warning for warning in plan.warnings)


def test_an_insight_about_another_version_does_not_stop(make_request, make_facts):
    later = {**INSIGHT, "kubernetesVersion": "1.29"}

    assert make_plan(make_request(), make_facts(insights=(later,)), {"workers": None})


@pytest.mark.parametrize(
    ("free", "told"),
    [
        pytest.param({"subnet-a": 40, "subnet-b": 0}, "0 free addresses", id="one-is-full"),
        pytest.param({"subnet-a": 5, "subnet-b": 4}, "4 free addresses", id="one-too-few"),
        pytest.param({"subnet-a": 200}, "EC2 does not know it", id="a-subnet-is-gone"),
    ],
)
def test_refuses_without_room_for_the_new_control_plane(make_request, make_facts, free, told):
    subnets = tuple({"SubnetId": n, "AvailableIpAddressCount": c} for n, c in free.items())

    (problem,) = refusal(make_request(), make_facts(subnets=subnets)).problems

    assert told in problem.what


def test_refuses_an_addon_that_has_no_version_for_the_target(
    make_request, make_facts, make_addon_version
):
    only_old = (make_addon_version("v1.9.3-eksbuild.2", "1.25"),)
    usual = make_facts()
    facts = replace(usual, addon_versions={**usual.addon_versions, "coredns": only_old})

    (problem,) = refusal(make_request(), facts).problems

    assert problem.subject == "add-on 'coredns'"
    assert "EKS offers no version for Kubernetes 1.26" in problem.what


def test_nodes_this_run_does_not_replace_are_told_with_what_to_do(
    make_request, make_facts, make_cluster
):
    facts = make_facts(
        cluster=make_cluster(computeConfig={"enabled": True}),
        kubelets=dict.fromkeys(
            ("fargate-ip-1", "mi-0a1", "i-0123", "ip-10-0-0-1", "ip-10-0-0-2"), ("v1.25.1", None)
        ),
    )

    plan = make_plan(make_request(), facts, {"workers": None})
    told = "\n".join(plan.warnings)

    assert "1 Auto Mode node is not replaced" in "\n".join(plan.summary)
    assert "1 Fargate node is" in told
    assert "kubectl rollout restart" in told
    assert "nodeadm" in told
    assert "2 nodes outside managed node groups" in told
