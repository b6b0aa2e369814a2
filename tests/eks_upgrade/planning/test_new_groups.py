"""What the plan judges of groups to be made: templates, subnets, quotas, reserved capacity."""

import base64
from dataclasses import replace
from types import SimpleNamespace

import pytest

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.surge import CniMode, SurgeFacts
from include.eks_upgrade.common.errors import Busy, Refused
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.launch_templates.prepare import prepare_template
from include.eks_upgrade.nodes.managed.clone import create_request, snapshot
from include.eks_upgrade.nodes.managed.create import create_node_group
from include.eks_upgrade.nodes.managed.marks import REPLACES
from include.eks_upgrade.nodes.managed.readiness import new_group_outcome
from include.eks_upgrade.planning.make_plan import make_plan

CA = "Q0E="
CLUSTER = {
    "endpoint": "https://demo.example",
    "certificateAuthority": {"data": CA},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16"},
}
TEMPLATE = {"id": "lt-1", "name": "own", "version": "3"}
IMAGES = {
    family: Image("ami-2", "own", "x86_64", family, "1.26", "asked for")
    for family in ("al2", "al2023", "bottlerocket")
}


def version(user_data="#!/bin/bash\n/etc/eks/bootstrap.sh demo\n", **data):
    encoded = base64.b64encode(user_data.encode()).decode()
    held = {"ImageId": "ami-1", "InstanceType": "m5.large", "UserData": encoded, **data}
    held = {key: value for key, value in held.items() if value is not None}
    return {"LaunchTemplateId": "lt-1", "VersionNumber": 3, "LaunchTemplateData": held}


def instance_type(name, vcpus=2, **network):
    found = {"Ipv4AddressesPerInterface": 10, "MaximumNetworkInterfaces": 3, **network}
    return {"InstanceType": name, "VCpuInfo": {"DefaultVCpus": vcpus}, "NetworkInfo": found}


def subnet(free=200, **more):
    return {"State": "available", "AvailableIpAddressCount": free, **more}


def surge(**changes):
    usual = SurgeFacts(
        subnets={"subnet-a": subnet()},
        instance_types={"m5.large": instance_type("m5.large")},
        quotas={"L-6D54EA21": 30, "L-BD136A63": 450, "L-1216C47A": 64, "L-34B43A08": 64},
        cni=CniMode(),
    )
    return replace(usual, **changes)


@pytest.fixture
def plan(make_request, make_facts, make_group, make_cluster):
    """The plan of a cluster whose groups are `pools`; each may be given fields of its own."""

    def made(pools=None, images=None, new=None, options=None, **facts_of_surge):
        groups = {
            name: make_group(name, **fields) for name, fields in (pools or {"pool": {}}).items()
        }
        facts = make_facts(
            cluster=make_cluster(**CLUSTER),
            node_groups={**groups, **(new or {})},
            kubelets={f"ip-{name}": ("v1.25.16-eks-1", name) for name in groups},
            surge=surge(**facts_of_surge),
        )
        return make_plan(
            make_request(**(options or {})), facts, dict.fromkeys(groups) | (images or {})
        )

    return made


@pytest.fixture
def problems(plan):
    def found(*args, **kwargs):
        with pytest.raises(Refused) as raised:
            plan(*args, **kwargs)
        return raised.value.problems

    return found


def test_a_group_for_which_there_is_room_is_planned_without_a_word(plan):
    assert plan().warnings == ()


# --- what the tasks refuse, the plan refuses ------------------------------------------------

BAD = [
    pytest.param("al2", None, {}, id="deleted version"),
    pytest.param("al2023", version("#!/bin/bash\nyum install -y nfs\n/etc/eks/bootstrap.sh demo\n"),
                 {}, id="user data that does more"),
    pytest.param("al2", version("#!/bin/bash\n/etc/eks/bootstrap.sh other\n"), {}, id="other one"),
    pytest.param("al2023", version("#!/bin/bash\n/etc/eks/bootstrap.sh demo\necho 'open\n"), {},
                 id="unreadable script"),
    pytest.param("al2", version("#!/bin/bash\n/etc/eks/bootstrap.sh demo --b64-cluster-ca QUJD\n"),
                 {}, id="old certificate"),
    pytest.param("al2023", version("#!/bin/bash\n/etc/eks/bootstrap.sh demo --kubelet-extra-args "
                                   "--register-with-taints=a=1:NoSchedule\n"),
                 {"taints": [{"key": "a", "value": "2", "effect": "NO_SCHEDULE"}]}, id="taints"),
    pytest.param("bottlerocket", version(BlockDeviceMappings=[{"DeviceName": "/dev/xvda"},
                                                              {"DeviceName": "/dev/xvdb"}]),
                 {}, id="volumes"),
    pytest.param("al2", version("#!/bin/bash\n/etc/eks/bootstrap.sh demo\n" + "#" * 17_000), {},
                 id="too long"),
    pytest.param("windows", version("<powershell>"), {}, id="family that nobody knows"),
]  # fmt: skip


