"""Empty nodes leave the load balancers: each at once, by our mark, and never silently not."""

import asyncio
from dataclasses import replace

import pytest

from include.eks_upgrade.common.errors import Refused, Stuck, UnexpectedResponse
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.exclusion import to_exclude
from include.eks_upgrade.drain.options import DrainOptions, labels_nodes
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.objects import EXCLUDED, Node
from include.rehearsal.kube.faults import Aim

BLUE = Target.node_group("blue")
SEED = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)
PATCH = Aim("patch nodes")


def node(name, *, cordoned=True, excluded=False):
    return Node(name=name, unschedulable=cordoned, labels={EXCLUDED: ""} if excluded else {})


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        pytest.param(SEED, True, id="by default"),
        pytest.param(replace(SEED, load_balancer_drain_seconds=0), False, id="switched off"),
        pytest.param(replace(SEED, pod_selector="a=b"), False, id="other pods stay and serve"),
    ],
)
def test_nodes_are_labelled_unless_they_are_not_emptied_or_nobody_wants_it(options, labels):
    assert labels_nodes(options) is labels


def test_only_a_cordoned_node_without_pods_to_go_is_labelled_and_only_once():
    nodes = [
        node("c"),
        node("b", excluded=True),
        node("open", cordoned=False),
        node("a"),
        node("d"),
    ]
    assert [each.name for each in to_exclude(nodes, {"d"})] == ["a", "c"]


def setup_of(stage, client, options=SEED, *, seconds=600.0, **more):
    deadline = stage.time.now() + seconds
    return DrainSetup(client, BLUE, options, deadline=deadline, clock=stage.time, **more)


async def look(stage, group="blue"):
    async with stage.client() as client:
        return {each.name: each for each in await client.nodes(group)}


def patches(stage):
    """The changes of nodes that were made, as `(node, is it the label)`."""
    entries = stage.server.journal.entries(side="kube")
    return [
        (entry.target, "labels" in entry.body["patch"]["metadata"])
        for entry in entries
        if entry.operation == "patch nodes" and entry.done
    ]


async def test_every_node_of_the_target_is_out_of_the_load_balancers_at_the_end(stage):
    stage.workload("DaemonSet", "agent")
    stage.workload("Deployment", "web", 4)
    stage.budget("web", "web", maxUnavailable=1)
    stage.settle()
    stage.nodes("blue", "blue-empty")
    stage.nodes("green", "green-0", "green-1")
    reported = []

    async def join_late():
        while len(stage.pods_on("blue-0", "blue-1")) > 4:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.02)
        with stage.clock.lock:
            stage.nodes("blue", "blue-late")

    async with stage.client() as client:
        setup = setup_of(stage, client, on_progress=reported.append, mark="run")
        result, _ = await asyncio.gather(drain(setup), join_late())
    nodes = await look(stage)
    assert set(nodes) == {"blue-0", "blue-1", "blue-empty", "blue-late"}
    assert {n.excluded_by for n in nodes.values()} == {"run"}
    assert all(n.excluded and n.excluded_at for n in nodes.values())
    assert not any(n.excluded for n in (await look(stage, "green")).values())
    assert (result.excluded_nodes, result.as_json()["excluded_nodes"]) == (4, 4)
    assert result.excluded_at is not None
    assert "4 out of the load balancers" in reported[-1].line
    assert sorted(n for n, label in patches(stage) if label) == sorted(nodes)


async def test_a_node_is_labelled_while_the_others_are_still_being_drained(stage):
    stage.workload("Deployment", "web", 4)
    stage.budget("never", "web", maxUnavailable=0)
    stage.settle()
    stage.nodes("blue", "blue-empty")
    async with stage.client() as client:
        with pytest.raises(Stuck, match="with 4 pod"):
            await drain(setup_of(stage, client, seconds=60.0))
    excluded = {name for name, node in (await look(stage)).items() if node.excluded}
    assert excluded == {"blue-empty"}


