import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Problem, Refused, UpdateFailed
from include.eks_upgrade.common.outcome import Done, Failed, NotYet
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.images.ami_type import ami_type_for
from include.eks_upgrade.nodes.managed.marks import REPLACES
from include.eks_upgrade.nodes.managed.new_group.clone import (
    create_request,
    snapshot,
    wanted_nodes,
    with_family,
)
from include.eks_upgrade.nodes.managed.new_group.create import create_node_group
from include.eks_upgrade.nodes.managed.new_group.names import name_problem, replacement_name
from include.eks_upgrade.nodes.managed.new_group.readiness import enough_nodes, new_group_outcome

TOKEN = "t" * 36
PLAIN = {
    "nodegroupName": "workers",
    "nodegroupArn": "arn:aws:eks:x",
    "status": "ACTIVE",
    "nodeRole": "arn:aws:iam::1:role/n",
    "subnets": ["subnet-1"],
    "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
    "instanceTypes": ["m5.large"],
    "diskSize": 50,
    "remoteAccess": {"ec2SshKey": "key"},
    "amiType": "AL2_x86_64",
    "capacityType": "SPOT",
    "labels": {"team": "a"},
    "taints": [{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}],
    "tags": {"aws:cloudformation:stack-name": "s", "AWS:x": "y", "cost": "1"},
    "updateConfig": {"maxUnavailable": 1},
    "warmPoolConfig": {"enabled": True},
    "version": "1.25",
}
CUSTOM = {
    **{key: value for key, value in PLAIN.items() if key not in {"diskSize", "remoteAccess"}},
    "amiType": "CUSTOM",
    "launchTemplate": {"id": "lt-1", "name": "acme", "version": "3"},
    "releaseVersion": "ami-1",
}


def request_for(group, **changes):
    settings = {"template": None, "desired": 2, "token": TOKEN} | changes
    return create_request(snapshot(group), "workers-k126", **settings)


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        pytest.param("workers", "workers-k126", id="first upgrade"),
        pytest.param("workers-k125", "workers-k126", id="the suffix is replaced"),
        pytest.param("workers-k110", "workers-k126", id="the first minor that EKS had"),
        pytest.param("workers-k126", "workers-k126", id="the target itself"),
        pytest.param("a-k1", "a-k1-k126", id="k1 is no version"),
        pytest.param("gpu-k80", "gpu-k80-k126", id="a card"),
        pytest.param("gpu-k80-k125", "gpu-k80-k126", id="a card, and a suffix of ours"),
        pytest.param("gpu-k10", "gpu-k10-k126", id="a card that could be 1.0"),
        pytest.param("gpu-k19", "gpu-k19-k126", id="1.9 is older than EKS"),
        pytest.param("gpu-k520", "gpu-k520-k126", id="a card that could be 5.20"),
        pytest.param("quadro-k1200", "quadro-k1200-k126", id="a card that could be 1.200"),
        pytest.param("pool-k127", "pool-k127-k126", id="newer than the target"),
        pytest.param("pool-k0125", "pool-k0125-k126", id="a leading zero"),
        pytest.param("pool-k105", "pool-k105-k126", id="1.05 is not written so"),
        pytest.param("pool-k125", "pool-k126", id="a pool"),
        pytest.param("pool-K125", "pool-K125-k126", id="a capital is not ours"),
        pytest.param("workers-1-25", "workers-1-25-k126", id="a minor spelt in another way"),
        pytest.param("p4d-24", "p4d-24-k126", id="an instance type"),
        pytest.param("k125", "k125-k126", id="nothing but the minor"),
        pytest.param("pool-k125-spot", "pool-k125-spot-k126", id="a minor in the middle"),
        pytest.param("pool-k125-k125", "pool-k125-k126", id="one suffix is taken off, no more"),
    ],
)
def test_the_new_name_tells_the_minor_once(name, replacement):
    assert replacement_name(name, "1.26") == replacement


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("w" * 58, None, id="63 characters fit"),
        pytest.param("w" * 59, "has 64 characters", id="64 do not"),
        pytest.param("w" * 58 + "-k125", None, id="63 with a suffix that is replaced"),
        pytest.param("w" * 55 + "-k80", "has 64 characters", id="a card's name stays and counts"),
        pytest.param("w-k126", "already says", id="name already taken by itself"),
    ],
)
def test_a_name_that_cannot_be_is_a_problem(name, words):
    problem = name_problem(name, "1.26")
    assert (words in str(problem)) if words else problem is None