class Ec2:
    """EC2 with one launch template version, or none."""

    def __init__(self, found):
        self.found = [found] if found else []

    def describe_launch_template_versions(self, **_):
        return {"LaunchTemplateVersions": self.found}


@pytest.mark.parametrize(("family", "of", "fields"), BAD)
def test_what_preparing_the_template_would_refuse_the_plan_refuses_in_the_same_words(
    problems, make_group, make_cluster, family, of, fields
):
    fields = {"amiType": "CUSTOM", "launchTemplate": TEMPLATE, "instanceTypes": None, **fields}
    image = replace(IMAGES["al2"], family=family)
    with pytest.raises((Refused, Busy)) as raised:
        prepare_template(
            AwsClients("eu-central-1", None, Ec2(of), None, None),
            make_cluster(**CLUSTER),
            replacement="pool-k126",
            snapshot=snapshot(make_group("pool", **fields)),
            image_id=image.id,
            image_family=image.family,
        )
    found = problems({"pool": fields}, {"pool": image}, templates={"pool": of})
    if isinstance(raised.value, Busy):  # in the middle of a run it may not be seen yet
        assert any(str(problem) in str(raised.value) for problem in found)
    else:
        assert set(raised.value.problems) <= set(found)


OURS = {REPLACES: "pool"}


def test_a_group_with_as_many_tags_as_aws_allows_has_no_place_for_ours(problems):
    (problem,) = problems({"pool": {"tags": {f"tag-{n}": "x" for n in range(50)}}})
    assert "51 in all, and AWS allows 50" in problem.what


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"nodeRole": "arn:aws:iam::123456789012:role/other"}, id="another role"),
        pytest.param({"capacityType": "SPOT"}, id="another capacity"),
        pytest.param({"instanceTypes": ["c5.large"]}, id="other types"),
        pytest.param({"launchTemplate": {"id": "lt-9", "version": "1"}}, id="a template"),
        pytest.param({"tags": {}}, id="without our tag"),
        pytest.param({"tags": {REPLACES: "other"}}, id="made for another group"),
    ],
)
def test_a_standing_group_that_creation_would_not_adopt_is_refused_in_the_same_words(
    problems, make_group, fields
):
    standing = make_group("pool-k126", "1.26", **{"tags": OURS, **fields})
    request = create_request(
        snapshot(make_group("pool")), "pool-k126", template=None, desired=2, token="t" * 33
    )
    eks = SimpleNamespace(describe_nodegroup=lambda **_: {"nodegroup": standing})
    with pytest.raises(Refused) as raised:
        create_node_group(AwsClients("eu-central-1", eks, None, None, None), "demo", request)
    assert set(raised.value.problems) <= set(problems(new={"pool-k126": standing}))


def test_a_standing_group_of_another_minor_is_refused_as_it_would_be_when_it_is_awaited(
    make_request, make_facts, make_group
):
    standing = make_group("pool-k126", "1.25")
    facts = make_facts(
        node_groups={"pool": make_group("pool"), "pool-k126": standing},
        kubelets={"ip-1": ("v1.25.3-eks-1", "pool"), "ip-2": ("v1.25.3-eks-1", "pool-k126")},
    )
    node = SimpleNamespace(name="ip-2", kubelet_version="v1.25.3-eks-1")
    awaited = new_group_outcome(standing, [node], wanted=1, to_version="1.26")
    with pytest.raises(Refused) as raised:
        make_plan(make_request(), facts, {"pool": None})
    (problem,) = raised.value.problems
    assert problem.what in awaited.detail
    assert "ip-2 runs v1.25.3" in problem.what


