"""The task that looks at an upgraded cluster, against a rehearsed one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from eks_upgrade_airflow.fleet.assets import CLUSTER_UPGRADED
from eks_upgrade_airflow.fleet.base import RESULT_KEY
from eks_upgrade_airflow.run.events import LATE

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.eks_upgrade.fleet.judge_ring import Outcome
from tests.airflow.drain.drain_lab import CLUSTER, EASY, VERSION, DrainLab, drain_lab
from tests.airflow.fleet.health_lab import FILE, TITLE, UPGRADE, run_after, seen, task


@pytest.fixture(scope="module")
def lab() -> Iterator[DrainLab]:
    with drain_lab(EASY) as made:
        yield made


@pytest.fixture(autouse=True)
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(json.dumps(FILE))
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    return path


def test_a_healthy_cluster_is_seen_at_once_without_a_trigger(lab: DrainLab) -> None:
    run = run_after()
    ended = run.execute(task(lab), 0)
    assert ended.state == "done"
    assert ended.value["text"] == f"{TITLE} is healthy at {VERSION}"
    assert (seen(run)["outcome"], seen(run)["why"]) == ("healthy", "as planned")
    said = run.outlet_events[CLUSTER_UPGRADED].extra
    assert (said["account"], said["region"], said["cluster"]) == (
        "111111111111", str(lab.address.region), CLUSTER,
    )  # fmt: skip
    assert (said["from_version"], said["to_version"], said["run"]) == (
        VERSION,
        VERSION,
        "https://run",
    )


def test_what_is_wrong_is_waited_for_and_then_counts(lab: DrainLab) -> None:
    run = run_after(version="1.34")
    waiting = run.execute(task(lab), 0)
    assert waiting.state == "deferred"
    trigger = waiting.value.trigger
    trigger.worse_minutes, trigger.poll_seconds = 0.0, 0.05
    ended = run.execute(task(lab), 0, run.fired(trigger), waiting.value.method_name)
    assert ended.state == "failed"
    assert "the control plane is at 1.33, not at 1.34" in ended.value
    assert (seen(run)["outcome"], seen(run)["url"]) == ("unhealthy", "https://run")
    assert len(run.outlet_events) == 0


def test_a_cluster_that_gives_no_answer_is_not_healthy(lab: DrainLab) -> None:
    run = run_after()
    event = {"state": LATE, "detail": "nothing was heard", "data": {}}
    assert run.execute(task(lab), 0, event, "resume").state == "failed"
    assert seen(run)["why"] == "its health was not seen: nothing was heard"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LEFT, Outcome.NOT_TRIED])
def test_a_cluster_that_was_not_upgraded_is_not_looked_at(lab: DrainLab, outcome: Outcome) -> None:
    assert run_after(outcome).execute(task(lab), 0).state == "skipped"


def test_what_another_cluster_has_left_at_its_place_of_the_list_is_not_its_own(
    lab: DrainLab,
) -> None:
    run = run_after()
    run.xcoms[UPGRADE, RESULT_KEY][0]["arn"] = "another"
    assert run.execute(task(lab), 0).state == "skipped"


def test_an_address_of_the_fleet_file_has_to_answer(lab: DrainLab, fleet_file: Path) -> None:
    probes = [{"url": "http://127.0.0.1:1/{account}", "seconds": 1}]
    fleet_file.write_text(json.dumps({**FILE, "health": {"probes": probes}}))
    waiting = run_after().execute(task(lab), 0)
    assert waiting.state == "deferred"
    assert waiting.value.trigger.addresses[0]["url"] == "http://127.0.0.1:1/payments"
