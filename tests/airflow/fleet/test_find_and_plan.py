"""From the list of places to the plan and the report, against rehearsed accounts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from eks_upgrade_airflow.connection import assumed_role
from eks_upgrade_airflow.fleet.operators.discovery import (
    EksFleetDiscoverOperator,
    EksFleetPlacesOperator,
)
from eks_upgrade_airflow.fleet.operators.plan import EksFleetPlanOperator
from eks_upgrade_airflow.fleet.operators.report import EksFleetReportOperator
from structlog.testing import capture_logs

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.rehearsal.environment import Rehearsal
from include.rehearsal.fleet.build import build
from include.rehearsal.fleet.members import ACCOUNTS, CENTRAL, MEMBERS, WEST, role_arn
from tests.airflow.fleet.fleet_lab import Ended, FleetRun
from tests.airflow.worker import environment

CHOSEN = tuple(each for each in MEMBERS if each.name in {"refunds", "archive", "build"})
NOBODY = f"arn:aws:iam::{ACCOUNTS['search']}:role/nobody-made-it"
PLACES = ["payments/eu-central-1", "platform/eu-west-1", "search/eu-west-1", "gone/eu-west-1"]
RINGS = ("early", "main", "late")


def fleet_yaml(**more: Any) -> str:
    """A file that a moment of no window can hold up."""
    regions = {"payments": CENTRAL, "platform": WEST, "search": WEST}
    accounts = [
        {
            "name": name,
            "regions": [region],
            "aws_conn_id": "aws_default",
            "role_arn": role_arn(name),
        }
        for name, region in regions.items()
    ]
    gone = {"name": "gone", "regions": [WEST], "aws_conn_id": "aws_default", "role_arn": NOBODY}
    file = {
        "accounts": [*accounts, gone],
        "target": {"version": "1.35"},
        "rings": [
            {"name": "early", "clusters": {"tags": {"ring": "early"}}},
            {"name": "main", "clusters": {"tags": {"ring": "main"}}},
            {"name": "late"},
        ],
        "windows": [
            {"name": "always", "start": "0 0 * * *", "duration_minutes": 10080, "zone": "UTC"}
        ],
    }
    return yaml.safe_dump({**file, **more})


@pytest.fixture(scope="module")
def whole() -> Iterator[Rehearsal]:
    with Rehearsal(speed=600) as rehearsal:
        build(rehearsal.world, CHOSEN)
        yield rehearsal
        assert rehearsal.clock.failures == []


@pytest.fixture(autouse=True)
def reports(whole: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where reports are kept; and the environment of a worker."""
    assumed_role.forget()
    for name, value in environment(whole).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AIRFLOW__EKS_UPGRADE__REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "fleet.yaml"))
    (tmp_path / "fleet.yaml").write_text(fleet_yaml())
    return tmp_path / "reports"


def listed(run: FleetRun) -> Ended:
    return run.execute(EksFleetPlacesOperator(task_id="list_places"))


def discovered(run: FleetRun, *left_out: str) -> dict[str, Ended]:
    """Each place looked at, but for those whose task is taken to be lost."""
    found = {}
    for index, place in enumerate(run.pulled("list_places", "return_value")):
        if place["title"] not in left_out:
            task = EksFleetDiscoverOperator(task_id="discover", **place)
            found[place["title"]] = run.execute(task, index)
    return found


def planned(run: FleetRun, **asked: Any) -> Ended:
    return run.execute(EksFleetPlanOperator(task_id="plan_window", **asked))


