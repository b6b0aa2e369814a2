"""What lets EKS and its nodes in, as an API server answers it; without the rights it says so."""

import base64
from collections.abc import Iterator

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.readings.nodes.read_node_access import (
    read_aws_auth,
    read_manager_access,
)
from tests.rehearsal.kube.kube_lab import Lab, make_token


@pytest.fixture(scope="module", name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    yield made
    made.stop()


def client(lab: Lab) -> KubeClient:
    ca = base64.b64encode(lab.server.ca_pem.encode()).decode()
    return KubeClient(ClusterAccess(lab.url, ca, make_token))


async def test_the_node_manager_is_there_until_somebody_takes_it_away(lab: Lab) -> None:
    async with client(lab) as kube:
        found = await read_manager_access(kube)
        assert found.role is not None
        assert found.binding is not None
        assert found.binding["subjects"][0]["name"] == found.role["metadata"]["name"]
        with lab.clock.lock:
            lab.cluster.delete("clusterrolebindings", None, "eks:node-manager", {})
        assert (await read_manager_access(kube)).binding is None


async def test_of_aws_auth_the_roles_are_read(lab: Lab) -> None:
    named = {"metadata": {"name": "aws-auth", "namespace": "kube-system"}}
    async with client(lab) as kube:
        assert await read_aws_auth(kube) is None
        for data, expected in (({}, ""), ({"mapRoles": "- a", "mapUsers": "- b"}, "- a")):
            with lab.clock.lock:
                lab.cluster.apply({"kind": "ConfigMap", **named, "data": data})
            assert await read_aws_auth(kube) == expected


async def test_without_the_right_it_is_a_refusal_that_names_it(lab: Lab) -> None:
    lab.server.forbid("get", "clusterroles")
    async with client(lab) as kube:
        with pytest.raises(Refused, match="get clusterroles"):
            await read_manager_access(kube)