def test_a_snapshot_leaves_out_tags_of_aws():
    assert snapshot(PLAIN)["tags"] == {"cost": "1"}


def test_a_group_without_template_is_cloned_whole():
    request = request_for(PLAIN)
    same = ("nodeRole", "subnets", "instanceTypes", "diskSize", "remoteAccess", "amiType",
            "capacityType", "labels", "taints", "updateConfig", "warmPoolConfig")  # fmt: skip
    assert {key: request[key] for key in same} == {key: PLAIN[key] for key in same}
    assert not {"version", "releaseVersion", "launchTemplate", "clusterName"} & request.keys()


def test_a_custom_group_sends_no_ami_type_and_no_warm_pool_but_its_template():
    request = request_for(CUSTOM, template={"id": "lt-1", "version": 4})
    assert request["launchTemplate"] == {"id": "lt-1", "version": "4"}
    assert not {"amiType", "warmPoolConfig", "diskSize", "remoteAccess"} & request.keys()


def test_a_template_without_image_keeps_its_version_and_the_ami_type():
    group = {**CUSTOM, "amiType": "AL2_x86_64", "launchTemplate": {"name": "acme", "version": "3"}}
    request = request_for(group)
    assert request["launchTemplate"] == {"name": "acme", "version": "3"}
    assert request["amiType"] == "AL2_x86_64"


@pytest.mark.parametrize(
    ("desired", "sizes"),
    [
        pytest.param(2, (1, 3, 2), id="within bounds"),
        pytest.param(5, (1, 5, 5), id="max follows"),
        pytest.param(0, (0, 3, 0), id="min follows down"),
    ],
)
def test_sizes_are_widened_only_as_far_as_needed(desired, sizes):
    scaling = request_for(PLAIN, desired=desired)["scalingConfig"]
    assert (scaling["minSize"], scaling["maxSize"], scaling["desiredSize"]) == sizes


def test_the_live_size_counts_and_extra_nodes_are_added():
    assert wanted_nodes(snapshot(PLAIN), {"DesiredCapacity": 7}, extra_nodes=1) == 8
    assert wanted_nodes(snapshot(PLAIN), None) == 2


def test_a_change_of_family_changes_eks_own_ami_type():
    assert with_family(snapshot(PLAIN), "al2023")["amiType"] == "AL2023_x86_64_STANDARD"
    assert with_family(snapshot(CUSTOM), "al2023")["amiType"] == "CUSTOM"


def test_nobody_goes_back_to_amazon_linux_2():
    assert isinstance(ami_type_for("AL2023_x86_64_STANDARD", "al2"), Problem)
    with pytest.raises(Refused):
        with_family({**snapshot(PLAIN), "amiType": "BOTTLEROCKET_x86_64"}, "al2")


def node(name, *, ready=True, cordoned=False, kubelet="v1.26.1-eks-1"):
    return Node(name=name, ready=ready, unschedulable=cordoned, kubelet_version=kubelet)


NEW = {"nodegroupName": "g", "status": "ACTIVE"}


