"""What a person sees of an upgrade, in a real browser; the pictures in docs/tour.md come from here.

One Airflow and three clusters: one goes through, one is refused, one has a question for a person.
`DOCS_PICTURES=write` makes the pictures in docs/images anew.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from include.rehearsal.scenario import PlainOptions, plain, runbook
from include.rehearsal.seeding import Seeder
from include.rehearsal.workloads import App, deployment
from include.rehearsal.world import World
from tests.airflow.notices.receivers import Mailbox, mail_server, text_of
from tests.airflow.real.real_lab import RealLab, real_lab
from tests.browser.person import CHROMIUM, Person, person_logged_in

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]

DAG = "eks_upgrade"
REFUSED, ASKED = "orders", "billing"
SOLO = App("shop", "solo", 1, {"maxUnavailable": 0})
"""Its budget never lets it go."""


def three_clusters(world: World) -> None:
    """The demo's; one whose pods are not allowed to go; one with a pod that nobody may evict."""
    runbook(world)
    options = PlainOptions(groups=("workers",), addons={})
    plain(world, REFUSED, "1.25", 2, options)
    Seeder(world).apply(REFUSED, deployment(App("shop", "cache", 3, empty_dir=True)))
    plain(world, ASKED, "1.25", 2, options)
    Seeder(world).apply(ASKED, deployment(SOLO))


@dataclass(frozen=True)
class Runs:
    """The run ids."""

    good: str
    refused: str
    asked: str


MAIL = "airflow.providers.smtp.notifications.smtp.SmtpNotifier"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    with mail_server() as made:
        yield made


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory, mailbox: tuple[Mailbox, str]
) -> Iterator[RealLab]:
    notifiers = [{"notifier": MAIL, "arguments": {"to": ["platform@example.com"]}}]
    environment = {
        "AIRFLOW_CONN_SMTP_DEFAULT": mailbox[1],
        "AIRFLOW__EKS_UPGRADE__NOTIFIERS": json.dumps(notifiers),
    }
    home = tmp_path_factory.mktemp("browser")
    with real_lab(home, three_clusters, environment=environment) as made:
        yield made


@pytest.fixture(scope="module")
def runs(lab: RealLab) -> Runs:
    """All three at once; the good one has ended, and so has the refused one."""
    image = {"ami_source": "eks_optimized", "ami_name_pattern": "", "ami_owner": ""}
    asked = lab.trigger(
        cluster_name=ASKED, drain_timeout_minutes=30, when_never_allowed="ask", **image
    )
    refused = lab.trigger(cluster_name=REFUSED, delete_emptydir_data=False, **image)
    good = lab.trigger()
    assert lab.ended(good) == "success"
    assert lab.ended(refused) == "failed"
    return Runs(good, refused, asked)


@pytest.fixture(scope="module")
def person(lab: RealLab) -> Iterator[Person]:
    with person_logged_in(lab.airflow.url, lab.airflow.password) as somebody:
        yield somebody


def run_page(run_id: str, rest: str = "") -> str:
    return f"/dags/{DAG}/runs/{quote(run_id, safe='')}{rest}"


# --- before: the form ---


def test_the_form_opens_with_what_most_runs_need(
    lab: RealLab, person: Person, tmp_path: Path
) -> None:
    person.goes_to(f"/dags/{DAG}/")
    person.page.get_by_role("button", name="Trigger").first.click()
    for label in ("Cluster name", "Region", "Target version", "Delete emptyDir data"):
        person.sees(label)
    person.keeps_picture("form", tmp_path)


def test_nothing_that_has_a_default_has_an_asterisk(person: Person) -> None:
    dialog = person.page.get_by_role("dialog")
    assert dialog.locator("label:has-text('*')").count() <= 1
    person.looks_away()


# --- while: a question ---


