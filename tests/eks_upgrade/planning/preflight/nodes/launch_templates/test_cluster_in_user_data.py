"""The cluster's facts in user data, also where EKS chooses the image."""

import json

import pytest

from include.eks_upgrade.planning.preflight.nodes.launch_templates.cluster_in_user_data import CHECK
from tests.eks_upgrade.planning.conftest import cluster
from tests.eks_upgrade.planning.group_room import CA
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, seen

AL2023 = {"amiType": "AL2023_x86_64_STANDARD"}


def node_config(**cluster):
    spec = {"cluster": {"name": "demo", **cluster}}
    return json.dumps({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec})


@pytest.mark.parametrize(
    ("user_data", "family", "fact"),
    [
        pytest.param(node_config(certificateAuthority="T2xk"), "al2023", "certificate authority",
                     id="a NodeConfig with another CA"),
        pytest.param(node_config(certificateAuthority=f" {CA}"), "al2023", "certificate authority",
                     id="a blank, at which decoders of base64 stop"),
        pytest.param(f"#!/bin/bash\n/etc/eks/bootstrap.sh demo --b64-cluster-ca {CA} "
                     "--apiserver-endpoint https://old.example\n", "al2", "endpoint",
                     id="bootstrap.sh with another endpoint"),
        pytest.param('[settings.kubernetes]\ncluster-name = "demo"\ncluster-certificate = "T2xk"\n',
                     "bottlerocket", "certificate authority", id="Bottlerocket with another CA"),
    ],
)  # fmt: skip
def test_a_fact_that_is_not_the_clusters_blocks(user_data, family, fact):
    ((severity, subject, what),) = found(CHECK, seen("1.35", user_data, family))
    assert (severity, subject) == ("blocks", "user data of node group workers")
    assert f"the {fact} in it is not that of cluster demo" in what


@pytest.mark.parametrize(
    ("user_data", "family"),
    [
        pytest.param(node_config(certificateAuthority=CA), "al2023", id="the cluster's"),
        pytest.param(node_config(certificateAuthority=f"\n{CA}\n"), "al2023", id="line ends"),
        pytest.param("#!/bin/bash\nCA=$(aws eks describe-cluster --name demo)\n/etc/eks/bootstrap."
                     'sh demo --b64-cluster-ca "$CA"\n', "al2", id="which a shell asks for"),
        pytest.param("#!/bin/bash\necho hello\n", "al2", id="nothing about it"),
        pytest.param(node_config(certificateAuthority="T2xk"), "bottlerocket",
                     id="of a family that nobody hears any more"),
    ],
)  # fmt: skip
def test_what_is_the_clusters_is_silent(user_data, family):
    assert found(CHECK, seen("1.35", user_data, family)) == []


def test_where_eks_chooses_the_image_and_adds_its_own_it_warns():
    given = seen("1.35", node_config(certificateAuthority="T2xk"), image=None, group=AL2023)
    ((severity, _, _),) = found(CHECK, given)
    assert severity == "warns"


def test_a_cluster_that_has_no_endpoint_yet_is_not_judged():
    bad = node_config(certificateAuthority="T2xk")
    assert found(CHECK, seen("1.35", bad, facts={"cluster": cluster("1.34")})) == []