@pytest.fixture(scope="module")
def seen(whole: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    """XComs of a run that has looked everywhere."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(whole).items():
            patch.setenv(name, value)
        path = tmp_path_factory.mktemp("seen") / "fleet.yaml"
        path.write_text(fleet_yaml())
        patch.setenv(ENVIRONMENT_VARIABLE, str(path))
        run = FleetRun()
        assert listed(run).state == "done"
        discovered(run)
    return run.xcoms


@pytest.fixture
def run(seen: dict[Any, Any]) -> FleetRun:
    return FleetRun(xcoms={key: dict(each) for key, each in seen.items()})


def plan_of(run: FleetRun) -> dict[str, dict[str, Any]]:
    """What the plan says of each cluster, by its title."""
    raw = run.pulled("plan_window", "plan")
    return {each["title"]: each for ring in raw["rings"] for each in ring["clusters"]}


# --- where ----------------------------------------------------------------------------------------


def test_each_account_and_region_is_a_place_of_its_own() -> None:
    told = listed(FleetRun()).value
    assert sorted(each["title"] for each in told) == sorted(PLACES)
    assert {each["place"]["account_name"] for each in told} == {*ACCOUNTS, "gone"}
    assert json.loads(json.dumps(told)) == told


def test_an_organisation_brings_its_accounts_but_for_those_that_are_left_out(
    tmp_path: Path,
) -> None:
    organization = {
        "aws_conn_id": "aws_default",
        "role_name": "eks-fleet",
        "regions": [WEST],
        "leave_out": [ACCOUNTS["payments"]],
    }
    (tmp_path / "fleet.yaml").write_text(fleet_yaml(accounts=[], organization=organization))
    roles = {each["place"]["role_arn"] for each in listed(FleetRun()).value}
    assert role_arn("search") in roles
    assert role_arn("payments") not in roles


def test_a_file_that_cannot_be_used_lists_no_place_and_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("accounts: [{name: a, regions: [nowhere]}]\nrings: 3\n")
    told = listed(FleetRun())
    assert told.state == "failed"
    assert "rings" in told.value


# --- what is there --------------------------------------------------------------------------------


def test_clusters_are_found_and_a_broken_account_fails_nothing(run: FleetRun) -> None:
    found = discovered(run)
    assert {title: each.state for title, each in found.items()} == dict.fromkeys(PLACES, "done")
    assert found["payments/eu-central-1"].value["text"] == "payments/eu-central-1: 1 cluster"
    broken = found["gone/eu-west-1"].value["text"]
    assert broken.startswith("gone/eu-west-1: 0 clusters; NOT LOOKED AT: ")
    assert "nobody-made-it" in broken


def test_a_place_that_may_not_be_asked_is_told_as_broken_and_not_as_empty(
    run: FleetRun, whole: Rehearsal
) -> None:
    fault = whole.world.faults.add(
        "error", "ListClusters", code="AccessDeniedException", status=403
    )
    try:
        found = discovered(run)
    finally:
        fault.lift()
    assert all("NOT LOOKED AT" in each.value["text"] for each in found.values())


# --- the plan -------------------------------------------------------------------------------------


def test_the_plan_says_for_each_cluster_what_and_why(run: FleetRun) -> None:
    with capture_logs() as lines:
        told = planned(run)
    assert told.state == "done"
    plan = plan_of(run)
    assert sorted(plan) == [
        "payments/eu-central-1/refunds", "platform/eu-west-1/build", "search/eu-west-1/archive",
    ]  # fmt: skip
    assert plan["payments/eu-central-1/refunds"]["hops"] == ["1.35"]
    assert plan["search/eu-west-1/archive"]["hops"][0] == "1.33"
    assert "3 clusters found, 3 to upgrade in this window" in told.value["text"]
    table = "\n".join(line["event"] for line in lines)
    assert "archive" in table
    assert "gone" in table
    assert {one["name"] for one in run.pulled("plan_window", "clusters")} == {
        "refunds", "build", "archive",
    }  # fmt: skip


def test_a_place_whose_task_was_lost_is_told_as_broken(run: FleetRun) -> None:
    for index, one in list(run.xcoms["discover", "found"].items()):
        if one["title"] == "search/eu-west-1":
            del run.xcoms["discover", "found"][index]
    assert planned(run).state == "done"
    broken = run.pulled("plan_window", "plan")["broken"]
    why = {f"{one['account_name']}/{one['region']}": one["why"] for one in broken}
    assert why["search/eu-west-1"] == "its task `discover` has failed; its log says why"
    assert "search/eu-west-1/archive" not in plan_of(run)


def test_without_a_list_of_places_nothing_is_planned() -> None:
    assert planned(FleetRun()).state == "skipped"


def test_what_people_skip_is_left_with_their_reason(run: FleetRun) -> None:
    skip = [{"cluster": "refunds", "why": "audit", "by": "jo"}]
    run.airflow.variables["eks_fleet.skipped"] = json.dumps(skip)
    told = planned(run, skip_clusters=["search/*"])
    assert told.state == "done"
    plan = plan_of(run)
    assert "audit" in plan["payments/eu-central-1/refunds"]["why"]
    runs = {title for title, each in plan.items() if each["action"] == "run"}
    assert runs == {"platform/eu-west-1/build"}
    assert len(run.pulled("plan_window", "left_by_persons")) == 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({"only_clusters": ["shoop"]}, "shoop", id="only one that does not exist"),
        pytest.param({"retry_failed": True}, "failed", id="to retry where nothing has failed"),
    ],
)
def test_what_is_asked_for_and_cannot_be_is_refused(
    run: FleetRun, asked: dict[str, Any], words: str
) -> None:
    told = planned(run, **asked)
    assert told.state == "failed"
    assert words in told.value


@pytest.mark.parametrize(
    ("unjudged", "action"),
    [
        pytest.param(True, "run", id="begun by a run of the fleet that was ended"),
        pytest.param(False, "skip", id="by somebody else"),
    ],
)
def test_a_cluster_that_eks_updates_goes_on_when_the_fleet_has_begun_it(
    run: FleetRun, unjudged: bool, action: str
) -> None:
    places = [one["found"]["clusters"] for one in run.xcoms["discover", "found"].values()]
    (mine,) = [each for place in places for each in place if each["name"] == "refunds"]
    before, mine["status"] = mine["status"], "UPDATING"
    if unjudged:
        run.airflow.variables["eks_fleet.unjudged"] = json.dumps({"early": [mine["arn"]]})
    assert planned(run).state == "done"
    mine["status"] = before
    assert plan_of(run)["payments/eu-central-1/refunds"]["action"] == action


def test_a_variable_that_cannot_be_read_stops_the_plan(run: FleetRun) -> None:
    run.airflow.variables["eks_fleet.stopped"] = "maybe"
    assert planned(run).state == "failed"
    assert run.pulled("plan_window", "plan") is None


# --- the report -----------------------------------------------------------------------------------


def report(run: FleetRun) -> Ended:
    return run.execute(EksFleetReportOperator(task_id="report", rings=RINGS))


def test_the_report_of_a_run_that_began_nothing_has_its_plan(run: FleetRun, reports: Path) -> None:
    planned(run)
    told = report(run)
    assert told.state == "done"
    kept = Path(told.value["text"].removeprefix("report: "))
    assert kept.is_relative_to(reports)
    assert "archive" in kept.read_text()
    assert "nobody-made-it" in kept.with_suffix(".md").read_text()


def test_without_a_plan_there_is_a_report_all_the_same() -> None:
    run = FleetRun()
    run.xcoms["open_window", "return_value"] = {-1: {"data": {"closed": "no window is open"}}}
    told = report(run)
    kept = Path(told.value["text"].removeprefix("report: "))
    assert "no window is open" in kept.read_text()


def test_a_place_that_cannot_be_written_fails_nothing_and_the_log_has_the_report(
    run: FleetRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(run)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("AIRFLOW__EKS_UPGRADE__REPORTS", str(tmp_path / "file" / "reports"))
    with capture_logs() as lines:
        told = report(run)
    assert told.state == "done"
    assert told.value["text"] == "the report was NOT KEPT"
    assert any("archive" in str(line) for line in lines)
