"""Real notifiers to real receivers on loopback; those that fail or hang harm nobody."""

import json
import logging
import threading
import time
from typing import Any

import pytest
from airflow.sdk import BaseNotifier
from eks_upgrade_airflow.notices import send
from eks_upgrade_airflow.notices.send import short_reason, tell, wanted

from include.eks_upgrade.notices.compose import stopped
from include.eks_upgrade.notices.model import Event, Notice, Subject
from tests.airflow.notices.conftest import APPRISE, HTTP, SMTP, Configure
from tests.airflow.notices.receivers import (
    Hooks,
    Mailbox,
    free_port,
    silent_server,
    smtp_connection,
    text_of,
)
from tests.airflow.worker import StateStore

ABOUT = Subject(
    cluster="shop",
    versions="from 1.25 to 1.26",
    run_id="shop-1.26",
    report_url="https://airflow/reports/1",
)
OLD_MODULE = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
"""Apprise loads all that it can speak to, with what those load."""
TO = {"to": "ops@example.com"}


def notice(sentence: str = "the run stopped at drain_old [shop/workers]; clear it") -> Notice:
    return stopped(ABOUT, sentence)


def context() -> Any:
    return {"task_state_store": StateStore()}


class OnlyForLoops(BaseNotifier):
    """A notifier that is written for event loops alone."""

    template_fields = ("text",)
    heard: list[str] = []  # noqa: RUF012 - what all of them have said

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    async def async_notify(self, _context: Any) -> None:
        self.heard.append(self.text)


class Broken(BaseNotifier):
    """A notifier that fails in an unusual way."""

    def notify(self, _context: Any) -> None:
        raise KeyError("channel")


class Sleepy(BaseNotifier):
    """A notifier that never comes back."""

    def notify(self, _context: Any) -> None:
        threading.Event().wait()


def of_this_file(kind: type[BaseNotifier], **arguments: Any) -> dict[str, Any]:
    return {"notifier": f"{__name__}.{kind.__name__}", "arguments": arguments}


def test_a_mail_arrives_with_cluster_versions_reason_and_link(
    mailbox: Mailbox, configure: Configure
) -> None:
    configure({"notifier": SMTP, "arguments": TO})
    assert tell(context(), notice()) == ()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "shop from 1.25 to 1.26: stopped"
    assert (mail["To"], mail["From"]) == ("ops@example.com", "upgrades@example.com")
    assert "The run stopped at drain_old [shop/workers]; clear it." in text_of(mail)
    assert 'href="https://airflow/reports/1"' in text_of(mail)


def test_a_webhook_is_sent_json_that_slack_and_mattermost_show(
    hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP, "arguments": {"endpoint": "services/T0/B0"}})
    assert tell(context(), notice()) == ()
    ((path, body),) = hooks.got
    assert path == "/services/T0/B0"
    assert body["text"].startswith("shop from 1.25 to 1.26: stopped\nThe run stopped at")
    assert (body["event"], body["cluster"]) == ("stopped", "shop")


@OLD_MODULE
def test_apprise_is_told_title_and_body(hooks: Hooks, configure: Configure) -> None:
    configure({"notifier": APPRISE, "arguments": {"tag": "ops", "notify_type": "failure"}})
    assert tell(context(), notice()) == ()
    (body,) = hooks.bodies
    assert body["title"] == "shop from 1.25 to 1.26: stopped"
    assert "The report: https://airflow/reports/1" in body["message"]
    assert body["type"] == "failure"


def test_a_template_of_ones_own_is_followed(hooks: Hooks, configure: Configure) -> None:
    own = {"json": {"summary": "{{ notice.cluster }} {{ notice.event | upper }}", "n": 3}}
    configure({"notifier": HTTP, "arguments": own})
    tell(context(), notice())
    assert hooks.bodies == [{"summary": "shop STOPPED", "n": 3}]


