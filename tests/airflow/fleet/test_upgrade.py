"""One cluster of a ring: its runs are started once, joined always, and judged by their proof."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.execution_time import comms
from eks_upgrade_airflow.fleet.base import RESULT_KEY
from eks_upgrade_airflow.fleet.operators.upgrade import EksFleetUpgradeOperator

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from tests.airflow.fleet.fleet_lab import Ended, FleetRun, Killed, refused
from tests.airflow.fleet.upgrade_lab import (
    BROKEN,
    FILE,
    FIRST,
    GOOD,
    LOCKED,
    SECOND,
    UPGRADE,
    ends,
    item,
    outcome,
    task,
)


@pytest.fixture(autouse=True)
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(FILE)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    return path


@pytest.fixture
def run() -> FleetRun:
    return FleetRun()


# --- hops -----------------------------------------------------------------------------------------


def test_a_cluster_several_minors_behind_goes_one_after_the_other(run: FleetRun) -> None:
    ends(run.airflow)
    ended = run.to_the_end(lambda: task(hops=("1.33", "1.34")), 0)
    assert [one.run_id for one in run.airflow.started] == [FIRST, SECOND]
    assert ended.state == "done"
    assert ended.value["data"] == {"version": "1.34", "runs": [FIRST, SECOND]}
    assert outcome(run) == "healthy"


def test_a_run_gets_the_cluster_the_version_what_is_expected_and_the_overrides(
    run: FleetRun,
) -> None:
    run.execute(task(), 0)
    (started,) = run.airflow.started
    assert started.conf == {
        "max_groups_at_once": 3,
        "cluster_name": "shop-0",
        "region": "eu-west-1",
        "aws_conn_id": "aws_default",
        "target_version": "1.34",
        "stop_after_hop": True,
        "expected_minutes": 60.0,
    }
    assert started.note is not None
    assert "eks_fleet/runs/manual__1" in started.note


def test_only_the_hops_that_fit_into_the_opening_are_begun(run: FleetRun) -> None:
    ends(run.airflow)
    ended = run.to_the_end(lambda: task(hops=("1.33",)), 0)
    assert [one.run_id for one in run.airflow.started] == [FIRST]
    assert ended.value["data"]["version"] == "1.33"


def test_a_run_that_had_to_bring_nodes_up_first_is_followed_by_its_hop(run: FleetRun) -> None:
    ends(run.airflow)
    run.airflow.stays.add(FIRST)
    ended = run.to_the_end(lambda: task(hops=("1.33", "1.34")), 0)
    assert [one.run_id for one in run.airflow.started] == [FIRST, f"{FIRST}-2", f"{SECOND}-2"]
    assert ended.value["data"]["version"] == "1.34"


def test_a_hop_that_fails_ends_it_and_the_next_one_is_not_begun(run: FleetRun) -> None:
    ends(run.airflow, v1_33=BROKEN)
    ended = run.to_the_end(lambda: task(hops=("1.33", "1.34")), 0)
    assert ended.state == "failed"
    assert "pods stay" in ended.value
    assert [one.run_id for one in run.airflow.started] == [FIRST]
    assert outcome(run) == "failed"


def test_a_second_hop_that_does_not_fit_any_more_waits_for_the_next_window(
    run: FleetRun, fleet_file: Path
) -> None:
    def shut(msg: Any) -> None:
        if isinstance(msg, comms.TriggerDagRun):
            run.airflow.runs[msg.run_id], run.airflow.proofs[msg.run_id] = "success", GOOD
            fleet_file.write_text(FILE.replace('"0 0 * * *", duration_minutes: 10080', _SHUT))

    run.airflow.after = shut
    ended = run.to_the_end(lambda: task(hops=("1.33", "1.34")), 0)
    assert ended.state == "done"
    assert "it is at 1.33, and goes on in the next window" in ended.value["text"]
    assert [one.run_id for one in run.airflow.started] == [FIRST]


_SHUT = f'"0 0 {(datetime.now(UTC) + timedelta(days=40)).day} 2 *", duration_minutes: 15'


# --- joining, not doubling ------------------------------------------------------------------------

MESSAGES = [comms.GetDagRunState, comms.GetVariable, comms.GetTICount, comms.TriggerDagRun]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("hop", [1, 2])
def test_wherever_it_is_killed_each_hop_is_started_once(
    run: FleetRun, message: type[Any], hop: int
) -> None:
    hops, airflow, met = ("1.33", "1.34"), run.airflow, [0]

    def kill(msg: Any) -> None:
        if isinstance(msg, comms.TriggerDagRun):
            airflow.runs[msg.run_id], airflow.proofs[msg.run_id] = "success", GOOD
        if isinstance(msg, message) and len(airflow.started) >= hop - 1:
            met[0] += 1
            if met[0] == 1:
                raise Killed

    airflow.after = kill
    state: Ended | None = None
    for _ in range(4):
        try:
            state = run.to_the_end(lambda: task(hops=hops), 0)
            break
        except Killed:
            continue
    assert state is not None
    assert state.state == "done"
    assert [one.run_id for one in airflow.started] == [FIRST, SECOND]


def test_an_execution_that_is_resumed_twice_starts_nothing_twice(run: FleetRun) -> None:
    first = run.execute(task(hops=("1.33", "1.34")), 0)
    run.airflow.runs[FIRST], run.airflow.proofs[FIRST] = "success", GOOD
    event = run.fired(first.value.trigger)
    for _ in range(2):
        again = run.execute(task(hops=("1.33", "1.34")), 0, event, first.value.method_name)
        assert again.state == "deferred"
    assert [one.run_id for one in run.airflow.started] == [FIRST, SECOND]


def test_clearing_it_joins_the_run_that_failed_and_was_cleared_by_a_person(run: FleetRun) -> None:
    run.airflow.runs[FIRST] = "running"
    waiting = run.execute(task(), 0)
    assert waiting.state == "deferred"
    run.airflow.runs[FIRST], run.airflow.proofs[FIRST] = "success", GOOD
    event = run.fired(waiting.value.trigger)
    assert run.execute(task(), 0, event, waiting.value.method_name).state == "done"
    assert run.airflow.started == []


def test_another_cluster_at_the_same_place_of_a_cleared_list_has_a_beginning_of_its_own(
    run: FleetRun,
) -> None:
    ends(run.airflow)
    run.to_the_end(lambda: task(0), 0)
    first = run.pulled(UPGRADE, RESULT_KEY, 0)
    run.to_the_end(lambda: task(1), 0)
    second = run.pulled(UPGRADE, RESULT_KEY, 0)
    assert (first["arn"], second["arn"]) == (item(0).plan.arn, item(1).plan.arn)
    assert second["began"] > first["began"]


def test_clearing_it_while_the_run_is_as_it_was_says_what_to_clear(run: FleetRun) -> None:
    run.airflow.runs[FIRST], run.airflow.proofs[FIRST] = "failed", BROKEN
    ended = run.execute(task(), 0)
    assert ended.state == "failed"
    assert FIRST in ended.value
    assert "retry_failed" in ended.value


def test_a_later_run_of_the_fleet_starts_a_new_one(run: FleetRun) -> None:
    ids = set()
    for moment in (datetime(2026, 11, 28, tzinfo=UTC), datetime(2026, 12, 5, tzinfo=UTC)):
        made = task()._first({"dag_run": _At(moment), "ti": _At(moment)})  # type: ignore[arg-type]
        ids.add(made.run_id)
    assert len(ids) == 2


class _At:
    dag_id, run_id = "eks_fleet", "manual__1"

    def __init__(self, moment: datetime) -> None:
        self.run_after = moment


def test_an_airflow_that_does_not_answer_is_asked_again_and_nothing_is_doubled(
    run: FleetRun,
) -> None:
    run.airflow.broken[comms.TriggerDagRun] = [refused(503)]
    with pytest.raises(Exception, match="did not start"):
        run.execute(task(), 0)
    assert run.execute(task(), 0).state == "deferred"
    assert len(run.airflow.started) == 1


def test_a_parameter_that_the_form_refuses_is_told_in_airflows_words(run: FleetRun) -> None:
    run.airflow.broken[comms.TriggerDagRun] = [refused(400, "'x' is not of type 'integer'")]
    ended = run.execute(task(), 0)
    assert ended.state == "failed"
    assert "'x' is not of type 'integer'" in ended.value


# --- what was seen, not the colour ----------------------------------------------------------------


def test_a_red_run_whose_lock_was_held_left_the_cluster_untouched(run: FleetRun) -> None:
    ends(run.airflow, v1_33=LOCKED)
    ended = run.to_the_end(task, 0)
    assert ended == Ended("skipped", "payments/eu-west-1/shop-0: untouched: held")
    assert outcome(run) == "not tried"


def test_a_green_run_without_a_proof_has_failed(
    run: FleetRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.airflow.runs[FIRST] = "success"
    waiting = run.execute(task(), 0)
    trigger = waiting.value.trigger
    trigger.proof_seconds = 0.0
    event = run.fired(trigger)
    ended = run.execute(task(), 0, event, waiting.value.method_name)
    assert ended.state == "failed"
    assert "left no proof" in ended.value


def test_a_run_that_somebody_deleted_has_failed(run: FleetRun) -> None:
    waiting = run.execute(task(), 0)
    run.airflow.runs.clear()
    event = run.fired(waiting.value.trigger)
    ended = run.execute(task(), 0, event, waiting.value.method_name)
    assert ended.state == "failed"
    assert "does not exist any more" in ended.value


# --- what people see ------------------------------------------------------------------------------


def test_its_links_lead_to_its_run_and_that_runs_report(run: FleetRun) -> None:
    operator = task()
    links = {link.name: link for link in operator.operator_extra_links}
    assert links["Upgrade run"].get_link(operator, ti_key=None) == ""
    run.execute(operator, 0)
    assert FIRST in links["Upgrade run"].get_link(operator, ti_key=None)
    assert FIRST in links["Upgrade report"].get_link(operator, ti_key=None)


def test_what_people_write_into_tags_is_no_template() -> None:
    assert not {"item", "title"} & set(EksFleetUpgradeOperator.template_fields)
