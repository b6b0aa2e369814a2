"""A plan to a version several minors ahead: one hop is planned, all of them are judged."""

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.planning.foresee import groups_to_foresee
from include.eks_upgrade.planning.make_plan import (
    groups_in_need,
    make_plan,
    plan_target,
)
from include.eks_upgrade.planning.plan import Plan
from tests.eks_upgrade.planning.conftest import node_group, version_update

ALL = tuple({"clusterVersion": f"1.{minor}"} for minor in range(25, 40))


@pytest.fixture(name="at")
def _at(make_facts, make_cluster):
    def build(present: str, kubelet: str = "", groups=("workers",), **changes):
        nodes = {f"ip-{name}": (f"v{kubelet or present}.1-eks-a", name) for name in groups}
        usual = {
            "cluster": make_cluster(present),
            "offered_versions": ALL,
            "addons": {},
            "node_groups": {name: node_group(name, kubelet or present) for name in groups},
            "kubelets": nodes,
        }
        return make_facts(**{**usual, **changes})

    return build


def plan_of(request, facts):
    return make_plan(request, facts, dict.fromkeys(groups_in_need(request, facts)))


def problems_of(request, facts):
    with pytest.raises(Refused) as refusal:
        plan_of(request, facts)
    return refusal.value.problems


def test_the_first_hop_of_three_leaves_the_nodes_where_they_are(make_request, at):
    plan = plan_of(make_request(target_version="1.33"), at("1.30"))

    assert (plan.to_version, plan.final_version, plan.goes_on) == ("1.31", "1.33", True)
    assert plan.control_plane_needed
    assert plan.node_groups == ()
    assert [(hop.to_version, hop.rolled) for hop in plan.hops] == [
        ("1.31", ()), ("1.32", ()), ("1.33", ("workers",)),
    ]  # fmt: skip
    assert "target: 1.33, as asked for; this run goes to 1.31" in plan.summary
    assert "node group workers: its nodes stay at 1.30 until 1.33" in plan.summary
    assert any("nodes are replaced once, at 1.33" in line for line in plan.summary)


def test_the_last_hop_replaces_the_nodes(make_request, at):
    plan = plan_of(make_request(target_version="1.33"), at("1.32", kubelet="1.30"))

    assert (plan.to_version, plan.final_version, plan.goes_on) == ("1.33", "1.33", False)
    assert [step.replacement for step in plan.node_groups] == ["workers-k133"]


def test_with_every_hop_each_hop_replaces_them(make_request, at):
    request = make_request(target_version="1.33", roll_nodes="every_hop")

    plan = plan_of(request, at("1.30"))

    assert [step.replacement for step in plan.node_groups] == ["workers-k131"]
    assert [hop.rolled for hop in plan.hops] == [("workers",)] * 3


def test_an_empty_target_is_one_hop_as_ever(make_request, at):
    plan = plan_of(make_request(), at("1.30"))

    assert (plan.to_version, plan.final_version, len(plan.hops)) == ("1.31", "1.31", 1)
    assert [step.name for step in plan.node_groups] == ["workers"]


def test_nodes_that_would_trail_too_far_are_brought_up_by_a_run_of_their_own(make_request, at):
    plan = plan_of(make_request(target_version="1.31"), at("1.30", kubelet="1.27"))

    assert (plan.to_version, plan.final_version, plan.goes_on) == ("1.30", "1.31", True)
    assert not plan.control_plane_needed
    assert [step.replacement for step in plan.node_groups] == ["workers-k130"]
    line = "target: 1.31, as asked for; this run goes to 1.30, where it is: its nodes are"
    assert any(text.startswith(line) for text in plan.summary)


def test_the_plan_of_a_run_that_is_planned_again_stays_with_its_hop(make_request, at):
    request = make_request(target_version="1.33", hop_version="1.31")

    after_the_control_plane = plan_of(request, at("1.31", kubelet="1.30"))

    assert after_the_control_plane.to_version == "1.31"
    assert after_the_control_plane.node_groups == ()
    assert after_the_control_plane.goes_on


def test_an_update_that_runs_is_the_hop(make_request, at):
    facts = at("1.30", updates=(version_update("1.31", "InProgress"),))

    assert str(plan_target(make_request(target_version="1.33"), facts)) == "1.31"


def test_a_chain_that_stopped_goes_on_from_where_it_is(make_request, at):
    facts = at("1.31", kubelet="1.30", updates=(version_update("1.31"),))

    plan = plan_of(make_request(target_version="1.33"), facts)

    assert (plan.to_version, plan.node_groups) == ("1.32", ())


def test_a_group_that_is_half_replaced_is_finished_before_the_next_hop(make_request, at):
    facts = at(
        "1.33",
        node_groups={
            "workers": node_group("workers", "1.30"),
            "workers-k133": node_group("workers-k133", "1.33"),
        },
        kubelets={"a": ("v1.30.1", "workers"), "b": ("v1.33.1", "workers-k133")},
    )

    plan = plan_of(make_request(target_version="1.36"), facts)

    assert (plan.to_version, [step.name for step in plan.node_groups]) == ("1.33", ["workers"])
    assert plan.hops[0].why.startswith("workers-k133 stands beside workers")
    assert [hop.rolled for hop in plan.hops] == [("workers",), (), (), ("workers",)]


