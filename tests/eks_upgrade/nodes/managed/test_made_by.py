"""The tool that made a node group, read from tags that tools write and people spell."""

import pytest

from include.eks_upgrade.nodes.managed.made_by import Tool, made_by

STACK = {"aws:cloudformation:stack-name": "eksctl-cluster-a-nodegroup-main"}
EKSCTL = {"alpha.eksctl.io/nodegroup-name": "main", "alpha.eksctl.io/eksctl-version": "0.191.0",
          "eksctl.cluster.k8s.io/v1alpha1/cluster-name": "cluster-a"}  # fmt: skip

WRITTEN = [
    pytest.param(STACK, [Tool.CLOUDFORMATION], id="CloudFormation"),
    pytest.param({**STACK, **EKSCTL}, [Tool.EKSCTL], id="eksctl, which works by CloudFormation"),
    pytest.param({**STACK, "aws-cdk:subnet": "x"}, [Tool.CDK], id="CDK, which does too"),
    pytest.param(EKSCTL, [], id="a copy of eksctl's tags belongs to no stack"),
    pytest.param({"crossplane-kind": "nodegroup.eks.aws.upbound.io", "crossplane-name": "x"},
                 [Tool.CROSSPLANE], id="Crossplane"),
    pytest.param({"services.k8s.aws/controller-version": "eks-v1.9.0"}, [Tool.ACK], id="ACK"),
    pytest.param({"sigs.k8s.io/cluster-api-provider-aws/cluster/demo": "owned"},
                 [Tool.CLUSTER_API], id="Cluster API"),
    pytest.param({"pulumi:project": "shop", "pulumi:stack": "prod"}, [Tool.PULUMI], id="Pulumi"),
    pytest.param({"yor_trace": "8f1c"}, [Tool.TERRAFORM], id="Yor, which tags Terraform's files"),
]  # fmt: skip


@pytest.mark.parametrize(("tags", "tools"), WRITTEN)
def test_what_a_tool_writes_tells_it(tags, tools):
    assert [one.tool for one in made_by(tags)] == tools


HABITS = [
    ("terraform", "true", Tool.TERRAFORM),
    ("Terraform", "", Tool.TERRAFORM),
    ("ManagedBy", "terraform", Tool.TERRAFORM),
    ("managed_by", "Terraform", Tool.TERRAFORM),
    ("managed-by", "TERRAFORM v1.9", Tool.TERRAFORM),
    ("Managed By", "Terragrunt", Tool.TERRAFORM),
    ("CreatedBy", "OpenTofu", Tool.TERRAFORM),
    ("provisioner", "tf", Tool.TERRAFORM),
    ("iac", "terraform", Tool.TERRAFORM),
    ("acme:iac-tool", "terraform", Tool.TERRAFORM),
    ("TerraformWorkspace", "prod", Tool.TERRAFORM),
    ("tf_module", "eks", Tool.TERRAFORM),
    ("GithubRepo", "terraform-aws-eks", Tool.TERRAFORM),
    ("GithubOrg", "terraform-aws-modules", Tool.TERRAFORM),
    ("terraform-aws-modules", "eks", Tool.TERRAFORM),
    ("ManagedBy", "Pulumi", Tool.PULUMI),
    ("managed-by", "aws-cdk", Tool.CDK),
    ("DeployedWith", "CDK", Tool.CDK),
    ("managedBy", "CloudFormation", Tool.CLOUDFORMATION),
    ("managedBy", "crossplane", Tool.CROSSPLANE),
    ("managed-by", "cluster-api", Tool.CLUSTER_API),
    ("managed-by", "ack", Tool.ACK),
    ("terraform", "false", None),
    ("ManagedBy", "nobody", None),
    ("ManagedBy", "platform-team", None),
    ("Name", "terraform-runners", None),
    ("team", "terraform", None),
    ("tf-serving", "true", None),
    ("environment", "rehearsal", None),
    ("backup", "yes", None),
]


@pytest.mark.parametrize(("key", "value", "tool"), HABITS)
def test_what_people_write_tells_a_tool_in_many_spellings(key, value, tool):
    assert [one.tool for one in made_by({key: value})] == ([tool] if tool else [])


@pytest.mark.parametrize("tags", [{}, None, {"a": None}, {"": ""}])
def test_no_telling_tag_tells_nothing(tags):
    assert made_by(tags) == ()


def test_the_tag_that_tells_is_named():
    (one,) = made_by({"zone": "a", "ManagedBy": "terraform", "terraform": "true"})
    assert one.tag == "ManagedBy=terraform"


def test_two_tools_are_both_told():
    tags = {**STACK, "ManagedBy": "terraform"}
    assert [one.tool for one in made_by(tags)] == [Tool.TERRAFORM, Tool.CLOUDFORMATION]
