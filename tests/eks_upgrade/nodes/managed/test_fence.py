"""Fencing the old group: what is asked of EKS, and that it is harmless twice."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Busy, Refused
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.fence import fence, fence_request
from include.eks_upgrade.nodes.managed.marks import Cap, taint


def group(*, taints=(), maximum=10, status="ACTIVE"):
    return {
        "nodegroupName": "workers",
        "status": status,
        "scalingConfig": {"minSize": 1, "maxSize": maximum, "desiredSize": 2},
        "taints": list(taints),
        "resources": {"autoScalingGroups": [{"name": "asg-1"}]},
    }


NODES = [Node(name="blue-0"), Node(name="blue-1")]
RUN = "airflow eks_upgrade manual__1"


def marked(original, capped):
    return taint(Cap(original, capped))


def mark(original, capped):
    return {"addOrUpdateTaints": [marked(original, capped)]}


@pytest.mark.parametrize(
    ("found", "asg", "nodes", "request_"),
    [
        pytest.param(
            group(),
            None,
            NODES,
            {"taints": mark(10, 2), "scalingConfig": {"maxSize": 2}},
            id="open",
        ),
        pytest.param(
            group(),
            {"DesiredCapacity": 5, "Instances": []},
            NODES,
            {"taints": mark(10, 5), "scalingConfig": {"maxSize": 5}},
            id="never-below-the-live-size",
        ),
        pytest.param(
            group(),
            {"DesiredCapacity": 2, "Instances": [{}] * 3},
            NODES,
            {"taints": mark(10, 3), "scalingConfig": {"maxSize": 3}},
            id="never-below-the-instances",
        ),
        pytest.param(
            group(taints=[{**marked(10, 2), "value": "true"}]),
            None,
            NODES,
            {"taints": mark(10, 2), "scalingConfig": {"maxSize": 2}},
            id="marked-but-not-capped",
        ),
        pytest.param(
            group(taints=[marked(10, 4)], maximum=4),
            None,
            NODES,
            {"taints": mark(10, 2), "scalingConfig": {"maxSize": 2}},
            id="capped-lower-the-first-maximum-stays-known",
        ),
        pytest.param(
            group(taints=[marked(10, 2)], maximum=6),
            None,
            NODES,
            {"taints": mark(6, 2), "scalingConfig": {"maxSize": 2}},
            id="raised-by-a-person-since",
        ),
        pytest.param(group(maximum=2), None, NODES, {"taints": mark(2, 2)}, id="full-already"),
        pytest.param(
            group(taints=[marked(10, 2)], maximum=2), None, NODES, None, id="fenced-already"
        ),
        pytest.param(group(status="DELETING"), None, [], None, id="on-its-way-out"),
        pytest.param(
            group(status="DEGRADED"),
            None,
            NODES,
            {"taints": mark(10, 2), "scalingConfig": {"maxSize": 2}},
            id="degraded-is-tried",
        ),
        pytest.param(group(status="CREATE_FAILED"), None, NODES, None, id="never-created-whole"),
        pytest.param(group(status="DELETE_FAILED"), None, NODES, None, id="its-deletion-failed"),
    ],
)
def test_asks_for_exactly_what_is_missing(found, asg, nodes, request_):
    expected = None if request_ is None else {"nodegroupName": "workers", **request_}
    assert fence_request(found, asg, nodes) == expected


class Eks:
    """One node group and its updates."""

    def __init__(self, found, update=None):
        self.group, self.updates, self.asked = found, [update] if update else [], []
        self.asg = Asg()

    def describe_nodegroup(self, **_: Any):
        if self.group is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Describe")
        return {"nodegroup": self.group}

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return [{"updateIds": [update["id"] for update in self.updates]}]

    def describe_update(self, *, updateId, **_):
        return {"update": next(u for u in self.updates if u["id"] == updateId)}

    def update_nodegroup_config(self, **request):
        self.asked.append(request)
        value = str(request["taints"])
        update = {
            "id": "u-1",
            "type": "ConfigUpdate",
            "status": "InProgress",
            "params": [{"type": "TaintsToAdd", "value": value}],
        }
        self.updates.append(update)
        return {"update": update}


class Asg:
    """An Auto Scaling group that remembers what rests."""

    def __init__(self):
        self.resting = []

    def describe_auto_scaling_groups(self, **_):
        suspended = [{"ProcessName": name} for name in self.resting]
        asg = {"AutoScalingGroupName": "eks-workers", "DesiredCapacity": 2, "Instances": [],
               "SuspendedProcesses": suspended}  # fmt: skip
        return {"AutoScalingGroups": [asg]}

    def create_or_update_tags(self, **_):
        pass

    def suspend_processes(self, *, ScalingProcesses, **_):
        self.resting += ScalingProcesses


class Kube:
    """Two nodes that remember their cordon."""

    def __init__(self):
        self.cordoned = set()
        self.leases = {}

    async def nodes(self, _):
        return NODES

    async def lease(self, name):
        return self.leases.get(name)

    async def create_lease(self, lease):
        return self.leases.setdefault(lease["metadata"]["name"], lease)

    async def pages(self, _plural, _query):
        yield [], "1"

    async def cordon(self, name, mark):
        assert mark
        new = name not in self.cordoned
        self.cordoned.add(name)
        return new


def clients(eks):
    return AwsClients("us-east-1", eks, None, eks.asg, None)


async def test_cordons_every_node_and_tells_which_update_to_wait_for():
    eks, kube = Eks(group()), Kube()
    result = await fence(clients(eks), kube, "demo", "workers", mark=RUN)
    assert result.data == {
        "update_id": "u-1",
        "cordoned": 2,
        "workloads": 0,
    }
    assert eks.asked[0]["clusterName"] == "demo"
    assert result.changed


async def test_a_second_fence_adopts_the_running_update():
    eks, kube = Eks(group()), Kube()
    await fence(clients(eks), kube, "demo", "workers", mark=RUN)
    again = await fence(clients(eks), kube, "demo", "workers", mark=RUN)
    assert (again.data["update_id"], again.data["cordoned"], again.changed) == ("u-1", 0, False)
    assert len(eks.asked) == 1


class Forbids(Kube):
    """Nothing may be written down."""

    async def create_lease(self, _):
        raise Refused("Kubernetes forbids `create leases`", [])


async def test_nothing_is_cordoned_before_it_is_written_down_how_workloads_are():
    eks, kube = Eks(group()), Forbids()
    with pytest.raises(Refused):
        await fence(clients(eks), kube, "demo", "workers", mark=RUN)
    assert (kube.cordoned, eks.asked) == (set(), [])


async def test_a_second_fence_takes_no_other_baseline():
    eks, kube = Eks(group()), Kube()
    await fence(clients(eks), kube, "demo", "workers", mark=RUN)
    written = dict(kube.leases)
    await fence(clients(eks), kube, "demo", "workers", mark="another run")
    assert kube.leases == written


class EndsWhileLookedAt(Eks):
    """The update that fences the group ends when the updates are listed."""

    def paginate(self, **_):
        self.group = group(taints=[marked(10, 2)], maximum=2)
        return super().paginate()


async def test_a_fence_that_ended_between_two_looks_is_not_asked_for_again():
    eks = EndsWhileLookedAt(group(status="UPDATING"))
    result = await fence(clients(eks), Kube(), "demo", "workers", mark=RUN)
    assert (result.data["update_id"], eks.asked) == (None, [])


async def test_another_update_of_the_group_is_not_taken_for_the_fence():
    foreign = {"id": "u-9", "type": "VersionUpdate", "status": "InProgress", "params": []}
    with pytest.raises(Busy, match="u-9"):
        await fence(clients(Eks(group(), foreign)), Kube(), "demo", "workers", mark=RUN)


@pytest.mark.parametrize(
    "found", [pytest.param(None, id="absent"), pytest.param(group(status="DELETING"), id="going")]
)
async def test_a_group_that_is_gone_or_going_needs_no_fence(found):
    kube = Kube()
    result = await fence(clients(Eks(found)), kube, "demo", "workers", mark=RUN)
    assert (result.changed, result.data["update_id"], kube.cordoned) == (False, None, set())


class Refuses(Eks):
    """EKS takes no update of the group."""

    def __init__(self, found, message):
        super().__init__(found)
        self.message = message

    def update_nodegroup_config(self, **request):
        self.asked.append(request)
        error = {"Code": "ResourceInUseException", "Message": self.message}
        raise ClientError({"Error": error}, "UpdateNodegroupConfig")


NOT_ACTIVE = "Nodegroup cannot be updated as it is currently not in Active State"


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
async def test_a_group_that_eks_does_not_update_is_fenced_by_its_cordons(status):
    eks, kube = Refuses(group(status=status), NOT_ACTIVE), Kube()
    result = await fence(clients(eks), kube, "demo", "workers", mark=RUN)
    assert (result.data["update_id"], kube.cordoned) == (None, {"blue-0", "blue-1"})
    assert f"neither taint nor cap of it while it is {status}" in result.text
    assert eks.asked == []


async def test_a_degraded_group_whose_update_eks_refuses_is_fenced_by_its_cordons():
    eks, kube = Refuses(group(status="DEGRADED"), NOT_ACTIVE), Kube()
    result = await fence(clients(eks), kube, "demo", "workers", mark=RUN)
    assert (result.data["update_id"], kube.cordoned) == (None, {"blue-0", "blue-1"})
    assert "while it is DEGRADED" in result.text


@pytest.mark.parametrize(
    ("status", "message"),
    [
        pytest.param("DEGRADED", "Nodegroup has an update in progress", id="busy"),
        pytest.param("ACTIVE", NOT_ACTIVE, id="it was active a moment ago"),
    ],
)
async def test_a_group_that_is_only_busy_is_waited_for(status, message):
    with pytest.raises(Busy):
        await fence(clients(Refuses(group(status=status), message)), Kube(), "demo", "workers",
                    mark=RUN)  # fmt: skip