def test_nodes_that_an_insight_names_are_brought_up_first(make_request, at):
    insight = {
        "name": "Kubelet version skew",
        "kubernetesVersion": "1.32",
        "insightStatus": {"status": "ERROR", "reason": "kubelets are too old"},
        "resources": [{"kubernetesResourceUri": "/api/v1/nodes/ip-workers"}],
    }
    facts = at("1.31", kubelet="1.30", insights=(insight,))

    plan = plan_of(make_request(target_version="1.33"), facts)

    assert (plan.to_version, [step.name for step in plan.node_groups]) == ("1.31", ["workers"])
    assert "the upgrade insight 'Kubelet version skew' is in ERROR" in plan.hops[0].why
    overridden = make_request(target_version="1.33", override_insights=True)
    assert plan_of(overridden, facts).to_version == "1.32"


def test_an_insight_about_something_else_still_refuses(make_request, at):
    insight = {
        "name": "Deprecated APIs",
        "kubernetesVersion": "1.32",
        "insightStatus": {"status": "ERROR"},
        "resources": [{"kubernetesResourceUri": "/apis/flowcontrol.apiserver.k8s.io/v1beta3"}],
    }

    (problem,) = problems_of(make_request(target_version="1.33"), at("1.31", insights=(insight,)))

    assert problem.subject == "upgrade insight 'Deprecated APIs'"


LOOSE = {
    "Fargate": ("fargate-ip-10-0-0-1", {"eks.amazonaws.com/compute-type": "fargate"}, True),
    "hybrid": ("mi-1", {"eks.amazonaws.com/compute-type": "hybrid"}, True),
    "self-managed": ("ip-9", {}, True),
    "Karpenter's, which follow by themselves": ("ip-8", {"karpenter.sh/nodepool": "a"}, False),
    "Auto Mode's, which EKS replaces": ("i-1", {"eks.amazonaws.com/compute-type": "auto"}, False),
}


@pytest.mark.parametrize(("node", "labels", "refused"), LOOSE.values(), ids=LOOSE)
def test_nodes_of_other_kinds_are_counted(make_request, at, node, labels, refused):
    facts = at("1.30").with_kubelets(
        {"ip-workers": ("v1.30.1", "workers"), node: ("v1.30.1", None)}, {node: labels}
    )

    assert plan_of(make_request(target_version="1.33"), facts).to_version == "1.31"
    request = make_request(target_version="1.34")
    if not refused:
        assert plan_of(request, facts).to_version == "1.31"
        return
    (problem,) = problems_of(request, facts)
    assert problem.subject == "hop 1.33 to 1.34: kubelets"
    assert node in problem.what


def test_a_group_that_is_not_chosen_is_counted_as_well(make_request, at):
    request = make_request(target_version="1.34", node_groups=("workers",))

    (problem,) = problems_of(request, at("1.30", groups=("workers", "other")))

    assert "node ip-other of node group other (1.30)" in problem.what
    assert "replace node group other, which is not chosen here" in problem.remedy


def test_amazon_linux_2_at_a_later_hop_is_refused_before_the_first(make_request, at):
    group = node_group("workers", "1.31", amiType="AL2_x86_64")
    facts = at("1.31", node_groups={"workers": group})

    (problem,) = problems_of(make_request(target_version="1.34"), facts)
    request = make_request(target_version="1.34", ami=AmiChoice(family="al2023"))

    assert problem.subject == "hop 1.33 to 1.34: node group workers"
    assert plan_of(request, facts).to_version == "1.32"


def test_pods_of_groups_whose_turn_comes_later_are_foreseen(make_request, at):
    request = make_request(target_version="1.33")

    assert groups_to_foresee(request, at("1.30")) == ("workers",)
    assert groups_to_foresee(request, at("1.32", kubelet="1.30")) == ()
    assert groups_to_foresee(make_request(), at("1.30")) == ()
    assert groups_to_foresee(make_request(target_version="2.0"), at("1.30")) == ()


def test_the_hops_are_read_back_from_the_plan(make_request, at):
    plan = plan_of(make_request(target_version="1.33"), at("1.30"))

    assert Plan.from_json(plan.as_json()) == plan


def test_a_plan_that_knows_no_hops_ends_with_its_run(make_request, at):
    old = plan_of(make_request(), at("1.30")).as_json()
    del old["final_version"], old["hops"]

    assert not Plan.from_json(old).goes_on


WORDS = ("", "sometimes", "EVERY_HOP", "when needed")


@pytest.mark.parametrize("word", WORDS)
def test_another_word_for_roll_nodes_is_refused(make_request, at, word):
    request = make_request(target_version="1.33", roll_nodes=word)

    assert [one.subject for one in problems_of(request, at("1.30"))] == ["roll_nodes"]
