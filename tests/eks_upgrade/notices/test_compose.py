"""The words people are told: cluster and versions first, what happened, what to do, where."""

from typing import Any

import pytest

from include.eks_upgrade.notices.compose import (
    OpenQuestion,
    finished,
    question,
    remind_after,
    reminder,
    started,
    stopped,
    versions_of,
)
from include.eks_upgrade.notices.model import MAX_SUBJECT, Event, Notice, Subject

ABOUT = Subject(
    cluster="shop",
    versions="from 1.25 to 1.26",
    dag_id="eks_upgrade",
    run_id="shop-1.26",
    who="ada",
    run_url="https://airflow/dags/eks_upgrade/runs/shop-1.26",
    report_url="https://airflow/eks-upgrade/reports/eks_upgrade/shop-1.26",
)
NOBODY = Subject(cluster="shop")
MOMENT = 1_795_662_000.0  # 2026-11-26 03:00 UTC


def block(pod: str, text: str = "its budget allows none") -> dict[str, Any]:
    return {
        "pod": f"shop/{pod}",
        "node": "ip-10-0-1-4",
        "class": "never_allowed",
        "text": text,
        "remedy": "give it a second replica",
        "since": "2026-11-26T02:00:00Z",
    }


ASKED = OpenQuestion(
    title="Cluster shop: the drain of workers waits for pods that are blocked",
    blocks=[block("solo"), block("twin")],
    options=["Keep waiting", "Stop here"],
    deadline=MOMENT,
    url="https://airflow/dags/eks_upgrade/runs/shop-1.26/tasks/drain/required_actions",
)
NOTICES = {
    "started": started(ABOUT, "upgrade"),
    "question": question(ABOUT, ASKED),
    "reminder": reminder(ABOUT, ASKED),
    "stopped": stopped(ABOUT, "the run stopped at drain_old [shop/workers]: stuck; clear it"),
    "finished": finished(ABOUT, "upgraded", "the cluster is as planned"),
}
SUBJECTS = {
    "started": "shop from 1.25 to 1.26: upgrade started",
    "question": "shop from 1.25 to 1.26: a question waits until 2026-11-26 03:00 UTC",
    "reminder": "shop from 1.25 to 1.26: a question ends at 2026-11-26 03:00 UTC, no answer yet",
    "stopped": "shop from 1.25 to 1.26: stopped",
    "finished": "shop from 1.25 to 1.26: upgraded",
}


@pytest.mark.parametrize("event", list(map(Event, NOTICES)))
def test_a_subject_says_cluster_versions_and_what_happened(event: Event) -> None:
    notice = NOTICES[event]
    assert notice.event is event
    assert notice.subject == SUBJECTS[event]


@pytest.mark.parametrize("event", list(map(Event, NOTICES)))
def test_every_notice_leads_to_its_run(event: Event) -> None:
    assert ABOUT.run_url in NOTICES[event].text
    assert f'href="{ABOUT.run_url}"' in NOTICES[event].html


def test_the_beginning_names_who_began_which_run() -> None:
    assert "The run shop-1.26 of eks_upgrade on cluster shop was started by ada." in (
        NOTICES["started"].lines
    )
    assert "by" not in started(NOBODY, "upgrade").lines[0]


@pytest.mark.parametrize("event", ["question", "reminder"])
def test_a_question_has_its_reason_answers_end_and_the_place_to_answer(event: str) -> None:
    text = NOTICES[event].text
    assert ASKED.title in text
    assert "2 pods (shop/solo, shop/twin): its budget allows none" in text
    assert "remedy: give it a second replica" in text
    assert "The answers: Keep waiting, Stop here." in text
    assert "Without one it ends at 2026-11-26 03:00 UTC; nothing is deleted for that." in text
    assert f"Answer here: {ASKED.url}" in text


def test_a_question_about_many_pods_stays_short() -> None:
    blocks = [block(f"pod-{number}", f"reason {number}") for number in range(500)]
    told = question(
        ABOUT, OpenQuestion(title="?", blocks=blocks, options=["Stop"], deadline=MOMENT)
    )
    assert "and 490 more reasons" in told.text
    assert len(told.text) < 2500


def test_the_end_says_why_and_what_to_do_and_leads_to_the_report() -> None:
    assert NOTICES["stopped"].lines == (
        "The run stopped at drain_old [shop/workers]: stuck; clear it.",
    )
    assert f"The report: {ABOUT.report_url}" in NOTICES["stopped"].text
    assert f"The report: {ABOUT.report_url}" in NOTICES["finished"].text


def test_a_link_without_an_address_is_left_out() -> None:
    assert stopped(NOBODY, "why").text == "Why."
    assert "href" not in stopped(NOBODY, "why").html


SECRETS = {
    "a token of EKS": "k8s-aws-v1.aHR0cHM6Ly9zdHM",
    "a bearer": "Bearer abcdefgh12345678",
    "a signature": "https://sts/?X-Amz-Signature=0123abcd",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_no_secret_is_told(secret: str) -> None:
    hidden = secret.rsplit("=", maxsplit=1)[-1].rsplit(" ", maxsplit=1)[-1]
    for notice in (stopped(ABOUT, f"it said {secret}"), finished(ABOUT, secret, secret)):
        assert hidden not in "".join(notice.as_json().values())


NAMES = {
    "short": "s",
    "as long as EKS allows": "x" * 100,
    "with all that EKS allows": "Shop_1-eu",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("versions", ["", "from 1.25 to 1.26"])
@pytest.mark.parametrize("outcome", ["stopped", "upgraded\nand more", "long " * 60])
def test_a_subject_is_one_line_that_sns_takes(name: str, versions: str, outcome: str) -> None:
    told = finished(Subject(cluster=name, versions=versions), outcome, "")
    assert len(told.subject) <= MAX_SUBJECT
    assert "\n" not in told.subject
    assert told.subject.startswith(name[:10])
    assert versions in told.subject


def test_html_is_text_and_never_markup_of_others() -> None:
    told: Notice = stopped(ABOUT, "<script>alert(1)</script>")
    assert "<script>" not in told.html
    assert "&lt;script&gt;" in told.html


PLANS: list[tuple[dict[str, Any] | None, str, str]] = [
    ({"from_version": "1.25", "to_version": "1.26"}, "", "from 1.25 to 1.26"),
    ({"from_version": "1.26", "to_version": "1.26"}, "1.26", "at 1.26"),
    (None, "1.26", "to 1.26"),
    (None, "", ""),
    ({}, "", ""),
]


@pytest.mark.parametrize(("plan", "wanted", "versions"), PLANS)
def test_versions_are_those_of_the_plan_or_what_was_asked_for(
    plan: dict[str, Any] | None, wanted: str, versions: str
) -> None:
    assert versions_of(plan, wanted) == versions


LEFT = [
    pytest.param(7200, 6300, id="two hours: a quarter of an hour before"),
    pytest.param(1200, 900, id="twenty minutes: after three quarters"),
    pytest.param(240, 180, id="four minutes: a minute before"),
    pytest.param(239, None, id="less: not at all"),
    pytest.param(0, None, id="nothing left"),
    pytest.param(-5, None, id="past its end"),
]


@pytest.mark.parametrize(("left", "after"), LEFT)
def test_people_are_told_again_while_there_is_time_to_answer(
    left: float, after: float | None
) -> None:
    assert remind_after(1000.0, 1000.0 + left) == after