def test_the_question_names_cluster_group_and_pod_and_what_can_be_answered(
    lab: RealLab, runs: Runs, person: Person, tmp_path: Path
) -> None:
    until = time.monotonic() + 240
    task = f"{run_page(runs.asked)}/tasks/node_group.drain_old/mapped/0"
    while lab.states(runs.asked).get(("node_group.drain_old", 0)) != "awaiting_input":
        assert time.monotonic() < until, lab.states(runs.asked)
        time.sleep(1)
    person.goes_to(f"{task}/required_actions")
    for words in (re.compile(f"{ASKED}"), re.compile("workers"), re.compile("shop/solo-")):
        person.sees(words)
    for answer in ("Keep waiting", "Stop"):
        person.sees(re.compile(answer))
    person.keeps_picture("question", tmp_path)


# --- after: run, log, report ---


def test_the_graph_of_a_finished_run_is_legible(runs: Runs, person: Person, tmp_path: Path) -> None:
    person.goes_to(run_page(runs.good))
    person.sees("verdict")
    person.keeps_picture("run", tmp_path)


def test_the_drains_log_tells_what_it_did_and_nothing_of_others(
    runs: Runs, person: Person, tmp_path: Path
) -> None:
    person.goes_to(f"{run_page(runs.good)}/tasks/node_group.drain_old/mapped/0")
    person.sees(re.compile("drain of node group workers"))
    person.keeps_picture("drain-log", tmp_path)
    assert "Found credentials" not in person.reads()


def test_from_a_red_run_to_its_cause_it_takes_two_clicks(
    runs: Runs, person: Person, tmp_path: Path
) -> None:
    person.goes_to(run_page(runs.refused))
    person.page.get_by_role("cell").get_by_role("link", name="verdict").click()
    person.sees(re.compile("emptyDir"))
    person.keeps_picture("verdict", tmp_path)


def test_a_refusals_log_says_why_first_and_has_no_stack_trace(
    runs: Runs, person: Person, tmp_path: Path
) -> None:
    person.goes_to(f"{run_page(runs.refused)}/tasks/plan")
    person.sees(re.compile("emptyDir"))
    person.keeps_picture("refusal", tmp_path)
    assert "Traceback" not in person.reads()


def test_the_report_of_a_run_is_headed_by_cluster_versions_and_outcome(
    runs: Runs, person: Person, tmp_path: Path
) -> None:
    person.goes_to(f"/eks-upgrade/reports/{DAG}/{quote(runs.good, safe='')}")
    person.sees("demo from 1.25 to 1.26: upgraded")
    person.keeps_picture("report", tmp_path)


def test_all_reports_are_listed_and_lead_to_each(runs: Runs, person: Person) -> None:
    person.goes_to("/eks-upgrade/reports")
    person.page.get_by_role("link", name="upgraded").first.click()
    person.sees("demo from 1.25 to 1.26: upgraded")


def test_who_is_not_logged_in_is_led_to_the_login_and_back(
    lab: RealLab, runs: Runs, person: Person
) -> None:
    stranger = person.somebody_else()
    stranger.goes_to(f"/eks-upgrade/reports/{DAG}/{quote(runs.good, safe='')}")
    stranger.logs_in(lab.airflow.password)
    stranger.page.wait_for_url(re.compile("/eks-upgrade/reports/"))
    stranger.sees("demo from 1.25 to 1.26: upgraded")


# --- somebody who does something else ---


def test_a_mail_says_why_a_run_stopped_and_what_to_do(
    runs: Runs, person: Person, mailbox: tuple[Mailbox, str], tmp_path: Path
) -> None:
    subjects = {str(mail["subject"]): mail for mail in mailbox[0].mails}
    assert any("upgraded" in subject for subject in subjects), subjects
    (subject,) = [each for each in subjects if REFUSED in each and "start" not in each]
    person.page.set_content(f"<h2>{subject}</h2>{text_of(subjects[subject])}")
    person.sees(re.compile("emptyDir"))
    person.keeps_picture("mail", tmp_path, clip={"x": 0, "y": 0, "width": 1280, "height": 240})
