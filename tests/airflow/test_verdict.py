"""The small steps without a cluster: the plan's lists, the verdict."""

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.plan import EksPlanStepsOperator
from eks_upgrade_airflow.operators.report import EksUpgradeVerdictOperator
from eks_upgrade_airflow.run.record import failed_tasks

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.plan import NodeGroupStep, Plan
from tests.airflow.worker import Dag, TaskInstance, as_worker

Crumb = tuple[str, int, str]


class Ended:
    """A task instance that knows how the others of its run ended."""

    dag_id = "eks_upgrade"
    run_id = "manual__1"

    def __init__(self, crumbs: list[Crumb]) -> None:
        self.crumbs = crumbs

    def get_task_breadcrumbs(self, **_: str) -> list[dict[str, Any]]:
        names = ("task_id", "map_index", "state")
        return [dict(zip(names, crumb, strict=True)) for crumb in self.crumbs]


def verdict(*crumbs: Crumb) -> str:
    task = EksUpgradeVerdictOperator(task_id="verdict")
    with as_worker(task):
        told: str = task.execute({"ti": Ended(list(crumbs))})  # type: ignore[typeddict-item] # a part of it
    return told


def test_a_run_in_which_nothing_failed_is_a_success_also_with_skipped_rungs() -> None:
    told = verdict(("plan", -1, "success"), ("node_group.recovery.diagnose", 0, "skipped"))
    assert told == "every step that was needed succeeded"


FAILED = [
    pytest.param(("plan", -1, "failed"), "plan", id="a task"),
    pytest.param(("node_group.drain_old", 1, "failed"), "node_group.drain_old[1]", id="mapped"),
    pytest.param(("verify_cluster", -1, "upstream_failed"), "verify_cluster", id="not run"),
]


@pytest.mark.parametrize(("crumb", "named"), FAILED)
def test_a_run_in_which_something_failed_fails_and_names_it(crumb: Crumb, named: str) -> None:
    crumbs = (("lock", -1, "success"), crumb, ("report", -1, "success"))
    assert failed_tasks({"ti": Ended(list(crumbs))}) == [named]  # type: ignore[typeddict-item] # as above
    with pytest.raises(AirflowFailException, match="did not come to its end") as raised:
        verdict(*crumbs)
    assert f"failed or not run: {named}." in str(raised.value)


PLAN = Plan(
    cluster="shop",
    region="eu-west-1",
    from_version="1.25",
    to_version="1.26",
    control_plane_needed=True,
    addons_before=(
        AddonStep(name="coredns", current="v1", versions=("v2", "v3"), resolve_conflicts="NONE"),
    ),
    node_groups=(
        NodeGroupStep(name="a", replacement="a-2", from_version="1.25", to_version="1.26"),
        NodeGroupStep(
            name="b",
            replacement="b-2",
            from_version="",
            to_version="1.26",
            image=Image("ami-1", "node", "arm64", "al2023", "1.26", "SSM"),
        ),
    ),
)
ADDON = {"addon_name": "coredns", "addon_versions": ["v2", "v3"], "resolve_conflicts": "NONE"}
PARTS = [
    pytest.param("addons_before", [ADDON], id="add-ons"),
    pytest.param("addons_after", [], id="an empty part"),
    pytest.param(
        "node_groups",
        [
            {
                "nodegroup_name": name,
                "replacement_name": f"{name}-2",
                "to_version": "1.26",
                "planned_image_id": image,
            }
            for name, image in (("a", ""), ("b", "ami-1"))
        ],
        id="node groups, with the image that was shown",
    ),
]


def steps(plan: Any, part: Any) -> list[dict[str, Any]]:
    task = EksPlanStepsOperator(task_id="steps", plan=plan, part=part)
    ti = TaskInstance("manual__1", {}, {})
    with as_worker(task):
        return task.execute({"ti": ti, "dag": Dag([]), "params": {}, "task": task})  # type: ignore[typeddict-item] # as above


@pytest.mark.parametrize(("part", "arguments"), PARTS)
def test_a_part_of_the_plan_becomes_the_arguments_of_operators(
    part: str, arguments: list[dict[str, Any]]
) -> None:
    assert steps(json.loads(json.dumps(PLAN.as_json())), part) == arguments


BAD_PLANS = [
    pytest.param({"schema": 1}, "this release reads", id="of another release"),
    pytest.param(None, "NoneType", id="no plan"),
    pytest.param({**PLAN.as_json(), "to_version": "soon"}, "not whole", id="no version"),
    pytest.param({**PLAN.as_json(), "node_groups": [{}]}, "not whole", id="half a step"),
    pytest.param(
        {**PLAN.as_json(), "node_groups": [{**PLAN.node_groups[0].as_json(), "kind": "moon"}]},
        "'moon' are not known",
        id="another kind of nodes",
    ),
]


@pytest.mark.parametrize(("plan", "why"), BAD_PLANS)
def test_a_plan_that_cannot_be_read_is_refused_with_what_to_do(plan: Any, why: str) -> None:
    with pytest.raises(AirflowFailException, match="repeat the plan") as raised:
        steps(plan, "node_groups")
    assert why in str(raised.value)
