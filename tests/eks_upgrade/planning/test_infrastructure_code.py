"""What the plan tells of groups and a cluster that a tool made which will not know the new ones."""

from pathlib import Path

import pytest

from include.eks_upgrade.nodes.managed.made_by import Tool
from include.eks_upgrade.planning.infrastructure_code import PAGE, infrastructure_warnings
from include.eks_upgrade.planning.make_plan import groups_in_need, make_plan
from include.eks_upgrade.planning.preflight.rules.replacement import replacement_warnings

TERRAFORM = {"ManagedBy": "terraform"}
TAGS = {
    Tool.TERRAFORM: TERRAFORM,
    Tool.PULUMI: {"ManagedBy": "pulumi"},
    Tool.EKSCTL: {"aws:cloudformation:stack-name": "s", "alpha.eksctl.io/nodegroup-name": "w"},
    Tool.CLOUDFORMATION: {"aws:cloudformation:stack-name": "s"},
    Tool.CDK: {"aws:cloudformation:stack-name": "s", "aws-cdk:x": "y"},
    Tool.CROSSPLANE: {"crossplane-kind": "nodegroup.eks.aws.upbound.io"},
    Tool.ACK: {"services.k8s.aws/namespace": "default"},
    Tool.CLUSTER_API: {"sigs.k8s.io/cluster-api-provider-aws/cluster/demo": "owned"},
}
WORDS = {
    Tool.TERRAFORM: "next apply would create the old group again",
    Tool.PULUMI: "After its next refresh",
    Tool.EKSCTL: "they are in that stack",
    Tool.CLOUDFORMATION: "The stack goes on to name the old group",
    Tool.CDK: "The next deploy",
    Tool.CROSSPLANE: "pause it first",
    Tool.ACK: "pause it first",
    Tool.CLUSTER_API: "pause it first",
}


def told(request, facts):
    plan = make_plan(request, facts, dict.fromkeys(groups_in_need(request, facts)))
    return [warning for warning in plan.warnings if PAGE in warning]


@pytest.mark.parametrize("tool", Tool)
def test_each_tool_is_told_with_what_its_next_apply_would_do(
    make_request, make_facts, make_group, tool
):
    group = make_group("workers", tags=TAGS[tool])

    (warning,) = told(make_request(), make_facts(node_groups={"workers": group}))

    assert f"workers -> workers-k126 seems to be made by {tool} (tag " in warning
    assert WORDS[tool] in warning


def test_groups_of_one_tool_are_told_together(make_request, make_facts, make_group):
    names = [f"g{number}" for number in range(7)]
    groups = {name: make_group(name, tags=TERRAFORM) for name in names}

    (warning,) = told(make_request(), make_facts(node_groups=groups))

    assert "g0 -> g0-k126, g1 -> g1-k126" in warning
    assert "and 2 more" in warning


def test_groups_that_stay_are_not_told(make_request, make_facts, make_group):
    groups = {"workers": make_group("workers"), "stays": make_group("stays", tags=TERRAFORM)}

    assert told(make_request(node_groups=("workers",)), make_facts(node_groups=groups)) == []


def test_a_cluster_that_a_tool_made_is_told_with_the_version_to_write(
    make_request, make_facts, make_cluster
):
    facts = make_facts(cluster=make_cluster(tags=TERRAFORM))

    (warning,) = told(make_request(), facts)

    assert "cluster demo seems to be made by Terraform (tag ManagedBy=terraform): write 1.26" in (
        warning
    )
    assert list(infrastructure_warnings({}, facts)) == []


def test_a_single_replacement_tells_the_same(make_facts, make_group):
    group = make_group("workers", status="DEGRADED", tags=TERRAFORM)
    facts = make_facts(node_groups={"workers": group})

    first, second = replacement_warnings("workers", "workers-b", facts)

    assert "DEGRADED" in first
    assert "workers -> workers-b seems to be made by Terraform" in second
    assert replacement_warnings("gone", "gone-b", facts) == ()


def test_the_page_has_a_heading_for_each_tool():
    page = (Path(__file__).parents[3] / PAGE).read_text("utf-8")
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert [tool for tool in Tool if not any(tool in heading for heading in headings)] == []
