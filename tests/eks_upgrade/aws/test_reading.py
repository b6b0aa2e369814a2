import boto3
import pytest
from botocore.stub import ANY, Stubber

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.node_groups import asg_name, read_asg, read_asg_of, read_node_group
from include.eks_upgrade.aws.reading import known_region, read_cluster_facts
from include.eks_upgrade.aws.updates.read import UPDATES_READ, read_updates
from include.eks_upgrade.aws.updates.state import in_progress
from include.eks_upgrade.common.errors import Refused

NOT_FOUND = ("ResourceNotFoundException", "no such thing", 404)


@pytest.fixture
def world():
    """Clients of eks, ec2 and autoscaling, and their stubs by name."""
    clients = {
        name: boto3.client(
            name, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        for name in ("eks", "ec2", "autoscaling")
    }
    stubs = {name: Stubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    yield AwsClients(region="eu-central-1", ssm=None, **clients), stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()


def expect_cluster(eks, *, offered_denied=False):
    """Queue a cluster with one add-on, one group and one insight in ERROR."""
    raw = {
        "name": "demo",
        "version": "1.25",
        "status": "ACTIVE",
        "resourcesVpcConfig": {"subnetIds": ["subnet-a"]},
    }
    eks.add_response("describe_cluster", {"cluster": raw})
    if offered_denied:
        eks.add_client_error("describe_cluster_versions", "AccessDeniedException", "no", 403)
    else:
        offered = {"clusterVersions": [{"clusterVersion": "1.26"}]}
        eks.add_response("describe_cluster_versions", offered)
    eks.add_response("list_addons", {"addons": ["coredns", "just-deleted"]})
    eks.add_response("describe_addon", {"addon": {"addonName": "coredns"}})
    eks.add_client_error("describe_addon", *NOT_FOUND)
    group = {
        "nodegroupName": "workers",
        "resources": {"autoScalingGroups": [{"name": "eks-workers"}]},
    }
    eks.add_response("list_nodegroups", {"nodegroups": ["workers"]})
    eks.add_response("describe_nodegroup", {"nodegroup": group})
    eks.add_response("list_updates", {"updateIds": []})
    eks.add_response(
        "describe_addon_versions",
        {"addons": [{"addonName": "coredns", "addonVersions": [{"addonVersion": "v1"}]}]},
        {"addonName": "coredns"},
    )
    expect_insights(eks)


def expect_insights(eks):
    wanted = {"categories": ["UPGRADE_READINESS"], "kubernetesVersions": ["1.26"]}
    listed = [
        {"id": "i-1", "insightStatus": {"status": "ERROR"}},
        {"id": "i-2", "insightStatus": {"status": "PASSING"}},
    ]
    eks.add_response(
        "list_insights", {"insights": listed}, {"clusterName": "demo", "filter": wanted}
    )
    full = {**listed[0], "recommendation": "do it"}
    eks.add_response("describe_insight", {"insight": full}, {"clusterName": "demo", "id": "i-1"})


def expect_surroundings(stubs):
    asg = {
        "AutoScalingGroupName": "eks-workers",
        "MinSize": 1,
        "MaxSize": 3,
        "DesiredCapacity": 2,
        "DefaultCooldown": 0,
        "AvailabilityZones": ["eu-central-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": 0,
    }
    stubs["autoscaling"].add_response(
        "describe_auto_scaling_groups",
        {"AutoScalingGroups": [asg]},
        {"AutoScalingGroupNames": ["eks-workers"]},
    )
    stubs["ec2"].add_response(
        "describe_subnets",
        {"Subnets": [{"SubnetId": "subnet-a", "AvailableIpAddressCount": 9}]},
        {"Filters": [{"Name": "subnet-id", "Values": ["subnet-a"]}]},
    )


def test_reads_everything_the_plan_is_made_from(world):
    clients, stubs = world
    expect_cluster(stubs["eks"])
    expect_surroundings(stubs)

    facts = read_cluster_facts(clients, "demo", {"ip-1": ("v1.25.1", "workers")})

    assert facts.cluster["version"] == "1.25"
    assert set(facts.addons) == {"coredns"}
    assert [one["addonVersion"] for one in facts.addon_versions["coredns"]] == ["v1"]
    assert facts.asgs["workers"]["DesiredCapacity"] == 2
    assert [one.get("recommendation") for one in facts.insights] == ["do it", None]
    assert facts.subnets[0]["AvailableIpAddressCount"] == 9
    assert facts.offered_versions == ({"clusterVersion": "1.26"},)
    assert facts.kubelets == {"ip-1": ("v1.25.1", "workers")}


def test_a_denied_list_of_offered_versions_is_unknown_and_told(world):
    clients, stubs = world
    expect_cluster(stubs["eks"], offered_denied=True)
    expect_surroundings(stubs)

    facts = read_cluster_facts(clients, "demo")

    assert facts.offered_versions is None
    assert "eks:DescribeClusterVersions is not allowed" in facts.unknown[0]


def test_an_unknown_cluster_is_refused_with_those_there_are(world):
    clients, stubs = world
    stubs["eks"].add_client_error("describe_cluster", *NOT_FOUND)
    stubs["eks"].add_response("list_clusters", {"clusters": ["prod", "dev"]})

    with pytest.raises(Refused, match="this account has there: dev, prod"):
        read_cluster_facts(clients, "demo")


@pytest.mark.parametrize("name", ["", "no/slash", "-dash-first", "x" * 101])
def test_a_name_no_cluster_can_have_is_refused_without_a_call(world, name):
    clients, _ = world

    with pytest.raises(Refused, match="EKS cluster names are"):
        read_cluster_facts(clients, name)


def test_an_unknown_region_that_does_not_answer_is_refused():
    # Port 9 of loopback is closed, so nothing answers, as with a region that does not exist.
    eks = boto3.client(
        "eks",
        region_name="mars-north-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=boto3.session.Config(retries={"total_max_attempts": 1}),
    )
    clients = AwsClients(region="mars-north-1", eks=eks, ec2=None, autoscaling=None, ssm=None)

    with pytest.raises(Refused, match="no EKS region of this name is known"):
        read_cluster_facts(clients, "demo")


def test_botocore_s_list_of_regions_is_asked():
    assert known_region("eu-central-1")
    assert known_region("cn-north-1")
    assert not known_region("mars-north-1")


def test_only_updates_at_both_ends_of_a_long_list_are_described_newest_first(world):
    clients, stubs = world
    ids = [f"u-{number}" for number in range(3 * UPDATES_READ)]
    stubs["eks"].add_response("list_updates", {"updateIds": ids})
    for number in [*range(UPDATES_READ), *range(2 * UPDATES_READ, 3 * UPDATES_READ)]:
        stubs["eks"].add_response(
            "describe_update",
            {"update": {"id": f"u-{number}", "createdAt": 1_700_000_000 + number}},
            {"name": "demo", "updateId": f"u-{number}"},
        )

    updates = read_updates(clients.eks, "demo")

    assert len(updates) == 2 * UPDATES_READ
    assert updates[0]["id"] == f"u-{3 * UPDATES_READ - 1}"


@pytest.mark.parametrize(
    ("owner", "named"),
    [
        pytest.param({"addon": "coredns"}, {"addonName": "coredns"}, id="add-on"),
        pytest.param({"node_group": "workers"}, {"nodegroupName": "workers"}, id="node-group"),
    ],
)
def test_updates_of_a_part_of_the_cluster_are_asked_for_by_its_name(world, owner, named):
    clients, stubs = world
    of = {"name": "demo", **named}
    stubs["eks"].add_response("list_updates", {"updateIds": ["u-1", "u-2"]}, of)
    for number, status in enumerate(("Successful", "InProgress"), 1):
        update = {"id": f"u-{number}", "status": status, "createdAt": 1_700_000_000 + number}
        stubs["eks"].add_response(
            "describe_update", {"update": update}, {**of, "updateId": f"u-{number}"}
        )

    (running,) = in_progress(read_updates(clients.eks, "demo", **owner))

    assert running["id"] == "u-2"


def test_a_group_without_an_auto_scaling_group_is_not_asked_about(world):
    clients, _ = world

    assert read_asg_of(clients.autoscaling, {"nodegroupName": "workers"}) is None


def test_what_is_said_about_a_node_group_names_it(world):
    clients, stubs = world
    stubs["eks"].add_client_error("describe_nodegroup", "AccessDeniedException", "no", 403)

    with pytest.raises(Refused, match="node group workers of cluster demo"):
        read_node_group(clients.eks, "demo", "workers")


def test_what_does_not_exist_is_none(world):
    clients, stubs = world
    stubs["eks"].add_client_error("describe_nodegroup", *NOT_FOUND)
    stubs["autoscaling"].add_response(
        "describe_auto_scaling_groups", {"AutoScalingGroups": []}, {"AutoScalingGroupNames": ANY}
    )

    assert read_node_group(clients.eks, "demo", "gone") is None
    assert read_asg(clients.autoscaling, "gone") is None


@pytest.mark.parametrize(
    ("group", "name"),
    [
        pytest.param({"resources": {"autoScalingGroups": [{"name": "a"}]}}, "a", id="has-one"),
        pytest.param({"resources": {"autoScalingGroups": []}}, None, id="none-yet"),
        pytest.param({}, None, id="no-resources"),
    ],
)
def test_the_asg_of_a_group(group, name):
    assert asg_name(group) == name
