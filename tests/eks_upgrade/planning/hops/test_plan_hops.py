"""Which hops there are, where nodes are replaced, and what keeps a later hop from happening."""

import pytest

from include.eks_upgrade.common.skew import may_trail, newest_api_server, trails_too_far
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.hops.model import Hop, Kept, RollNodes, Standing
from include.eks_upgrade.planning.hops.plan_hops import plan_hops
from include.eks_upgrade.planning.hops.words import hop_lines
from tests.eks_upgrade.planning.conftest import addon_version


def minor(text: str) -> Minor:
    return Minor.parse(text)


def standing(present: str, **groups: str | None) -> Standing:
    minors = {name: minor(one) if one else None for name, one in groups.items()}
    return Standing(present=minor(present), groups=minors)


def facts_at(make_facts, present: str, **changes):
    bare = {"addons": {}, "node_groups": {}, "kubelets": {}}
    return make_facts(cluster={"name": "demo", "version": present}, **{**bare, **changes})


WAYS = {
    "one minor is one hop and one roll": ("1.30", "1.31", {"a": "1.30"}, 1, {"a": ["1.31"]}),
    "three minors roll once": ("1.30", "1.33", {"a": "1.30"}, 3, {"a": ["1.33"]}),
    "four roll twice": ("1.30", "1.34", {"a": "1.30"}, 4, {"a": ["1.33", "1.34"]}),
    "six roll twice": ("1.30", "1.36", {"a": "1.30"}, 6, {"a": ["1.33", "1.36"]}),
    "seven roll thrice": ("1.30", "1.37", {"a": "1.30"}, 7, {"a": ["1.33", "1.36", "1.37"]}),
    "before 1.25 they trail by two": ("1.24", "1.27", {"a": "1.24"}, 3, {"a": ["1.26", "1.27"]}),
    "a group that trails already rolls earlier than its neighbour": (
        "1.30", "1.33", {"a": "1.30", "b": "1.29"}, 3, {"a": ["1.33"], "b": ["1.32", "1.33"]},
    ),
    "nodes that trail by three are brought up before anything moves": (
        "1.30", "1.31", {"a": "1.27"}, 2, {"a": ["1.30", "1.31"]},
    ),
    "a group without nodes rolls at the end": ("1.30", "1.36", {"a": None}, 6, {"a": ["1.36"]}),
    "a group that is at the target stays": ("1.33", "1.33", {"a": "1.33"}, 1, {"a": []}),
    "a run that is finished has one hop": ("1.33", "1.33", {"a": "1.32"}, 1, {"a": ["1.33"]}),
}  # fmt: skip


@pytest.mark.parametrize(("present", "final", "groups", "runs", "rolled"), WAYS.values(), ids=WAYS)
def test_nodes_are_replaced_as_seldom_as_the_skew_allows(
    make_facts, present, final, groups, runs, rolled
):
    hops = plan_hops(facts_at(make_facts, present), standing(present, **groups), minor(final))

    assert len(hops.all) == runs
    at = {name: [hop.to_version for hop in hops.all if name in hop.rolled] for name in groups}
    assert at == rolled


def test_a_group_that_has_to_go_first_goes_before_the_control_plane(make_facts):
    waits = Standing(
        present=minor("1.30"),
        groups={"a": minor("1.29"), "b": minor("1.29")},
        first={"a": "EKS wants it at 1.30 first"},
    )

    hops = plan_hops(facts_at(make_facts, "1.30"), waits, minor("1.32"))

    first = hops.all[0]
    assert (first.from_version, first.to_version, first.rolled) == ("1.30", "1.30", ("a",))
    assert first.why == "EKS wants it at 1.30 first"
    assert hops.all[-1].rolled == ("a", "b")


def test_roll_nodes_first_brings_up_what_trails_and_then_waits_until_it_is_needed(make_facts):
    trailing = standing("1.30", a="1.29", b="1.30")

    hops = plan_hops(facts_at(make_facts, "1.30"), trailing, minor("1.33"), RollNodes.FIRST)

    assert [hop.rolled for hop in hops.all] == [("a",), (), (), ("a", "b")]


CLIMB = (
    addon_version("v1.18.0-eksbuild.1", "1.30", "1.30", "1.31"),
    addon_version("v1.19.0-eksbuild.1", "1.31", "1.31", "1.32"),
    addon_version("v1.20.0-eksbuild.1", "1.32", "1.32", "1.33"),
    addon_version("v1.21.0-eksbuild.1", "1.33", "1.33"),
)


def cni(version: str):
    return {"vpc-cni": {"addonName": "vpc-cni", "addonVersion": version, "status": "ACTIVE"}}


def test_an_add_on_climbs_minor_by_minor_with_the_hops(make_facts):
    facts = facts_at(
        make_facts, "1.30", addons=cni("v1.18.0-eksbuild.1"), addon_versions={"vpc-cni": CLIMB}
    )

    hops = plan_hops(facts, standing("1.30"), minor("1.33"))

    after = [[step.versions for step in hop.addons_after] for hop in hops.all]
    assert after == [
        [("v1.19.0-eksbuild.1",)], [("v1.20.0-eksbuild.1",)], [("v1.21.0-eksbuild.1",)],
    ]  # fmt: skip
    assert hops.problems == ()


