"""What the plan judges of groups to be made, and what later tasks would refuse of them."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Busy, Refused
from include.eks_upgrade.nodes.launch_templates.prepare import prepare_template
from include.eks_upgrade.nodes.managed.marks import REPLACES
from include.eks_upgrade.nodes.managed.new_group.clone import create_request, snapshot
from include.eks_upgrade.nodes.managed.new_group.create import create_node_group
from include.eks_upgrade.nodes.managed.new_group.readiness import new_group_outcome
from include.eks_upgrade.planning.make_plan import make_plan
from tests.eks_upgrade.planning.group_room import CLUSTER, IMAGES, OURS, TEMPLATE, subnet, version


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


def test_all_problems_of_all_groups_are_told_at_once(problems):
    pools = {"one": {}, "two": {"launchTemplate": TEMPLATE, "subnets": ["subnet-x"]}}
    found = problems(
        pools, templates={"two": None}, quotas={"L-6D54EA21": 2}, subnets={"subnet-a": subnet(0)}
    )
    subjects = [one.subject for one in found]
    assert len(found) == 4
    assert "node group two" in subjects
    assert "subnets of node groups one" in subjects