async def test_what_others_labelled_is_counted_and_stays_theirs(stage):
    with stage.clock.lock:
        stage.cluster.store.change(
            "nodes", None, "blue-0", lambda raw: raw["metadata"]["labels"].update({EXCLUDED: ""})
        )
    async with stage.client() as client:
        result = await drain(setup_of(stage, client, mark="run"))
    nodes = await look(stage)
    assert (nodes["blue-0"].excluded_by, nodes["blue-1"].excluded_by) == ("", "run")
    assert result.excluded_nodes == 2


async def test_a_second_drain_labels_nothing_again_and_keeps_the_time(stage):
    async with stage.client() as client:
        first = await drain(setup_of(stage, client))
        before = patches(stage)
        stage.settle(60)
        second = await drain(setup_of(stage, client))
    assert patches(stage) == before
    assert (second.excluded_nodes, second.excluded_at) == (2, first.excluded_at)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(replace(SEED, load_balancer_drain_seconds=0), id="switched off"),
        pytest.param(replace(SEED, dry_run=True), id="only asked"),
        pytest.param(replace(SEED, pod_selector="tier=none"), id="some pods only"),
    ],
)
async def test_no_node_is_labelled(stage, options):
    async with stage.client() as client:
        result = await drain(setup_of(stage, client, options))
    assert not any(node.excluded for node in (await look(stage)).values())
    assert (result.excluded_nodes, result.excluded_at) == (0, None)


FAULTS = [
    pytest.param(lambda s: s.server.faults.reset(3, aim=PATCH), id="reset before"),
    pytest.param(lambda s: s.server.faults.reset(2, aim=PATCH, after=True), id="reset after"),
    pytest.param(lambda s: s.server.faults.throttle(3, aim=PATCH), id="throttled"),
    pytest.param(lambda s: s.server.faults.fail(500, 3, aim=PATCH), id="500"),
    pytest.param(lambda s: s.server.faults.fail(503, 3, aim=PATCH), id="503"),
    pytest.param(
        lambda s: s.server.faults.deny(PATCH, "no", code=403, webhook="w.example", times=3),
        id="a webhook says no for a while",
    ),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_label_that_fails_for_a_while_is_put_on_all_the_same(stage, fault):
    async with stage.client() as client:
        await drain(setup_of(stage, client, replace(SEED, load_balancer_drain_seconds=0)))
        fault(stage)  # the nodes are cordoned already, so it strikes the label alone
        result = await drain(setup_of(stage, client))
    assert result.excluded_nodes == 2
    assert sorted(name for name, label in patches(stage) if label) == ["blue-0", "blue-1"]


async def test_a_label_that_stays_forbidden_is_told_and_ends_the_drain_after_the_pods(
    stage, caplog
):
    stage.workload("Deployment", "web", 4)
    stage.settle()
    stage.nodes("green", "green-0")
    async with stage.client() as client:
        for name in ("blue-0", "blue-1"):
            await client.cordon(name, "run")
        stage.server.forbid("patch", "nodes")
        with pytest.raises(Refused, match=r"patch nodes[\s\S]*docs/permissions\.md"):
            await drain(setup_of(stage, client))
    assert stage.pods_on("blue-0", "blue-1") == []
    told = [r.message for r in caplog.records if "not taken out of the load balancers" in r.message]
    assert len(told) == 2  # once for each node, not at every try


async def test_a_label_that_is_answered_oddly_ends_the_drain_with_those_words(stage):
    async with stage.client() as client:
        await drain(setup_of(stage, client, replace(SEED, load_balancer_drain_seconds=0)))
        stage.server.faults.deny(PATCH, "label frozen", code=422, webhook="w.example")
        with pytest.raises(UnexpectedResponse, match="label frozen"):
            await drain(setup_of(stage, client))


async def test_nodes_that_could_not_be_labelled_in_time_are_named(stage):
    async with stage.client() as client:
        await drain(setup_of(stage, client, replace(SEED, load_balancer_drain_seconds=0)))
        stage.server.faults.fail(503, None, aim=PATCH)
        with pytest.raises(Stuck, match=r"2 of its nodes could not be labelled.*blue-0, blue-1"):
            await drain(setup_of(stage, client, seconds=30.0))
