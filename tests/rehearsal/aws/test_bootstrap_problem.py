"""Which user data makes a node join, and which only looks like it."""

import base64

import pytest

from include.rehearsal.aws.bootstrap import bootstrap_problem
from include.rehearsal.scenario import al2023_user_data


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CLUSTER = {
    "name": "demo",
    "endpoint": "https://127.0.0.1:1/k8s/demo",
    "certificateAuthority": {"data": "Q0E="},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16"},
}
ROCKET = (
    "[settings.kubernetes]\ncluster-name = 'demo'\n"
    "api-server = 'https://127.0.0.1:1/k8s/demo'\ncluster-certificate = 'Q0E='\n"
)


@pytest.mark.parametrize(
    ("family", "text", "joins"),
    [
        pytest.param("al2", "/etc/eks/bootstrap.sh 'demo' --x", True, id="quoted name"),
        pytest.param("al2", "/etc/eks/bootstrap.sh \\\n demo", True, id="continued line"),
        pytest.param("al2", "# /etc/eks/bootstrap.sh demo", False, id="commented out"),
        pytest.param("al2", al2023_user_data(CLUSTER), False, id="NodeConfig on al2"),
        pytest.param("al2023", al2023_user_data(CLUSTER), True, id="NodeConfig"),
        pytest.param(
            "al2023", al2023_user_data({**CLUSTER, "endpoint": "x"}), False, id="other endpoint"
        ),
        pytest.param("al2023", "/etc/eks/bootstrap.sh demo", False, id="bootstrap.sh on al2023"),
        pytest.param("bottlerocket", ROCKET, True, id="bottlerocket"),
        pytest.param("bottlerocket", "[settings]", False, id="bottlerocket without settings"),
    ],
)
def test_user_data_bootstraps_only_what_it_really_bootstraps(
    family: str, text: str, joins: bool
) -> None:
    assert (bootstrap_problem(encoded(text), family, CLUSTER) is None) == joins
