"""What the plan's survey refuses is what the drain refuses, over the same API server."""

from dataclasses import replace
from itertools import product

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.drain.precheck import precheck
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.pod_facts.read import read_pod_facts
from include.eks_upgrade.planning.survey.survey import survey
from include.eks_upgrade.planning.survey.surveyed import NewGroup, Surveyed

BLUE = Target.node_group("blue")
SWITCHES = ("ignore_daemonsets", "delete_emptydir_data", "force_unmanaged_pods")
EVERY_SETTING = [
    dict(zip(SWITCHES, values, strict=True)) for values in product([True, False], repeat=3)
]


def seed(stage):
    stage.workload("Deployment", "web", 3)
    stage.workload("Deployment", "cache", 2, empty_dir=True)
    stage.workload("StatefulSet", "db", 2, empty_dir=True)
    stage.workload("DaemonSet", "agent")
    stage.apply("Pod", "bare", {"containers": [{"name": "c", "image": "pause"}]})
    static = {"annotations": {"kubernetes.io/config.mirror": "x"}}
    stage.apply("Pod", "static", {"containers": [{"name": "c", "image": "pause"}]}, **static)
    orphan = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "gone", "uid": "u"}
    owned = {"ownerReferences": [{**orphan, "controller": True}]}
    stage.apply("Pod", "orphan", {"containers": [{"name": "c", "image": "pause"}]}, **owned)
    stage.settle()
    stage.nodes("green", "green-0")


async def surveyed_problems(client, options):
    facts = await read_pod_facts(client, {"blue"})
    return survey(Surveyed(facts, {"blue": NewGroup(name="blue-k126")}, options)).problems


async def refused_by_the_drain(client, options):
    try:
        await precheck(client, BLUE, options)
    except Refused as refused:
        return refused.problems
    return ()


async def test_with_every_setting_of_the_switches_both_refuse_the_same_in_the_same_words(stage):
    seed(stage)
    seen = set()
    async with stage.client() as client:
        for setting in EVERY_SETTING:
            options = replace(DEFAULTS, **setting)
            surveyed = await surveyed_problems(client, options)
            assert surveyed == tuple(await refused_by_the_drain(client, options)), setting
            seen.add(surveyed)
    assert len(seen) == 8


BUDGETS = [
    pytest.param({"maxUnavailable": 0}, id="zero"),
    pytest.param({"minAvailable": "100%"}, id="all"),
    pytest.param({"minAvailable": 2}, id="as many as there are"),
]


@pytest.mark.parametrize("limits", BUDGETS)
async def test_a_budget_that_the_survey_refuses_is_one_that_the_drain_calls_never(
    stage, soon, limits
):
    stage.workload("Deployment", "web", 2)
    stage.budget("tight", "web", **limits)
    stage.settle()
    stage.nodes("green", "green-0")
    failing = replace(DEFAULTS, when_blocked={"never_allowed": "fail"})
    async with stage.client() as client:
        (problem,) = await surveyed_problems(client, failing)
        with pytest.raises(Exception, match="can never pass as things are") as stuck:
            await drain(DrainSetup(client, BLUE, failing, deadline=soon()))
    (counts,) = {part for part in problem.what.split(": ") if part.startswith("budget shop/tight")}
    assert counts.partition(";")[0] in str(stuck.value)


async def test_a_budget_that_has_room_is_refused_by_neither(stage, soon):
    stage.workload("Deployment", "web", 3)
    stage.budget("loose", "web", maxUnavailable="1%")
    stage.settle()
    stage.nodes("green", "green-0")
    async with stage.client() as client:
        assert await surveyed_problems(client, DEFAULTS) == ()
        result = await drain(DrainSetup(client, BLUE, DEFAULTS, deadline=soon()))
    assert result.moved == 3


async def test_every_pod_of_a_page_and_of_the_next_is_read(stage):
    stage.workload("Deployment", "web", 3)
    with stage.clock.lock:
        for number in range(600):
            stage.cluster.apply(
                {
                    "kind": "Pod",
                    "metadata": {"name": f"bare-{number}", "namespace": "shop"},
                    "spec": {
                        "nodeName": "blue-0", "containers": [{"name": "c", "image": "pause"}],
                    },
                }
            )  # fmt: skip
    stage.settle()
    async with stage.client() as client:
        facts = await read_pod_facts(client, {"blue"})
    assert len(facts.pods) == 603
    assert len({id(one.placement) for one in facts.pods}) < 5