def test_what_looks_like_a_template_in_a_message_is_no_template(
    hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    tell(context(), notice("{{ 7 * 7 }} is what it said"))
    assert "{{ 7 * 7 }} is what it said" in hooks.bodies[0]["text"]


def test_a_notifier_for_event_loops_is_used_as_well(configure: Configure) -> None:
    OnlyForLoops.heard.clear()
    configure(of_this_file(OnlyForLoops, text="{{ notice.subject }}"))
    assert tell(context(), notice()) == ()
    assert OnlyForLoops.heard == ["shop from 1.25 to 1.26: stopped"]


def test_nobody_is_told_unless_it_is_configured(hooks: Hooks) -> None:
    assert not wanted(Event.STOPPED)
    assert tell(context(), notice(), "mark") == ()
    assert hooks.got == []


def test_only_who_wants_to_know_is_told(hooks: Hooks, configure: Configure) -> None:
    configure({"notifier": HTTP, "events": ["started", "finished"]})
    assert tell(context(), notice()) == ()
    assert hooks.got == []
    assert wanted(Event.STARTED)
    assert not wanted(Event.STOPPED)


def test_the_same_is_told_once_and_another_outcome_again(
    hooks: Hooks, configure: Configure
) -> None:
    configure({"notifier": HTTP})
    task = context()
    for mark in ("first", "first", "second", "second"):
        tell(task, notice(), mark)
    assert len(hooks.got) == 2


def test_who_was_not_told_is_told_when_the_task_is_cleared_and_nobody_else(
    hooks: Hooks, mailbox: Mailbox, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure({"notifier": HTTP}, {"notifier": SMTP, "arguments": TO})
    good = monkeypatch.context
    task = context()
    with good() as patch:
        patch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", smtp_connection(free_port()))
        assert len(tell(task, notice(), "mark")) == 1
    assert tell(task, notice(), "mark") == ()
    assert (len(hooks.got), len(mailbox.mails)) == (1, 1)


HANGS = 60.0
"""Seconds; a machine that is busy with other tests takes some for what takes none."""


def fault(configure: Configure, *entries: dict[str, Any]) -> str:
    """What one notifier that cannot tell anybody is in the report."""
    configure(*entries)
    (obstacle,) = tell(context(), notice(), "mark")
    assert obstacle.passed_by == "the run goes on without"
    return obstacle.what


def test_a_mail_server_that_is_away_is_an_obstacle(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", smtp_connection(free_port()))
    with caplog.at_level(logging.INFO):
        told = fault(configure, {"notifier": SMTP, "arguments": TO})
    assert "'shop from 1.25 to 1.26: stopped' by notifier '1. SmtpNotifier'" in told
    assert "refused" in told.lower() or "unable to connect" in told.lower()
    ours = [record for record in caplog.records if record.name == send.__name__]
    assert [record.levelname for record in ours] == ["WARNING"]
    assert "The run goes on." in ours[0].getMessage()


def test_a_web_server_that_is_away_or_says_no_is_an_obstacle_without_the_hooks_path(
    hooks: Hooks, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {"notifier": HTTP, "arguments": {"endpoint": "services/T0/B0SECRET"}}
    hooks.status = 403
    assert "403" in fault(configure, entry)
    at = {"conn_type": "http", "host": "127.0.0.1", "port": free_port(), "schema": "http"}
    monkeypatch.setenv("AIRFLOW_CONN_HTTP_DEFAULT", json.dumps(at))
    told = fault(configure, entry)
    assert "ConnectionError" in told
    assert "B0SECRET" not in told


@OLD_MODULE
def test_apprise_which_raises_nothing_is_heard_all_the_same(
    hooks: Hooks, configure: Configure
) -> None:
    hooks.status = 500
    told = fault(configure, {"notifier": APPRISE})
    assert "AppriseNotifier" in told
    assert "secret-path" not in told


@pytest.mark.parametrize("kind", [SMTP, HTTP])
def test_a_receiver_that_hangs_delays_the_task_by_its_patience_and_no_more(
    kind: str, hooks: Hooks, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "PATIENCE", 1.0)
    hooks.pause = HANGS
    with silent_server() as port:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", smtp_connection(port))
        entry = {"notifier": kind, "arguments": TO if kind == SMTP else {}}
        began = time.monotonic()
        assert "has not answered within 1 s" in fault(configure, entry)
        assert time.monotonic() - began < HANGS


def test_many_that_hang_are_waited_for_at_the_same_time_and_do_not_keep_the_others(
    hooks: Hooks, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure({"notifier": HTTP})
    tell(
        context(), notice()
    )  # once before: what it imports at first takes seconds on a busy machine
    monkeypatch.setattr(send, "PATIENCE", 3.0)
    configure(*[of_this_file(Sleepy)] * 5, {"notifier": HTTP})
    began = time.monotonic()
    assert len(tell(context(), notice())) == 5
    assert time.monotonic() - began < 5 * send.PATIENCE
    assert len(hooks.got) == 2


def test_our_own_patience_is_a_quarter_of_a_minute() -> None:
    assert send.PATIENCE == 15.0


ODD = [
    pytest.param(of_this_file(Broken), "KeyError", id="breaks"),
    pytest.param({"notifier": "no.such.Thing"}, "No module named", id="no module"),
    pytest.param({"notifier": "json.Thing"}, "has no Thing", id="no class"),
    pytest.param({"notifier": "json.JSONDecoder"}, "no BaseNotifier", id="no notifier"),
    pytest.param({"notifier": SMTP, "arguments": {"too": 1}}, "TypeError", id="odd argument"),
    pytest.param({"notifier": SMTP, "arguments": {"to": "{{ x.y.z }}"}}, "x", id="template"),
]


@pytest.mark.parametrize(("entry", "words"), ODD)
def test_what_cannot_be_used_is_an_obstacle_and_no_error(
    entry: dict[str, Any], words: str, configure: Configure
) -> None:
    assert words in fault(configure, entry)


@pytest.mark.parametrize("value", ["/nowhere/at/all.yaml", "[{", "[{}]", "{}"])
def test_a_configuration_that_cannot_be_read_tells_nobody_and_fails_nobody(
    value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW__EKS_UPGRADE__NOTIFIERS", value)
    assert tell(context(), notice()) == ()
    assert "nobody is told of anything" in caplog.text


def test_a_state_store_that_fails_costs_a_repetition_and_no_more(
    hooks: Hooks, configure: Configure
) -> None:
    class Full(StateStore):
        def set(self, key: str, value: Any) -> None:
            raise OSError(f"no room for {key} {value}")

    configure({"notifier": HTTP})
    task: Any = {"task_state_store": Full()}
    assert tell(task, notice(), "mark") == tell(task, notice(), "mark") == ()
    assert len(hooks.got) == 2


REASONS = {
    "Max retries exceeded with url: /services/T0/B0 (Caused by X)": "/services",
    "POST https://hooks.slack.com/services/T0/B0?x=1 failed": "services",
    "redis://user:pass@host/0 is away": "pass",
    "Bearer abcdefgh12345678": "abcdefgh",
}


@pytest.mark.parametrize(("said", "secret"), REASONS.items())
def test_a_reason_never_shows_what_opens_a_receiver(said: str, secret: str) -> None:
    told = short_reason(OSError(said))
    assert told.startswith("OSError: ")
    assert secret not in told


def test_a_reason_is_short() -> None:
    assert len(short_reason(OSError("x" * 5000))) < 400
