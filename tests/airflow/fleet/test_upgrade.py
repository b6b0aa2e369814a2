"""One cluster of a ring: its runs are started once, joined always, and judged by their proof."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.execution_time import comms
from eks_upgrade_airflow.fleet.base import RESULT_KEY
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.operators.upgrade import EksFleetUpgradeOperator

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, Expectation
from include.eks_upgrade.fleet.running.state import (
    PAUSED,
    SKIPPED,
    STOPPED,
    Pause,
    Skip,
    Stop,
    text_of,
)
from tests.airflow.fleet.fleet_lab import Airflow, Ended, FleetRun, Killed, refused

UPGRADE = "ring_main.upgrade"
FIRST = "upgrade__111122223333-eu-west-1__shop-0__1.32-to-1.33__20261128T020000Z"
SECOND = "upgrade__111122223333-eu-west-1__shop-0__1.33-to-1.34__20261128T020000Z"
GOOD = {"good": True, "message": "the cluster is as planned"}
LOCKED = {"good": False, "message": "m", "stage": "lock", "touched": False, "reason": "held"}
BROKEN = {"good": False, "message": "m", "stage": "drain", "touched": True, "reason": "pods stay"}

FILE = """\
accounts: [{name: payments, regions: [eu-west-1]}]
target: {version: "1.34"}
rings: [{name: main, threshold: {unhealthy: 10%}}]
windows: [{name: always, start: "0 0 * * *", duration_minutes: 10080, zone: UTC}]
"""


@pytest.fixture(autouse=True)
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(FILE)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    return path


@pytest.fixture
def run() -> FleetRun:
    return FleetRun()


def item(place: int = 0, hops: tuple[str, ...] = ("1.33",), size: int = 3) -> RingItem:
    name = f"shop-{place}"
    arn = f"arn:aws:eks:eu-west-1:111122223333:cluster/{name}"
    cluster = FleetCluster(
        arn=arn,
        name=name,
        account="111122223333",
        account_name="payments",
        region="eu-west-1",
        version="1.32",
        tags={"owner": "{{ conf.fernet_key }}"},
    )
    plan = ClusterPlan(
        arn=arn,
        title=cluster.title,
        ring="main",
        action=Action.RUN,
        why="",
        from_version="1.32",
        to_version=hops[-1] if hops else "1.32",
        hops=hops,
        wanted="1.34",
        final_version="1.34" if hops else "",
        expected=Expectation(minutes=60, source="as tried"),
        parameters={"max_groups_at_once": 3},
    )
    return RingItem(cluster=cluster, plan=plan, place=place, at_once=1, size=size)


def task(place: int = 0, hops: tuple[str, ...] = ("1.33",), **more: Any) -> EksFleetUpgradeOperator:
    arguments: dict[str, Any] = {**item(place, hops).as_arguments(), "aws_conn_id": "not_there"}
    return EksFleetUpgradeOperator(
        task_id=UPGRADE, ring="main", poll_seconds=0.0, **{**arguments, **more}
    )


def ends(airflow: Airflow, **proofs: Any) -> None:
    """From now on each run that is started ends at once, with its proof."""

    def end(msg: Any) -> None:
        if isinstance(msg, comms.TriggerDagRun):
            airflow.runs[msg.run_id] = "failed"  # the colour counts for nothing
            version = msg.run_id.split("__")[-2].split("-to-")[1].replace(".", "_")
            airflow.proofs[msg.run_id] = proofs.get(f"v{version}", GOOD)

    airflow.after = end


def outcome(run: FleetRun, place: int = 0) -> str:
    return str(run.pulled(UPGRADE, RESULT_KEY, place)["outcome"])


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


# --- turns, and what may happen meanwhile ---------------------------------------------------------


def test_a_cluster_whose_turn_has_not_come_waits_without_a_run(run: FleetRun) -> None:
    waiting = run.execute(task(place=1), 1)
    assert type(waiting.value.trigger).__name__ == "EksFleetTurnTrigger"
    assert run.airflow.started == []
    run.airflow.states[f"{UPGRADE}_0"] = "success"
    event = run.fired(waiting.value.trigger)
    begun = run.execute(task(place=1), 1, event, waiting.value.method_name)
    assert type(begun.value.trigger).__name__ == "EksFleetChildTrigger"
    assert len(run.airflow.started) == 1


STATES = [
    pytest.param(STOPPED, text_of(Stop(why="ring broken")), "left", "is stopped", id="stopped"),
    pytest.param(
        SKIPPED,
        text_of([Skip(cluster="shop-*", why="audit", by="Ada")]),
        "not tried",
        "skipped by Ada: audit",
        id="skipped",
    ),
]


@pytest.mark.parametrize(("key", "text", "is_", "why"), STATES)
def test_what_a_person_says_meanwhile_holds_before_each_start(
    run: FleetRun, key: str, text: str, is_: str, why: str
) -> None:
    run.airflow.variables[f"eks_fleet.{key}"] = text
    ended = run.execute(task(), 0)
    assert ended.state == "skipped"
    assert why in ended.value
    assert outcome(run) == is_
    assert run.airflow.started == []


def test_a_skipped_task_says_in_its_log_why_for_airflow_says_only_that_it_is(
    run: FleetRun, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    run.airflow.variables[f"eks_fleet.{STOPPED}"] = text_of(Stop(why="ring broken"))
    with caplog.at_level("INFO"):
        run.execute(task(), 0)
    said = caplog.text + capsys.readouterr().out
    assert "payments/eu-west-1/shop-0 is left alone: the fleet is stopped: ring broken" in said


def test_a_paused_fleet_waits_and_goes_on_when_it_is_resumed(run: FleetRun) -> None:
    run.airflow.variables[f"eks_fleet.{PAUSED}"] = text_of(Pause(why="lunch", by="Ada"))
    waiting = run.execute(task(), 0)
    assert type(waiting.value.trigger).__name__ == "EksFleetTurnTrigger"
    run.airflow.variables[f"eks_fleet.{PAUSED}"] = ""
    event = run.fired(waiting.value.trigger)
    assert run.execute(task(), 0, event, "resume").state == "deferred"
    assert len(run.airflow.started) == 1


def test_a_state_that_airflow_does_not_tell_is_not_taken_for_none(run: FleetRun) -> None:
    run.airflow.broken[comms.GetVariable] = [refused(503)]
    with pytest.raises(Exception, match="does not tell"):
        run.execute(task(), 0)
    assert run.airflow.started == []


def test_a_ring_past_its_threshold_begins_nothing_more(run: FleetRun) -> None:
    for place in (0, 1):
        run.airflow.states[f"{UPGRADE}_{place}"] = "failed"  # ended by a person: without a result
    ended = run.execute(task(place=2), 2)
    assert ended.state == "skipped"
    assert "past its threshold: 2 unhealthy" in ended.value


def test_a_freeze_that_begins_meanwhile_holds(run: FleetRun, fleet_file: Path) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    freeze = f"freezes: [{{first: '{today}', last: '{today}', reason: a big sale}}]\n"
    fleet_file.write_text(FILE + freeze)
    for reason in ("", "a person says so"):
        ended = run.execute(task(outside_windows=reason), 0)
        assert ended.state == "skipped"
        assert "a big sale" in ended.value


def test_a_cluster_without_hops_is_only_looked_at_after_the_bake(run: FleetRun) -> None:
    assert run.execute(task(hops=()), 0).state == "done"
    assert outcome(run) == "healthy"


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