def test_a_template_that_is_gone_is_refused_where_eks_chooses_the_image_too(problems):
    (problem,) = problems({"pool": {"launchTemplate": TEMPLATE}}, templates={"pool": None})
    assert "version 3 of its launch template own does not exist" in problem.what


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param({"IamInstanceProfile": {"Name": "x"}}, "instance profile", id="profile"),
        pytest.param({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-a"}]},
                     "name subnets", id="subnet"),
        pytest.param({"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]}, "that exists",
                     id="an interface"),
        pytest.param({"NetworkInterfaces": [{"Groups": ["sg-1"]}], "SecurityGroupIds": ["sg-2"]},
                     "both", id="security groups twice"),
        pytest.param({"InstanceMarketOptions": {"SpotOptions": {"MaxPrice": "1"}}}, "Spot",
                     id="spot options"),
        pytest.param({"HibernationOptions": {"Configured": True}}, "hibernation", id="hibernation"),
        pytest.param({"InstanceInitiatedShutdownBehavior": "terminate"}, "shutdown", id="shutdown"),
        pytest.param({"InstanceType": "m5.large"}, "names an instance type", id="types twice"),
    ],
)  # fmt: skip
def test_what_eks_takes_of_no_template_is_refused(problems, data, told):
    of = version(**{"ImageId": None, "UserData": None, "InstanceType": None, **data})
    (problem,) = problems({"pool": {"launchTemplate": TEMPLATE}}, templates={"pool": of})
    assert told in problem.what


def test_defaults_of_ec2_in_a_template_are_no_reason(plan):
    of = version(ImageId=None, UserData=None, InstanceType=None,
                 HibernationOptions={"Configured": False}, SecurityGroupIds=["sg-1"],
                 NetworkInterfaces=[{"AssociatePublicIpAddress": False}])  # fmt: skip
    assert plan({"pool": {"launchTemplate": TEMPLATE}}, templates={"pool": of}).warnings == ()


def test_a_template_named_by_its_newest_version_is_told(plan):
    of = version(ImageId=None, UserData=None, InstanceType=None)
    used = {**TEMPLATE, "version": "$Latest"}
    (warning,) = plan({"pool": {"launchTemplate": used}}, templates={"pool": of}).warnings
    assert "$Latest, which is 3 now" in warning


# --- subnets --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "told"),
    [
        pytest.param({}, "subnet-a does not exist any more", id="gone"),
        pytest.param({"subnet-a": subnet(State="pending")}, "subnet-a is pending", id="pending"),
        pytest.param({"subnet-a": subnet(1)}, "1 free addresses (subnet-a 1)", id="full"),
    ],
)
def test_subnets_that_cannot_take_the_nodes_are_refused(problems, found, told):
    assert any(told in str(one) for one in problems(subnets=found))


def test_groups_that_share_subnets_share_their_addresses(problems, plan):
    pools = {"one": {}, "two": {}, "three": {"subnets": ["subnet-b"]}}
    found = {"subnet-a": subnet(3), "subnet-b": subnet(100)}
    (problem,) = problems(pools, subnets=found)
    assert problem.subject == "subnets of node groups one, two"
    assert "alone take 4 (one 2, two 2)" in problem.what
    assert plan({"one": {}}, subnets=found)


@pytest.mark.parametrize(
    ("mode", "free", "told"),
    [
        pytest.param(CniMode(), 39, "take about 40 (pool 40)", id="secondary addresses"),
        pytest.param(CniMode(warm_enis=0), 19, "take about 20", id="no spare interface"),
        pytest.param(CniMode(warm_addresses=2, minimum_addresses=8), 17, "about 18", id="warm"),
        pytest.param(CniMode(prefixes=True), 65, "take about 66", id="prefixes"),
        pytest.param(CniMode(prefixes=True), 200, "in a row", id="a subnet in pieces"),
        pytest.param(None, 200, "not known", id="unknown"),
        pytest.param(CniMode(custom_network=True), 200, "not seen", id="custom, no nodes"),
    ],
)
def test_pods_that_may_wait_for_an_address_are_told(plan, mode, free, told):
    (warning,) = plan(cni=mode, subnets={"subnet-a": subnet(free)}).warnings
    assert told in warning


@pytest.mark.parametrize(
    ("mode", "free"),
    [(CniMode(), 40), (CniMode(warm_addresses=2), 8), (CniMode(warm_enis=9), 60)],
)
def test_enough_addresses_are_no_warning(plan, mode, free):
    assert plan(cni=mode, subnets={"subnet-a": subnet(free)}).warnings == ()


