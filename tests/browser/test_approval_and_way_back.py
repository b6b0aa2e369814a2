"""What a person reads before an upgrade, approves in a browser, and takes back.

Of two clusters the control plane is approved. One's old group is kept for a while and then deleted;
the other one's pods go back to the old nodes, in the middle of that while. Neither has fewer Ready
pods than its budget allows. A third cluster is asked what would be in the way, and its control
plane, once upgraded, is taken back.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Response

from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from include.rehearsal.world import World
from tests.airflow.real.real_lab import DAG, RealLab, real_lab
from tests.airflow.real.witness import ReadyWitness
from tests.browser.person import CHROMIUM, Person, person_logged_in

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]

KEPT, RETURNED, SHELF = "kept", "returned", "shelf"
ASKS, KEEPS = ("control_plane.start_update", -1), ("node_group.keep_old", 0)
RELEASE, PREFLIGHT, ROLLBACK = "eks_upgrade_release", "eks_preflight", "eks_rollback"
REPLICAS, AT_LEAST = 4, 3
IMAGE = {"ami_source": "eks_optimized", "ami_name_pattern": "", "ami_owner": ""}
LONG_MINUTES, SHORT_MINUTES = 120, 0.3
WAIVED = {
    "check": "workloads_away",
    "object": "Deployment desk/lone",
    "reason": "nobody sits there at night",
    "until": "2099-12-31",
}
PATIENT = dict.fromkeys(
    ("control_plane_minutes", "node_group_minutes", "drain_timeout_minutes", "deletion_minutes"), 20
)
"""A slow machine is no reason to fail."""


def three_clusters(world: World) -> None:
    """Two with a shop that may miss one pod at a time; one with pods that would lose data."""
    web = (
        *deployment(App("shop", "web", REPLICAS, {"maxUnavailable": 1})),
        *deployment(App("desk", "lone", 1)),
    )
    for cluster in (KEPT, RETURNED):
        options = PlainOptions(groups=("workers",), addons={}, manifests=web)
        plain(world, cluster, "1.25", 2, options)
    cache = tuple(deployment(App("shop", "cache", 2, empty_dir=True)))
    plain(world, SHELF, "1.25", 2, PlainOptions(groups=("workers",), addons={}, manifests=cache))


@dataclass(frozen=True)
class Runs:
    """The run ids, and who counts the Ready pods of each cluster."""

    kept: str
    returned: str
    witnesses: dict[str, ReadyWitness]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLab]:
    with real_lab(tmp_path_factory.mktemp("approval"), three_clusters) as made:
        yield made


@pytest.fixture(scope="module")
def runs(lab: RealLab) -> Runs:
    """Both runs, which wait for somebody."""
    witnesses = {}
    with lab.rehearsal.clock.lock:
        for cluster in (KEPT, RETURNED):
            witnesses[cluster] = ReadyWitness(lab.rehearsal.world.clusters[cluster].store)
    kept, returned = (
        lab.trigger(
            cluster_name=cluster,
            approvals=["control_plane"],
            keep_old_group_minutes=minutes,
            waivers=[WAIVED],
            **IMAGE,
            **PATIENT,
        )
        for cluster, minutes in ((KEPT, SHORT_MINUTES), (RETURNED, LONG_MINUTES))
    )
    return Runs(kept, returned, witnesses)


@pytest.fixture(scope="module")
def person(lab: RealLab) -> Iterator[Person]:
    with person_logged_in(lab.airflow.url, lab.airflow.password) as somebody:
        yield somebody


def until_state(lab: RealLab, run_id: str, task: tuple[str, int], *states: str) -> None:
    until = time.monotonic() + 600
    while lab.states(run_id).get(task) not in states:
        assert time.monotonic() < until, lab.states(run_id)
        time.sleep(0.5)


def nodes_of(lab: RealLab, cluster: str, group: str) -> set[str]:
    label = "eks.amazonaws.com/nodegroup"
    nodes = lab.kube("nodes", cluster)
    return {
        each["metadata"]["name"] for each in nodes if each["metadata"]["labels"][label] == group
    }


def shop_nodes(lab: RealLab, cluster: str) -> list[str]:
    return [
        each["spec"].get("nodeName", "")
        for each in lab.kube("pods", cluster)
        if each["metadata"]["namespace"] == "shop"
    ]


def started(lab: RealLab, dag_id: str, **asked: Any) -> str:
    """A run of another DAG than `eks_upgrade`; its report is removed with the others."""
    lab.airflow.await_dag(dag_id)
    given = {"region": lab.rehearsal.world.region, "poll_seconds": 1, **asked}
    lab.runs.append(lab.airflow.trigger(dag_id, given))
    return lab.runs[-1]


def ended(lab: RealLab, dag_id: str, run_id: str) -> str:
    return str(lab.airflow.await_run(dag_id, run_id, 900)["state"])


def page(dag_id: str, run_id: str, task: str) -> str:
    return f"/dags/{dag_id}/runs/{quote(run_id, safe='')}/tasks/{task}"


def report_page(dag_id: str, run_id: str) -> str:
    return f"/eks-upgrade/reports/{dag_id}/{quote(run_id, safe='')}"


def is_answer(response: Response) -> bool:
    """To the answer that was clicked."""
    return response.request.method == "PATCH" and "hitlDetails" in response.url


@pytest.mark.parametrize("cluster", [KEPT, RETURNED])
def test_a_person_reads_what_begins_and_approves_it(
    lab: RealLab, runs: Runs, person: Person, tmp_path: Path, cluster: str
) -> None:
    run_id: str = getattr(runs, cluster)
    until_state(lab, run_id, ASKS, "awaiting_input")
    assert lab.world(cluster)["cluster"] == ("1.25", "ACTIVE")
    person.goes_to(f"{page(DAG, run_id, ASKS[0])}/required_actions")
    for words in (re.compile(cluster), re.compile("1.25"), re.compile("1.26")):
        person.sees(words)
    person.keeps_picture("approval-begin", tmp_path)
    told = person.reads()
    for words in ("The plan", "US dollars", "The way back", "Waived findings", WAIVED["reason"]):
        assert words in told
    person.page.get_by_text("fingerprint").first.scroll_into_view_if_needed()
    person.keeps_picture("approval", tmp_path)
    # Who leaves the page at once may leave before the browser has sent the answer.
    with person.page.expect_response(is_answer, timeout=120_000):
        person.page.get_by_role("button", name="Approve").first.click()
    person.looks_away()
    until_state(lab, run_id, ASKS, "success")


def test_the_old_group_of_the_one_is_kept_for_its_time_and_then_deleted(
    lab: RealLab, runs: Runs
) -> None:
    assert lab.ended(runs.kept) == "success"
    assert set(lab.world(KEPT)["node_groups"]) == {"workers-k126"}
    kept = lab.instances(runs.kept)[KEEPS]
    assert kept["state"] == "success"
    report = lab.report(runs.kept)
    assert "Approvals" in report
    assert "admin" in report
    assert runs.witnesses[KEPT].lowest["shop/web"] >= AT_LEAST


def test_the_pods_of_the_other_go_back_to_the_old_nodes(lab: RealLab, runs: Runs) -> None:
    until_state(lab, runs.returned, KEEPS, "deferred", "running")
    old = nodes_of(lab, RETURNED, "workers")
    assert not old & set(shop_nodes(lab, RETURNED))
    path = f"/api/v2/dags/{DAG}/dagRuns/{quote(runs.returned, safe='')}"
    lab.airflow.api("PATCH", path, {"state": "failed"})
    assert lab.ended(runs.returned) == "failed"
    back = started(lab, RELEASE, cluster_name=RETURNED, return_to_old_nodes=True)
    assert ended(lab, RELEASE, back) == "success"
    assert set(shop_nodes(lab, RETURNED)) <= old
    assert len(shop_nodes(lab, RETURNED)) == REPLICAS
    assert runs.witnesses[RETURNED].lowest["shop/web"] >= AT_LEAST


def test_the_new_group_stands_empty_and_the_old_one_takes_pods_again(lab: RealLab) -> None:
    cordoned = {
        each["metadata"]["name"]: bool(each["spec"].get("unschedulable"))
        for each in lab.kube("nodes", RETURNED)
    }
    assert {cordoned[name] for name in nodes_of(lab, RETURNED, "workers")} == {False}
    assert {cordoned[name] for name in nodes_of(lab, RETURNED, "workers-k126")} == {True}
    assert lab.locks(RETURNED) == []


# --- a preflight by itself ---


def test_a_preflight_that_finds_something_in_the_way_is_red_and_its_table_is_legible(
    lab: RealLab, person: Person, tmp_path: Path
) -> None:
    run_id = started(lab, PREFLIGHT, cluster_name=SHELF, **IMAGE)
    assert ended(lab, PREFLIGHT, run_id) == "failed"
    person.goes_to(page(PREFLIGHT, run_id, "preflight"))
    person.sees(re.compile("blocked: 1 problem"))  # a log is opened at its end
    assert "Traceback" not in person.reads()
    person.page.mouse.move(800, 500)
    person.page.mouse.wheel(0, -20_000)
    person.sees(re.compile("BLOCKS"))
    person.keeps_picture("preflight-log", tmp_path)
    told = person.reads()
    assert f"preflight of {SHELF} in" in told
    assert "emptyDir" in told
    assert "Traceback" not in told
    person.goes_to(report_page(PREFLIGHT, run_id))
    person.sees(f"{SHELF} 1.25 → 1.26: preflight, 1 in the way")
    person.keeps_picture("preflight-report", tmp_path)
    person.looks_away()


def test_a_preflight_that_finds_nothing_in_the_way_is_green(lab: RealLab, person: Person) -> None:
    run_id = started(lab, PREFLIGHT, cluster_name=SHELF, delete_emptydir_data=True, **IMAGE)
    assert ended(lab, PREFLIGHT, run_id) == "success"
    person.goes_to("/eks-upgrade/reports")
    person.page.get_by_role("link", name="preflight passed").first.click()
    person.sees(f"{SHELF} 1.25 → 1.26: preflight passed")
    person.looks_away()


# --- the control plane goes back ---


def test_a_way_back_that_eks_does_not_know_is_red_with_its_reasons(
    lab: RealLab, person: Person, tmp_path: Path
) -> None:
    run_id = started(lab, ROLLBACK, cluster_name=SHELF)
    assert ended(lab, ROLLBACK, run_id) == "failed"
    person.goes_to(page(ROLLBACK, run_id, "plan"))
    person.sees(re.compile("EKS lists no upgrade"))
    person.keeps_picture("rollback-refused", tmp_path)
    assert "Traceback" not in person.reads()
    person.goes_to(report_page(ROLLBACK, run_id))
    person.sees(f"{SHELF} at 1.25: refused, the plan does not allow this way back")
    person.looks_away()


def test_a_control_plane_is_taken_back_and_the_report_says_so(
    lab: RealLab, person: Person, tmp_path: Path
) -> None:
    upgrade_by_hand(lab, SHELF, "1.26")
    run_id = started(lab, ROLLBACK, cluster_name=SHELF)
    assert ended(lab, ROLLBACK, run_id) == "success"
    assert lab.world(SHELF)["cluster"] == ("1.25", "ACTIVE")
    assert lab.locks(SHELF) == []
    person.goes_to(report_page(ROLLBACK, run_id))
    person.sees(f"{SHELF} from 1.26 to 1.25: taken back")
    person.keeps_picture("rollback-report", tmp_path, full_page=True)
    person.looks_away()


def upgrade_by_hand(lab: RealLab, cluster: str, version: str) -> None:
    """Take a control plane forward, as somebody does at the console."""
    clients = lab.clients()
    try:
        clients[0].update_cluster_version(name=cluster, version=version)
        waiter = clients[0].get_waiter("cluster_active")
        waiter.wait(name=cluster, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    finally:
        for client in clients:
            client.close()
