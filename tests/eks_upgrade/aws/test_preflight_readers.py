"""What the readers of the preflight make of AWS's answers: one account, looked at and changed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.insights import refresh_insights
from include.eks_upgrade.aws.reading import read_cluster_facts
from include.eks_upgrade.aws.readings.group_needs import Storage, TemplateVersions
from include.eks_upgrade.aws.readings.named_quotas import families_of
from include.eks_upgrade.aws.readings.own_groups import is_own, templates_of
from include.eks_upgrade.aws.readings.read_cluster_surroundings import (
    read_access_entries,
    read_cluster_role,
    read_encryption_keys,
    read_other_insights,
    read_security_groups,
)
from include.eks_upgrade.aws.readings.read_group_needs import (
    read_offerings,
    read_storage,
    read_template_versions,
)
from include.eks_upgrade.aws.readings.read_instance_refreshes import read_instance_refreshes
from include.eks_upgrade.aws.readings.read_named_quotas import read_named_quotas
from include.eks_upgrade.aws.readings.read_own_groups import read_own_groups
from include.eks_upgrade.aws.readings.read_zonal_shifts import read_zonal_shifts
from include.eks_upgrade.aws.readings.zonal_shifts import shifts_of
from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.preflight.later import read_later_rolls
from include.eks_upgrade.request import UpgradeRequest
from include.rehearsal.aws import interference
from include.rehearsal.scenario import PlainOptions
from tests.rehearsal.aws.aws_lab import ONCE, Lab, lab

NAME = "plain"
TEMPLATED = PlainOptions(addons={}, template_family="al2023")


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[Lab, AwsClients]]:
    with lab(TEMPLATED, version="1.33", nodes=1) as made:
        url = made.rehearsal.environment["AWS_ENDPOINT_URL"]
        more: Any = {
            name: made.rehearsal.session().client(service, endpoint_url=url, config=ONCE)
            for name, service in (
                ("quotas", "service-quotas"),
                ("iam", "iam"),
                ("kms", "kms"),
                ("zonal_shift", "arc-zonal-shift"),
            )
        }
        yield made, AwsClients("eu-west-1", made.eks, made.ec2, made.autoscaling, made.ssm, **more)
        for client in more.values():
            client.close()


@pytest.fixture
def clients(account: tuple[Lab, AwsClients]) -> AwsClients:
    return account[1]


@pytest.fixture
def facts(clients: AwsClients) -> ClusterFacts:
    return read_cluster_facts(clients, NAME)


def changed(facts: ClusterFacts, **cluster: Any) -> ClusterFacts:
    return replace(facts, cluster={**facts.cluster, **cluster})


def test_security_groups_that_are_gone_are_missing(
    clients: AwsClients, facts: ClusterFacts
) -> None:
    own = facts.cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    network = {"securityGroupIds": ["sg-0000000000000dead"], "clusterSecurityGroupId": own}
    assert read_security_groups(clients, changed(facts, resourcesVpcConfig=network)) == {own}
    assert read_security_groups(clients, changed(facts, resourcesVpcConfig={})) == frozenset()


def test_the_role_is_read_by_its_name_whatever_its_path(
    clients: AwsClients, facts: ClusterFacts
) -> None:
    role = read_cluster_role(clients, facts)
    assert role is not None
    assert role["Arn"] == facts.cluster["roleArn"]
    assert "eks.amazonaws.com" in json.dumps(role["AssumeRolePolicyDocument"])
    gone = changed(facts, roleArn="arn:aws:iam::123456789012:role/a/path/gone")
    assert read_cluster_role(clients, gone) is None
    assert read_cluster_role(clients, changed(facts, roleArn="")) is None


def test_the_state_of_a_key_is_read_by_its_arn(clients: AwsClients, facts: ClusterFacts) -> None:
    key = clients.kms.create_key()["KeyMetadata"]
    gone = f"{key['Arn'][:-4]}dead"
    encrypted = [{"provider": {"keyArn": arn}} for arn in (key["Arn"], gone, key["Arn"])]
    with_keys = changed(facts, encryptionConfig=encrypted)
    assert read_encryption_keys(clients, with_keys) == {key["Arn"]: "Enabled", gone: ""}
    clients.kms.disable_key(KeyId=key["KeyId"])
    assert read_encryption_keys(clients, with_keys)[key["Arn"]] == "Disabled"
    assert read_encryption_keys(clients, facts) == {}
    with pytest.raises(Unreachable, match="no client of KMS"):
        read_encryption_keys(replace(clients, kms=None), with_keys)


def test_the_entry_of_the_node_role_is_read_and_in_the_old_mode_not_asked_for(
    clients: AwsClients, facts: ClusterFacts
) -> None:
    role = facts.node_groups["workers"]["nodeRole"]
    assert read_access_entries(clients, facts) == {role: "EC2_LINUX"}
    strange = {**facts.node_groups["workers"], "nodeRole": f"{role}-else"}
    assert read_access_entries(clients, replace(facts, node_groups={"w": strange})) == {}
    old = changed(facts, accessConfig={"authenticationMode": "CONFIG_MAP"})
    assert read_access_entries(replace(clients, eks=None), old) == {}


def test_insights_of_the_next_minor_are_left_to_the_facts(
    account: tuple[Lab, AwsClients], facts: ClusterFacts
) -> None:
    made, clients = account
    wrong = {"status": "WARNING", "reason": "old", "resources": [{"arn": "arn:x"}]}
    made.rehearsal.world.faults.insights += [
        {**wrong, "name": "next", "kubernetesVersion": "1.34"},
        {**wrong, "name": "later", "kubernetesVersion": "1.36"},
        {**wrong, "name": "set up badly", "category": "MISCONFIGURATION"},
    ]
    assert refresh_insights(made.eks, NAME, sleep=made.pass_time) == ""
    found = {one["name"]: one for one in read_other_insights(clients, facts)}
    assert set(found) == {"later", "set up badly"}
    assert found["later"]["resources"] == [{"arn": "arn:x"}]


def test_zones_are_read_by_type(account: tuple[Lab, AwsClients], facts: ClusterFacts) -> None:
    made, clients = account
    zones = {f"{made.scene.region}{letter}" for letter in "abc"}
    wanted = {**facts.node_groups["workers"], "instanceTypes": ["m5.large", "no.such"]}
    with_types = replace(facts, node_groups={"workers": wanted})
    assert read_offerings(clients, with_types) == {"m5.large": zones}
    made.rehearsal.world.not_offered.add((f"{made.scene.region}b", "m5.large"))
    assert f"{made.scene.region}b" not in read_offerings(clients, with_types)["m5.large"]


def test_default_and_latest_version_are_read_by_the_templates_id(
    account: tuple[Lab, AwsClients], facts: ClusterFacts
) -> None:
    made, clients = account
    template = made.scene.launch_template
    made.ec2.create_launch_template_version(
        LaunchTemplateId=template,
        SourceVersion="1",
        LaunchTemplateData={"InstanceType": "m5.xlarge"},
    )
    assert read_template_versions(clients, facts) == {template: TemplateVersions(1, 2)}
    gone = {**facts.node_groups["workers"], "launchTemplate": {"id": "lt-1", "name": "gone"}}
    assert read_template_versions(clients, replace(facts, node_groups={"w": gone})) == {}


def test_storage_is_added_up_by_type(clients: AwsClients, facts: ClusterFacts) -> None:
    before = read_storage(clients, facts)["gp3"]
    zone = facts.subnets[0]["AvailabilityZone"]
    clients.ec2.create_volume(AvailabilityZone=zone, Size=70, VolumeType="gp3")
    assert read_storage(clients, facts)["gp3"] == Storage(before.used + 70, 50.0)
    assert read_storage(replace(clients, quotas=None), replace(facts, node_groups={})) == {}


def with_types(facts: ClusterFacts, *types: str, capacity: str = "ON_DEMAND") -> ClusterFacts:
    group = {"instanceTypes": list(types), "capacityType": capacity}
    return replace(facts, node_groups={"strange": group}, surge=None)


def test_a_quota_whose_code_is_not_known_is_found_by_its_name(
    account: tuple[Lab, AwsClients], facts: ClusterFacts
) -> None:
    made, clients = account
    given = with_types(facts, "hpc7g.4xlarge", "m5.large")
    (found,) = read_named_quotas(clients, given).values()
    assert (found.name, found.value) == ("Running On-Demand HPC instances", 768)
    made.rehearsal.world.quotas[found.code] = 96
    assert read_named_quotas(clients, given)["hpc", False].value == 96
    assert read_named_quotas(clients, with_types(facts, "hpc7g.4xlarge", capacity="SPOT")) == {}


@pytest.mark.parametrize("types", [(), ("m5.large",), ("u-6tb1.metal", "g5.xlarge")])
def test_where_all_codes_are_known_nothing_is_asked(
    account: tuple[Lab, AwsClients], facts: ClusterFacts, types: tuple[str, ...]
) -> None:
    made, clients = account
    before = len(made.rehearsal.world.journal.entries())
    assert read_named_quotas(clients, with_types(facts, *types)) == {}
    assert len(made.rehearsal.world.journal.entries()) == before


NAMES = [
    pytest.param(
        "Running On-Demand Standard (A, C, D) instances", ["a", "c", "d"], False, id="list"
    ),
    pytest.param("Running On-Demand G and VT instances", ["g", "vt"], False, id="and"),
    pytest.param("Running On-Demand High Memory instances", ["u"], False, id="high memory"),
    pytest.param("All Trn Spot Instance Requests", ["trn"], True, id="spot"),
    pytest.param("Running Dedicated mac2 Hosts", [], False, id="hosts"),
    pytest.param("EC2-VPC Elastic IPs", [], False, id="something else"),
    pytest.param("", [], False, id="nothing"),
]


@pytest.mark.parametrize(("name", "letters", "spot"), NAMES)
def test_the_name_of_a_quota_tells_its_families(name: str, letters: list[str], spot: bool) -> None:
    assert list(families_of(name)) == [(one, spot) for one in letters]


CLUSTER_TAG = {"Key": f"kubernetes.io/cluster/{NAME}", "Value": "owned"}
OLD_TAG = {"Key": f"k8s.io/cluster/{NAME}", "Value": "owned"}
OF_EKS = {"Key": "eks:nodegroup-name", "Value": "workers"}
FOREIGN = {"Key": "kubernetes.io/cluster/other", "Value": "owned"}


@pytest.mark.parametrize(
    ("tags", "own"),
    [([CLUSTER_TAG], True), ([OLD_TAG], True), ([CLUSTER_TAG, OF_EKS], False), ([FOREIGN], False),
     ([], False)],
    ids=["tagged", "by the older tag", "of a managed group", "of another cluster", "no tags"],
)  # fmt: skip
def test_a_group_of_self_managed_nodes_is_known_by_its_tags(tags: list[Any], own: bool) -> None:
    assert is_own({"AutoScalingGroupName": "x", "Tags": tags}, NAME) is own


def test_all_templates_of_a_group_are_found_each_once() -> None:
    mine = {"LaunchTemplateId": "lt-1", "Version": "3"}
    other = {"LaunchTemplateId": "lt-2"}
    overrides = [{"InstanceType": "m5.large"}, {"LaunchTemplateSpecification": other}]
    mixed = {"LaunchTemplate": {"LaunchTemplateSpecification": mine, "Overrides": overrides}}
    raw = {"LaunchTemplate": mine, "MixedInstancesPolicy": mixed}
    assert templates_of(raw) == [("lt-1", "3"), ("lt-2", "$Default")]
    assert templates_of({"LaunchConfigurationName": "old"}) == []


def test_groups_of_self_managed_nodes_are_read_with_their_templates(
    account: tuple[Lab, AwsClients], facts: ClusterFacts
) -> None:
    made, clients = account
    loose = replace(facts, loose_providers={"own-1": "aws:///eu-west-1a/i-0abc"})
    assert read_own_groups(clients, facts) == ()
    assert read_own_groups(clients, loose) == ()  # all groups there are EKS's
    template = facts.node_groups["workers"]["launchTemplate"]["id"]
    made.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="own",
        MinSize=0,
        MaxSize=1,
        DesiredCapacity=0,
        AvailabilityZones=["eu-west-1a"],
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Default"},
        Tags=[{**CLUSTER_TAG, "PropagateAtLaunch": True}],
    )
    (found,) = read_own_groups(clients, loose)
    assert (found.name, found.unread) == ("own", "")
    assert [one["LaunchTemplateId"] for one in found.versions] == [template]


# --- what later hops would take -------------------------------------------------------------------

FAR = UpgradeRequest(cluster=NAME, region="eu-west-1", target_version="1.36")


class DeniedEc2:
    """EC2 for a caller that may not look at launch templates."""

    def describe_launch_template_versions(self, **_: Any) -> Any:
        error = {"Code": "UnauthorizedOperation", "Message": "You are not authorized"}
        raise ClientError({"Error": error}, "DescribeLaunchTemplateVersions")


def later_rolls(clients: AwsClients, facts: ClusterFacts, request: UpgradeRequest) -> Any:
    """Of a run whose own groups were asked for already, so that no cluster is reached."""
    asked = facts.with_surge(SurgeFacts(templates=dict.fromkeys(facts.node_groups)))
    nowhere: Any = None
    return read_later_rolls(nowhere, clients, request, asked)


def test_the_later_hop_that_replaces_nodes_is_read_with_the_image_of_its_version(
    clients: AwsClients, facts: ClusterFacts
) -> None:
    (roll,) = later_rolls(clients, facts, FAR)
    assert (roll.version, roll.groups, roll.unknown) == ("1.36", ("workers",), "")
    assert set(roll.images) == {"workers"}
    assert roll.surge is not None


def test_without_the_right_it_is_not_known_and_nothing_fails(
    clients: AwsClients, facts: ClusterFacts
) -> None:
    ec2: Any = DeniedEc2()
    (roll,) = later_rolls(replace(clients, ec2=ec2), facts, FAR)
    assert "launch template" in roll.unknown
    assert (roll.images, roll.surge) == ({}, None)


@pytest.mark.parametrize("target", ["", "1.34", "1.40", "new"])
def test_a_single_hop_or_a_refused_target_has_no_later_roll(
    clients: AwsClients, facts: ClusterFacts, target: str
) -> None:
    assert later_rolls(clients, facts, replace(FAR, target_version=target)) == ()


def test_a_zonal_shift_is_read_with_the_id_of_its_zone_and_only_of_who_takes_part(
    account: tuple[Lab, AwsClients], facts: ClusterFacts
) -> None:
    made, clients = account
    on = changed(facts, zonalShiftConfig={"enabled": True})
    bare = replace(clients, zonal_shift=None)
    assert read_zonal_shifts(bare, facts) == {}
    with pytest.raises(Unreachable, match="no client of ARC zonal shift"):
        read_zonal_shifts(bare, on)
    assert read_zonal_shifts(clients, on) == {}  # ARC does not know it yet
    with made.rehearsal.clock.lock:
        raw = interference.region_of(NAME).cluster(NAME).raw
        raw["zonalShiftConfig"] = {"enabled": True}
    zone = facts.subnets[0]
    name = str(zone["AvailabilityZone"])
    interference.start_zonal_shift(made.rehearsal.world, NAME, name, comment="drops packets")
    interference.start_zonal_shift(made.rehearsal.world, NAME, name, kind="ZONAL_AUTOSHIFT")
    first, second = shifts_of(read_zonal_shifts(clients, on))
    assert (first.zone, first.kind, first.comment, first.in_effect) == (
        zone["AvailabilityZoneId"], "ZONAL_SHIFT", "drops packets", True)  # fmt: skip
    assert first.until is not None
    assert (second.zone, second.kind, second.until) == (first.zone, "ZONAL_AUTOSHIFT", None)


def test_refreshes_are_read_of_groups_that_are_replaced_and_of_one_that_went_none(
    account: tuple[Lab, AwsClients], facts: ClusterFacts
) -> None:
    made, clients = account
    assert read_instance_refreshes(clients, facts) == {}  # nobody asked for the surge
    (name,) = facts.asgs
    whole = replace(facts, surge=SurgeFacts(templates={name: None, "without one": None}))
    asg = str(facts.asgs[name]["AutoScalingGroupName"])
    begun = made.autoscaling.start_instance_refresh(AutoScalingGroupName=asg)
    (found,) = read_instance_refreshes(clients, whole)[name]
    assert (found["InstanceRefreshId"], found["Status"]) == (
        begun["InstanceRefreshId"], "InProgress")  # fmt: skip
    gone = replace(whole, asgs={name: {"AutoScalingGroupName": "eks-gone"}})
    assert read_instance_refreshes(clients, gone) == {name: ()}


def test_an_error_about_a_group_that_stands_is_no_word_that_it_has_no_refresh(
    account: tuple[Lab, AwsClients], facts: ClusterFacts
) -> None:
    made, clients = account
    whole = replace(facts, surge=SurgeFacts(templates=dict.fromkeys(facts.asgs)))
    made.rehearsal.world.faults.add(
        "error", "DescribeInstanceRefreshes", code="ValidationError", message="no", status=400
    )
    with pytest.raises(ClientError, match="ValidationError"):
        read_instance_refreshes(clients, whole)