def test_an_add_on_without_a_version_for_a_later_hop_is_told_before_the_first(make_facts):
    facts = facts_at(
        make_facts, "1.30", addons=cni("v1.18.0-eksbuild.1"), addon_versions={"vpc-cni": CLIMB[:2]}
    )

    hops = plan_hops(facts, standing("1.30"), minor("1.33"))

    (problem,) = hops.problems
    assert problem.subject == "hop 1.32 to 1.33: add-on 'vpc-cni'"
    assert "no version for Kubernetes 1.33" in problem.what


def test_nodes_that_nobody_replaces_stop_the_hop_that_they_would_trail(make_facts):
    kept = (
        Kept("Fargate node f-1", minor("1.30"), "restart their workloads"),
        Kept("Fargate node f-2", minor("1.30"), "restart their workloads"),
        Kept("hybrid node h-1", minor("1.31"), "upgrade them with nodeadm"),
    )
    stands = Standing(present=minor("1.30"), kept=kept)

    fine = plan_hops(facts_at(make_facts, "1.30"), stands, minor("1.33"))
    found = plan_hops(facts_at(make_facts, "1.30"), stands, minor("1.35"))

    assert fine.problems == ()
    assert [problem.subject for problem in found.problems] == [
        "hop 1.33 to 1.34: kubelets",
        "hop 1.34 to 1.35: kubelets",
    ]
    assert "Fargate node f-1 (1.30), Fargate node f-2 (1.30)" in found.problems[0].what
    assert found.problems[0].remedy.startswith("go to 1.33 first (target_version=1.33); then")


def test_a_kube_proxy_that_is_no_add_on_stops_the_hop_that_it_would_trail(make_facts):
    stands = Standing(present=minor("1.30"), kube_proxy=minor("1.28"))

    assert plan_hops(facts_at(make_facts, "1.30"), stands, minor("1.31")).problems == ()
    problems = plan_hops(facts_at(make_facts, "1.30"), stands, minor("1.33")).problems
    assert problems[0].subject == "hop 1.31 to 1.32: kube-proxy"
    assert "set the image of its DaemonSet to 1.31 first" in problems[0].remedy


def test_a_hop_is_read_back_from_its_json(make_facts):
    facts = facts_at(
        make_facts, "1.30", addons=cni("v1.18.0-eksbuild.1"), addon_versions={"vpc-cni": CLIMB}
    )

    for hop in plan_hops(facts, standing("1.30", a="1.30"), minor("1.33")).all:
        assert Hop.from_json(hop.as_json()) == hop


@pytest.mark.parametrize("broken", [{}, {"from_version": "x"}, {"from_version": "1.30"}])
def test_what_is_no_hop_is_not_read(broken):
    with pytest.raises((KeyError, ValueError)):
        Hop.from_json(broken)


def test_the_hops_are_told_in_order(make_facts):
    facts = facts_at(
        make_facts, "1.30", addons=cni("v1.18.0-eksbuild.1"), addon_versions={"vpc-cni": CLIMB}
    )

    lines = list(hop_lines(plan_hops(facts, standing("1.30", a="1.30"), minor("1.32"))))

    assert lines == [
        "2 runs, each started by the one before: 2 hops of the control plane to 1.32, nodes are "
        "replaced once, at 1.32",
        "run 1 of 2: control plane 1.30 -> 1.31; then vpc-cni v1.18.0-eksbuild.1 -> "
        "v1.19.0-eksbuild.1; nodes stay, for 1.32 allows for the kubelets that there are",
        "run 2 of 2: control plane 1.31 -> 1.32; then vpc-cni v1.19.0-eksbuild.1 -> "
        "v1.20.0-eksbuild.1; node group a replaced, for it is the last hop",
    ]


def test_a_single_hop_needs_no_list(make_facts):
    hops = plan_hops(facts_at(make_facts, "1.30"), standing("1.30", a="1.30"), minor("1.31"))

    assert list(hop_lines(hops)) == []


SKEW = {
    "a kubelet of today may trail by three": ("1.30", 3, "1.33"),
    "1.25 is the first of these": ("1.25", 3, "1.28"),
    "one before may trail by two": ("1.24", 2, "1.26"),
}


@pytest.mark.parametrize(("component", "most", "newest"), SKEW.values(), ids=SKEW)
def test_the_skew_policy(component, most, newest):
    assert may_trail(minor(component)) == most
    assert newest_api_server(minor(component)) == minor(newest)
    assert not trails_too_far(minor(component), minor(newest))
    assert trails_too_far(minor(component), minor(newest).next())


def test_another_major_version_is_always_too_far_ahead():
    assert trails_too_far(minor("1.36"), Minor(2, 0))
    assert not trails_too_far(Minor(2, 0), minor("1.36"))