def test_new_nodes_need_the_addresses_that_old_ones_hold(plan):
    found = {"subnet-a": subnet(50)}
    (warning,) = plan(cni=CniMode(), subnets=found, held={"pool": 29}).warnings
    assert "about 60" in warning


def test_pods_of_a_custom_network_have_subnets_of_their_own(plan):
    known = {
        "subnets": {"subnet-a": subnet(9), "subnet-p": subnet(20)},
        "networks": {"pool": frozenset({"subnet-a", "subnet-p"})},
    }
    (warning,) = plan(cni=CniMode(custom_network=True), **known).warnings
    assert "subnet-p 20" in warning


def test_ipv6_nodes_need_an_address_each_and_their_pods_none(make_request, make_facts, make_group,
                                                             make_cluster):  # fmt: skip
    six = {**CLUSTER, "kubernetesNetworkConfig": {"ipFamily": "ipv6"}}
    known = surge(cni=None, subnets={"subnet-a": subnet(2)})
    facts = make_facts(cluster=make_cluster(**six), surge=known)
    assert make_plan(make_request(), facts, {"workers": None}).warnings == ()


# --- quotas ---------------------------------------------------------------------------------


def running(kind="m5.large", cores=1, **more):
    cpu = {"CoreCount": cores, "ThreadsPerCore": 2}
    return {"InstanceType": kind, "CpuOptions": cpu, **more}


@pytest.mark.parametrize(
    ("quotas", "told"),
    [
        pytest.param({"L-6D54EA21": 1}, "1 are allowed, 1 are there and 1 are made", id="groups"),
        pytest.param({"L-BD136A63": 1}, "replacement of pool starts with 2", id="nodes"),
        pytest.param({"L-1216C47A": 7}, "7 are allowed, 4 are in use and new groups", id="vCPU"),
    ],
)
def test_a_quota_that_would_be_passed_is_refused(problems, quotas, told):
    (problem,) = problems(quotas=quotas, instances=(running(), running()))
    assert told in problem.what
    assert "Service Quotas" in problem.remedy


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"instances": (running(), running())}, id="exactly enough"),
        pytest.param({"instances": tuple([running(InstanceLifecycle="spot")] * 9)}, id="spot"),
        pytest.param({"instances": tuple([running("g5.xlarge")] * 9)}, id="another family"),
        pytest.param({"instances": tuple([running(Placement={"Tenancy": "host"})] * 9)}, id="host"),
        pytest.param({"instances": (), "quotas": {}}, id="quota not asked"),
        pytest.param({"instances": None}, id="instances not asked"),
    ],
)
def test_what_counts_against_another_quota_or_is_not_known_refuses_nothing(plan, changes):
    assert plan(**{"quotas": {"L-1216C47A": 8}, **changes})


def test_spot_groups_meet_the_quota_of_spot(problems):
    spot = {"pool": {"capacityType": "SPOT"}}
    (problem,) = problems(spot, quotas={"L-34B43A08": 3, "L-1216C47A": 0})
    assert "Spot" in problem.subject


def test_the_smallest_type_refuses_and_the_largest_warns(plan, problems):
    types = {"pool": {"instanceTypes": ["m5.large", "m5.4xlarge"]}}
    known = {name: instance_type(name, vcpus) for name, vcpus in (("m5.large", 2),
                                                                  ("m5.4xlarge", 16))}  # fmt: skip
    (warning,) = plan(types, instance_types=known, quotas={"L-1216C47A": 8}).warnings
    assert "the largest of their types" in warning
    assert problems(types, instance_types=known, quotas={"L-1216C47A": 3})


def test_a_family_without_a_known_quota_is_told(plan):
    types = {"pool": {"instanceTypes": ["hpc7g.4xlarge"]}}
    (warning,) = plan(types, instance_types={}).warnings
    assert "hpc7g.4xlarge" in warning


def test_what_could_not_be_asked_is_a_warning(plan):
    assert plan(unknown=("quotas could not be asked",)).warnings == ("quotas could not be asked",)


