"""A node whose instance EC2 has terminated is no reason to wait; one that is only silent is."""

import pytest

from include.eks_upgrade.common.errors import Stuck, Unreachable
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.lost_nodes import lost_among
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.verification.old_nodes import read_evictable

SEED = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)
GONE = "i-blue1"


class Ec2:
    """Says which instances are terminated, or does not answer; remembers what it was asked."""

    def __init__(self, *terminated, answers=True):
        self.terminated, self.answers, self.asked = set(terminated), answers, []

    async def ended(self, ids):
        self.asked.append(set(ids))
        if not self.answers:
            raise Unreachable("EC2 does not answer")
        return frozenset(self.terminated & set(ids))


@pytest.fixture
def shop(stage):
    """A pod on each of the old nodes."""
    for number in (0, 1):
        spec = {
            "nodeName": f"blue-{number}",
            "containers": [{"name": "c", "image": "pause"}],
            "terminationGracePeriodSeconds": 5,
        }
        stage.apply("Pod", f"pod-{number}", spec)
    stage.settle()
    return stage


def fall_silent(stage):
    """The kubelet of a node stops; the node is given up a little later."""
    with stage.clock.lock:
        stage.cluster.stop_kubelet("blue-1")
    stage.settle(60)


async def drained(stage, ec2):
    """A drain of at most two simulated minutes."""
    async with stage.client() as client:
        setup = DrainSetup(
            client,
            Target.node_group("blue"),
            SEED,
            deadline=stage.time.now() + 120,
            clock=stage.time,
            ended=ec2.ended,
        )
        return await drain(setup)


async def test_a_node_that_was_lost_before_is_left_out_and_named(shop):
    fall_silent(shop)
    ec2 = Ec2(GONE)
    result = await drained(shop, ec2)
    assert shop.pods_on("blue-0") == []
    assert ec2.asked == [{GONE}], "EC2 is asked about silent nodes only"
    (obstacle,) = (each for each in result.obstacles if "blue-1" in each.what)
    assert f"its instance {GONE} is terminated" in obstacle.what
    assert obstacle.passed_by


async def test_a_node_that_is_lost_in_mid_drain_holds_it_no_longer(shop):
    with shop.clock.lock:
        # Its pod will stop for ever; the node is Ready until it is given up, 40 s from now.
        shop.cluster.stop_kubelet("blue-1")
    result = await drained(shop, Ec2(GONE))
    assert shop.pods_on("blue-0") == []
    assert [pod["metadata"]["name"] for pod in shop.pods_on("blue-1")] == ["pod-1"]
    assert any("blue-1" in each.what for each in result.obstacles)


@pytest.mark.parametrize(
    "ec2",
    [
        pytest.param(Ec2(), id="its instance runs"),
        pytest.param(Ec2(GONE, answers=False), id="EC2 does not answer"),
    ],
)
async def test_a_node_that_may_still_run_its_pods_is_waited_for(shop, ec2):
    fall_silent(shop)
    with pytest.raises(Stuck, match="pod-1"):
        await drained(shop, ec2)
    assert ec2.asked


async def test_nobody_asks_ec2_about_nodes_that_are_ready(shop):
    ec2 = Ec2("i-blue0", GONE)
    await drained(shop, ec2)
    assert ec2.asked == []
    assert shop.pods_on("blue-0", "blue-1") == []


async def test_what_is_left_before_the_deletion_is_counted_without_lost_nodes(shop):
    fall_silent(shop)
    async with shop.client() as client:
        left = await read_evictable(client, "blue", Ec2(GONE).ended)
        all_there = await read_evictable(client, "blue")
    assert [pod.name for pod in left] == ["pod-0"]
    assert [pod.name for pod in all_there] == ["pod-0", "pod-1"]


NODES = [
    pytest.param(Node(name="n", provider_id="aws:///eu-west-1a/i-1"), True, id="silent"),
    pytest.param(
        Node(name="n", provider_id="aws:///eu-west-1a/i-1", ready=True), False, id="Ready"
    ),
    pytest.param(Node(name="n", provider_id="eks-hybrid:///eu-west-1/c/mi-1"), False, id="hybrid"),
    pytest.param(Node(name="n"), False, id="no provider id"),
]


@pytest.mark.parametrize(("node", "lost"), NODES)
async def test_only_a_silent_node_with_an_ec2_instance_can_be_lost(node, lost):
    everything = Ec2("i-1", "mi-1", "")
    assert bool(await lost_among([node], everything.ended)) is lost
    assert bool(everything.asked) is lost
    assert await lost_among([node], None) == ()