@pytest.mark.parametrize(
    ("group", "nodes", "kind", "words"),
    [
        pytest.param(NEW, [node("a"), node("b")], Done, "2 of 2", id="active and ready"),
        pytest.param({**NEW, "status": "DEGRADED"}, [node("a"), node("b")], Done, "DEGRADED",
                     id="degraded but ready"),
        pytest.param({**NEW, "status": "CREATING"}, [node("a"), node("b")], NotYet, "CREATING",
                     id="nodes are before EKS"),
        pytest.param(NEW, [node("a"), node("b", ready=False)], NotYet, "not Ready: b",
                     id="one not ready"),
        pytest.param(NEW, [node("a"), node("b", cordoned=True)], NotYet, "cordoned: b",
                     id="one cordoned"),
        pytest.param(NEW, [node("a"), node("b", kubelet="")], Done, "2 of 2",
                     id="kubelet version not told"),
        pytest.param(NEW, [node("a"), node("b", kubelet="v1.25.9")], Failed, "b runs v1.25.9",
                     id="wrong kubelet"),
        pytest.param({**NEW, "status": "DELETING"}, [], Failed, "DELETING", id="being deleted"),
        pytest.param(
            {**NEW, "status": "CREATE_FAILED",
             "health": {"issues": [{"code": "NodeCreationFailure", "message": "did not join"}]}},
            [], Failed, "NodeCreationFailure: did not join", id="create failed"),
        pytest.param({**NEW, "status": "NEW_WORD"}, [node("a"), node("b")], NotYet, "NEW_WORD",
                     id="unknown status is shown"),
    ],
)  # fmt: skip
def test_the_new_group_is_ready_when_eks_and_enough_nodes_say_so(group, nodes, kind, words):
    outcome = new_group_outcome(group, nodes, wanted=2, to_version="1.26")
    assert isinstance(outcome, kind)
    assert words in outcome.detail


def test_percent_of_nodes_is_rounded_up():
    assert [enough_nodes(3, 50), enough_nodes(2, 100), enough_nodes(0, 100)] == [2, 2, 0]


@pytest.fixture
def eks():
    client = boto3.client("eks", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def create(client, request):
    return create_node_group(AwsClients("us-east-1", client, None, None, None), "demo", request)


def test_a_missing_group_is_created(eks):
    client, stub = eks
    stub.add_client_error("describe_nodegroup", "ResourceNotFoundException")
    request = request_for(PLAIN)
    made = {"nodegroup": {"nodegroupName": "workers-k126", "status": "CREATING"}}
    stub.add_response("create_nodegroup", made, {"clusterName": "demo", **request})
    result = create(client, request)
    assert result.changed
    assert result.data["node_group"] == "workers-k126"


OURS = {REPLACES: "workers"}


def answer(status, **more):
    raw = {"nodegroupName": "workers-k126", "status": status, "tags": OURS, **more}
    return {"nodegroup": raw}


@pytest.mark.parametrize("status", ["CREATING", "ACTIVE", "DEGRADED"])
def test_a_group_of_an_earlier_run_is_adopted(eks, status):
    client, stub = eks
    stub.add_response("describe_nodegroup", answer(status))
    assert not create(client, request_for(PLAIN)).changed


@pytest.mark.parametrize(
    ("found", "error", "words"),
    [
        pytest.param(answer("CREATE_FAILED"), UpdateFailed, "untouched", id="create failed"),
        pytest.param(answer("DELETING"), Refused, "DELETING", id="being deleted"),
        pytest.param(answer("ACTIVE", nodeRole="a"), Refused, "nodeRole", id="another role"),
        pytest.param(answer("ACTIVE", tags={}), Refused, "no such tag", id="not ours"),
        pytest.param(
            answer("ACTIVE", tags={REPLACES: "jobs"}), Refused, "replaces=jobs", id="for another"
        ),
    ],
)
def test_a_group_that_cannot_be_adopted_is_left_alone(eks, found, error, words):
    client, stub = eks
    stub.add_response("describe_nodegroup", found)
    with pytest.raises(error, match=words):
        create(client, request_for(PLAIN))


def test_a_group_that_appears_between_look_and_call_is_adopted(eks):
    client, stub = eks
    stub.add_client_error("describe_nodegroup", "ResourceNotFoundException")
    stub.add_client_error("create_nodegroup", "ResourceInUseException")
    stub.add_response("describe_nodegroup", answer("CREATING"))
    assert not create(client, request_for(PLAIN)).changed