def test_as_many_groups_count_as_are_replaced_at_the_same_time(plan, problems):
    pools = {
        name: {"scalingConfig": {"minSize": 1, "maxSize": 9, "desiredSize": nodes}}
        for name, nodes in (("small", 1), ("large", 8), ("middle", 4), ("other", 2))
    }
    quotas = {"L-1216C47A": 24, "L-6D54EA21": 6}
    assert plan(pools, quotas=quotas)  # two at a time: 8 and 4 nodes of 2 vCPUs
    (vcpus, groups) = problems(pools, quotas=quotas, options={"max_groups_at_once": 3})[::-1]
    assert "need 28 more (large 16, middle 8, other 4)" in vcpus.what
    assert "4 are there and 3 are made" in groups.what


def test_a_group_whose_replacement_stands_needs_nothing_more(plan, make_group):
    standing = make_group("pool-k126", "1.26", tags=OURS)
    assert plan(new={"pool-k126": standing}, quotas={"L-6D54EA21": 1}, subnets={"subnet-a":
                subnet(0)})  # fmt: skip


# --- reserved capacity ----------------------------------------------------------------------

TARGET = {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}
BLOCK = {"InstanceMarketOptions": {"MarketType": "capacity-block"}}


def reservation(free=2, **more):
    usual = {"State": "active", "InstanceType": "m5.large", "TotalInstanceCount": 4}
    return {"cr-1": {**usual, "AvailableInstanceCount": free, **more}}


def bound(**data):
    return {"pool": version(ImageId=None, UserData=None, InstanceType=None,
                            CapacityReservationSpecification=TARGET, **data)}  # fmt: skip


@pytest.mark.parametrize(
    ("templates", "fields", "reservations", "told"),
    [
        pytest.param(bound(), {}, reservation(1), "of which 1 are free", id="too little room"),
        pytest.param(bound(), {}, {}, "does not exist: no node", id="gone"),
        pytest.param(bound(), {}, reservation(State="expired"), "is expired", id="expired"),
        pytest.param(bound(), {}, reservation(InstanceType="c5.large"), "for c5.large",
                     id="another type"),
        pytest.param(bound(**BLOCK), {}, reservation(0), "leave it out of node_groups",
                     id="Capacity Block of the template"),
        pytest.param(bound(), {"capacityType": "CAPACITY_BLOCK"}, reservation(0),
                     "Capacity Block cr-1", id="Capacity Block of the group"),
        pytest.param({}, {"capacityType": "CAPACITY_BLOCK"}, {}, "does not say in which",
                     id="a block without a name"),
    ],
)  # fmt: skip
def test_reserved_capacity_without_room_is_refused(problems, templates, fields, reservations, told):
    used = {"launchTemplate": TEMPLATE} if templates else {}
    (problem,) = problems(
        {"pool": {**used, **fields}}, templates=templates, reservations=reservations
    )
    assert told in str(problem)


def test_two_groups_share_what_a_reservation_has(problems):
    pools = {name: {"launchTemplate": TEMPLATE} for name in ("one", "two")}
    templates = {name: bound()["pool"] for name in pools}
    (problem,) = problems(pools, templates=templates, reservations=reservation(3))
    assert "need 4 (one 2, two 2)" in problem.what


def test_reserved_capacity_with_room_is_no_reason(plan):
    pools = {"pool": {"launchTemplate": TEMPLATE}}
    assert plan(pools, templates=bound(), reservations=reservation(2)).warnings == ()
    assert plan(pools, templates=bound(), reservations=None)


@pytest.mark.parametrize(
    ("specification", "told"),
    [
        ({"CapacityReservationTarget": {"CapacityReservationResourceGroupArn": "arn:g"}}, "arn:g"),
        ({"CapacityReservationPreference": "capacity-reservations-only"}, "open capacity"),
    ],
)
def test_reserved_capacity_that_cannot_be_counted_is_told(plan, specification, told):
    of = version(ImageId=None, UserData=None, InstanceType=None,
                 CapacityReservationSpecification=specification)  # fmt: skip
    (warning,) = plan({"pool": {"launchTemplate": TEMPLATE}}, templates={"pool": of}).warnings
    assert told in warning


def test_all_problems_of_all_groups_are_told_at_once(problems):
    pools = {"one": {}, "two": {"launchTemplate": TEMPLATE, "subnets": ["subnet-x"]}}
    found = problems(
        pools, templates={"two": None}, quotas={"L-6D54EA21": 2}, subnets={"subnet-a": subnet(0)}
    )
    subjects = [one.subject for one in found]
    assert len(found) == 4
    assert "node group two" in subjects
    assert "subnets of node groups one" in subjects
