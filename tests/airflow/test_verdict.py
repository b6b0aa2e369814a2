"""The small steps without a cluster: the plan's lists, the verdict."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.plan import EksPlanStepsOperator
from eks_upgrade_airflow.operators.report import EksUpgradeVerdictOperator
from eks_upgrade_airflow.run.record import failed_tasks

from tests.airflow.worker import as_worker

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
    told = verdict(("plan", -1, "success"), ("node_group.diagnose", 0, "skipped"))
    assert told == "every step that was needed succeeded"


FAILED = [
    pytest.param(("plan", -1, "failed"), "plan", id="a task"),
    pytest.param(("node_group.drain_blue", 1, "failed"), "node_group.drain_blue[1]", id="mapped"),
    pytest.param(("verify_cluster", -1, "upstream_failed"), "verify_cluster", id="not run"),
]


@pytest.mark.parametrize(("crumb", "named"), FAILED)
def test_a_run_in_which_something_failed_fails_and_names_it(crumb: Crumb, named: str) -> None:
    crumbs = (("lock", -1, "success"), crumb, ("report", -1, "success"))
    assert failed_tasks({"ti": Ended(list(crumbs))}) == [named]  # type: ignore[typeddict-item] # as above
    with pytest.raises(AirflowFailException, match="did not come to its end") as raised:
        verdict(*crumbs)
    assert f"failed or not run: {named}." in str(raised.value)


@pytest.mark.parametrize("part", ["addons_before", "addons_after", "node_groups"])
def test_a_list_of_the_plan_is_handed_on_as_it_is(part: str) -> None:
    plan = {"addons_before": [{"name": "a"}], "addons_after": [], "node_groups": [{"blue": "b"}]}
    task = EksPlanStepsOperator(task_id="steps", plan=plan, part=part)
    with as_worker(task):
        assert task.execute({}) == plan[part]
