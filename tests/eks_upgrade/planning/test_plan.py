import json

import pytest

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.make_plan import groups_in_need, make_plan
from include.eks_upgrade.planning.plan import Plan

OWN_IMAGE = {"workers": None}


@pytest.fixture
def finished_addons():
    return {
        name: {"addonName": name, "addonVersion": version, "status": "ACTIVE"}
        for name, version in {
            "coredns": "v1.9.3-eksbuild.7",
            "kube-proxy": "v1.26.2-eksbuild.1",
            "vpc-cni": "v1.14.1-eksbuild.1",
        }.items()
    }


def test_the_runbook_s_cluster_moves_one_minor_with_everything_on_it(make_request, make_facts):
    plan = make_plan(make_request(), make_facts(), OWN_IMAGE)

    assert (plan.from_version, plan.to_version, plan.control_plane_needed) == ("1.25", "1.26", True)
    assert {step.name: list(step.versions) for step in plan.addons_before} == {
        "coredns": ["v1.9.3-eksbuild.7"],
        "kube-proxy": ["v1.25.16-eksbuild.1"],
        "vpc-cni": ["v1.13.4-eksbuild.1", "v1.14.1-eksbuild.1"],
    }
    assert {step.name: list(step.versions) for step in plan.addons_after} == {
        "kube-proxy": ["v1.26.2-eksbuild.1"]
    }
    (group,) = plan.node_groups
    assert (group.name, group.replacement) == ("workers", "workers-k126")
    assert (group.from_version, group.to_version) == ("1.25", "1.26")


def test_the_plan_survives_the_way_through_json(make_request, make_facts):
    image = Image("ami-1", "node-1.26", "x86_64", "al2023", "1.26", "SSM", ("is deprecated",))
    plan = make_plan(make_request(), make_facts(), {"workers": image})

    plain = json.loads(json.dumps(plan.as_json()))

    assert Plan.from_json(plain) == plan
    assert plain["schema"] == 2
    assert plain["control_plane_needed"] is True
    assert plain["node_groups"][0]["image"]["id"] == "ami-1"


def test_a_plan_of_an_unknown_schema_is_not_read():
    with pytest.raises(Refused, match="repeat the plan"):
        Plan.from_json({"schema": 1})


def test_a_second_run_with_the_same_parameters_has_nothing_to_do(
    make_request, make_facts, make_cluster, make_group, make_update, finished_addons
):
    facts = make_facts(
        cluster=make_cluster("1.26"),
        updates=(make_update("1.26"),),
        addons=finished_addons,
        node_groups={"workers-k126": make_group("workers-k126", "1.26")},
        kubelets={"ip-2": ("v1.26.15-eks-abc", "workers-k126")},
    )
    request = make_request(target_version="1.26", node_groups=("workers",))

    plan = make_plan(request, facts, {})

    assert plan.nothing_to_do
    assert "node group workers: already replaced by workers-k126" in plan.summary


@pytest.mark.parametrize("target", [pytest.param("1.26", id="named"), pytest.param("", id="empty")])
def test_a_killed_run_is_continued_with_its_new_group(
    make_request, make_facts, make_cluster, make_group, make_update, target
):
    facts = make_facts(
        cluster=make_cluster("1.26"),
        updates=(make_update("1.26"),),
        node_groups={
            "workers": make_group("workers", status="DELETING"),
            "workers-k126": make_group("workers-k126", "1.26", status="CREATING"),
        },
        kubelets={"ip-1": ("v1.25.16-eks-abc", "workers")},
    )

    plan = make_plan(make_request(target_version=target), facts, OWN_IMAGE)

    assert (plan.to_version, plan.control_plane_needed) == ("1.26", False)
    assert [(step.name, step.replacement) for step in plan.node_groups] == [
        ("workers", "workers-k126")
    ]
    assert plan.addons_before == ()
    assert any("continues with workers-k126" in line for line in plan.summary)


def test_a_group_that_is_there_already_is_named_with_its_own_image_and_not_with_a_newer_one(
    make_request, make_facts, make_cluster, make_group, make_update
):
    standing = {**make_group("workers-k126", "1.26"), "releaseVersion": "ami-of-the-first-run"}
    facts = make_facts(
        cluster=make_cluster("1.26"),
        updates=(make_update("1.26"),),
        node_groups={"workers": make_group("workers"), "workers-k126": standing},
        kubelets={"ip-1": ("v1.25.16-eks-abc", "workers")},
    )
    newer = Image("ami-of-today", "node-1.26", "x86_64", "al2023", "1.26", "SSM", ())

    plan = make_plan(make_request(target_version="1.26"), facts, {"workers": newer})

    [line] = [each for each in plan.summary if each.startswith("node group workers ")]
    assert "continues with workers-k126, which is there (1.26, image ami-of-the-first-run)" in line
    assert "ami-of-today" not in line


