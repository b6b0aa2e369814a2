"""What a report says of node groups that were not begun because of another one."""

from typing import Any

import pytest

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.report import build_report

Record = dict[str, Any]


def the_task(record: Record, stage: Stage) -> dict[str, Any]:
    return next(task for task in record["tasks"] if task["stage"] == stage.value)


@pytest.fixture
def held(failed_drain: Record) -> Record:
    """Two more groups of the plan, which were held back by the one whose drain failed."""
    steps = failed_drain["plan"]["node_groups"]
    failed_drain["plan"] = {
        **failed_drain["plan"],
        "node_groups": [
            steps[0],
            *(
                {**steps[0], "name": name, "replacement": f"{name}-k126"}
                for name in ("batch", "web")
            ),
        ],
    }
    failed_drain["world"]["node_groups"] += [
        {"name": name, "status": "ACTIVE", "nodes": 2, "version": "1.25"}
        for name in ("batch", "web")
    ]
    usual = the_task(failed_drain, Stage.DRAIN)
    failed_drain["request"] = {}
    usual["failure"] = "A pod did not go."
    failed_drain["tasks"][-1:-1] = [
        {
            **usual,
            "stage": "turn",
            "name": "do-turn",
            "map_index": index,
            "failure": f"node group '{name}' is not begun: 'workers' was to be replaced before it",
        }
        for index, name in ((1, "batch"), (2, "web"))
    ]
    return failed_drain


def test_groups_that_were_held_back_are_no_culprits(held: Record) -> None:
    report = build_report(held)
    assert report.headline.text == "shop from 1.25 to 1.26: stopped at the drain of shop/workers"
    assert report.continuation is not None
    assert [each.task for each in report.continuation.failed] == ["do-drain [workers]"]
    assert {"Replacement of shop/batch", "Replacement of shop/web"} <= set(
        report.continuation.not_done
    )


def test_how_to_go_on_includes_the_groups_that_were_held_back(held: Record) -> None:
    continuation = build_report(held).continuation
    assert continuation is not None
    assert continuation.action == (
        "Put right what is named here, then clear `do-drain` [workers]; after that clear "
        "`do-turn` [batch, web]."
    )
    assert "Node group `batch` is untouched, its pods run as before." in continuation.safe


def test_a_turn_that_failed_by_itself_is_told_as_the_cause(held: Record) -> None:
    held["tasks"] = [task for task in held["tasks"] if task["stage"] != "drain"]
    report = build_report(held)
    assert report.headline.text.endswith("stopped at the turn of shop/batch, the turn of shop/web")