@pytest.mark.parametrize("target", [pytest.param("1.26", id="named"), pytest.param("", id="empty")])
def test_a_running_update_to_the_target_is_adopted_and_no_addon_goes_first(
    make_request, make_facts, make_cluster, make_update, target
):
    facts = make_facts(
        cluster=make_cluster(status="UPDATING"), updates=(make_update("1.26", "InProgress"),)
    )

    plan = make_plan(make_request(target_version=target), facts, OWN_IMAGE)

    assert plan.control_plane_needed
    assert plan.addons_before == ()
    assert {step.name for step in plan.addons_after} == {"coredns", "kube-proxy", "vpc-cni"}
    assert "control plane: update u-1 to 1.26 runs already, it is adopted" in plan.summary


def test_nodes_that_trail_are_enough_to_accept_the_present_version(
    make_request, make_facts, make_cluster
):
    facts = make_facts(
        cluster=make_cluster("1.26"), kubelets={"ip-1": ("v1.25.16-eks-abc", "workers")}
    )

    plan = make_plan(make_request(target_version="1.26"), facts, OWN_IMAGE)

    assert [step.name for step in plan.node_groups] == ["workers"]


def test_an_empty_target_moves_on_when_nothing_shows_an_unfinished_upgrade(
    make_request, make_facts, make_cluster, make_group
):
    facts = make_facts(
        cluster=make_cluster("1.26"),
        node_groups={"workers": make_group("workers", "1.26")},
        kubelets={"ip-1": ("v1.26.1-eks-abc", "workers")},
        addons={},
        insights=(),
    )

    assert make_plan(make_request(), facts, OWN_IMAGE).to_version == "1.27"


def test_the_version_of_a_group_with_its_own_image_is_read_from_its_kubelets(
    make_request, make_facts, make_group
):
    custom = make_group("workers", amiType="CUSTOM")
    del custom["version"]
    at_target = make_facts(
        node_groups={"workers": custom}, kubelets={"ip-1": ("v1.26.15-eks-abc", "workers")}
    )
    behind = make_facts(node_groups={"workers": custom})
    empty = make_facts(node_groups={"workers": custom}, kubelets={})

    assert groups_in_need(make_request(), at_target) == {}
    assert set(groups_in_need(make_request(), behind)) == {"workers"}
    assert set(groups_in_need(make_request(), empty)) == {"workers"}


def test_all_problems_are_told_at_once_each_with_its_remedy(make_request, make_facts, make_cluster):
    facts = make_facts(cluster=make_cluster(status="PENDING"))
    request = make_request(node_groups=("nobody", "workers"), ready_percent=0)
    missing = Problem("image ami-1", "EC2 knows no such image", "correct the id")

    with pytest.raises(Refused) as refusal:
        make_plan(request, facts, {"workers": missing})

    subjects = [problem.subject for problem in refusal.value.problems]
    assert subjects == ["ready_percent", "cluster 'demo'", "node group 'nobody'", "image ami-1"]
    assert all(problem.remedy for problem in refusal.value.problems)


def test_a_bad_target_does_not_hide_the_other_problems(make_request, make_facts):
    request = make_request(target_version="1.99", node_groups=("nobody",))

    with pytest.raises(Refused) as refusal:
        make_plan(request, make_facts(), {})

    subjects = {problem.subject for problem in refusal.value.problems}
    assert subjects == {"target_version", "node group 'nobody'"}


def test_a_contradiction_about_the_image_is_not_told_again_for_each_group(make_request, make_facts):
    request = make_request(ami=AmiChoice(source="image_id"))
    echo = Problem("ami_id", "it is empty although ami_source is image_id", "give an id")

    with pytest.raises(Refused) as refusal:
        make_plan(request, make_facts(), {"workers": echo})

    assert len(refusal.value.problems) == 1


def test_notes_of_an_image_and_groups_left_behind_become_warnings(
    make_request, make_facts, make_group
):
    facts = make_facts(
        node_groups={"workers": make_group("workers"), "other": make_group("other")},
        unknown=("the offered versions are not known",),
    )
    image = Image("ami-1", "node", "x86_64", "al2023", "1.26", "SSM", ("is deprecated",))

    plan = make_plan(make_request(node_groups=("workers",)), facts, {"workers": image})

    assert plan.warnings == (
        "the offered versions are not known",
        "node group workers: image ami-1: is deprecated",
        "node group other is not chosen and stays at 1.25",
    )
