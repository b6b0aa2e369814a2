"""What the plan says of who would be told: everything at once, before anybody needs it."""

from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import BaseNotifier
from eks_upgrade_airflow.notices.build import accepted, make, notifier_class, problems_of
from eks_upgrade_airflow.notices.check import warnings
from eks_upgrade_airflow.notices.configured import PROJECT, configured

from include.eks_upgrade.notices.model import Event
from include.eks_upgrade.notices.settings import NotifierSettings
from tests.airflow.notices.conftest import APPRISE, HTTP, SMTP, Configure
from tests.airflow.notices.receivers import Hooks, Mailbox

SNS = "airflow.providers.amazon.aws.notifications.sns.SnsNotifier"
EXAMPLE = PROJECT / "docs" / "notifiers.example.yaml"
SETTING = "AIRFLOW__EKS_UPGRADE__NOTIFIERS"


class Picky(BaseNotifier):
    """A notifier that judges its arguments itself."""

    def __init__(self, level: int) -> None:
        super().__init__()
        if level > 9:
            raise ValueError(f"secret level {level}")


def of(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"notifier": kind, "arguments": arguments}


def test_nothing_configured_is_nothing_to_say() -> None:
    assert warnings() == ()


def test_what_is_well_is_no_warning(hooks: Hooks, mailbox: Mailbox, configure: Configure) -> None:
    configure(of(SMTP, to="a@example.com"), of(HTTP, http_conn_id="http_default"), of(APPRISE))
    assert warnings() == ()
    assert (hooks.got, mailbox.mails) == ([], [])


WRONG = [
    pytest.param(of("no.such.Thing"), "cannot be imported: No module named 'no'", id="module"),
    pytest.param(of("json.Thing"), "json has no Thing", id="class"),
    pytest.param(of("json.JSONDecoder"), "no BaseNotifier", id="no notifier"),
    pytest.param(of(SMTP, too="x"), "did you mean 'to'?", id="typing error"),
    pytest.param(of(SMTP), "the argument 'to' is missing", id="missing"),
    pytest.param(of(SNS), "the argument 'target_arn' is missing", id="missing, keyword only"),
    pytest.param(of(HTTP, wholly_other=1), "it takes data, endpoint", id="unknown"),
    pytest.param(of(SMTP, to="x", subject="{{ notice"), "'subject' cannot be read", id="syntax"),
    pytest.param(of(HTTP, method="{{ x }}"), "'method' is no template", id="no template"),
    pytest.param(of(HTTP, json={"a": ["{{ b"]}), "'json' cannot be read", id="deep inside"),
    pytest.param(of(f"{__name__}.Picky", level=10), "cannot be made of these", id="its own"),
    pytest.param(of(HTTP, http_conn_id="nobody"), "no connection 'nobody'", id="connection"),
]


@pytest.mark.parametrize(("entry", "words"), WRONG)
def test_what_would_tell_nobody_is_a_warning_with_a_remedy(
    entry: dict[str, Any], words: str, configure: Configure
) -> None:
    configure(entry)
    told = "\n".join(warnings())
    assert words in told
    assert "Remedy: " in told
    assert told.startswith("[eks_upgrade] notifiers: 1. ")
    assert "secret level" not in told


def test_all_that_is_wrong_is_named_at_once(configure: Configure) -> None:
    configure(of(SMTP, too=1, smtp_conn_id="away"), of("no.such.Thing"), of(HTTP, json="{{"))
    told = warnings()
    assert [line.split(": ")[1] for line in told] == [
        "1. SmtpNotifier", "1. SmtpNotifier", "1. SmtpNotifier", "2. Thing", "3. HttpNotifier",
    ]  # fmt: skip


UNREADABLE = {
    "no such file": "nowhere/notifiers.yaml",
    "a folder": "docs",
    "no list": '{"notifier": "a.B"}',
    "no YAML": "[{",
}


@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE)
def test_a_list_that_cannot_be_read_is_a_warning(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, value)
    (told,) = warnings()
    assert "nobody is told of anything" in told
    assert "Remedy: " in told


def test_a_file_is_found_from_the_project_and_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "who.yaml"
    file.write_text(f"- notifier: {HTTP}\n", encoding="utf-8")
    for value in (str(file), str(EXAMPLE.relative_to(PROJECT))):
        monkeypatch.setenv(SETTING, value)
        assert configured()[0].notifier in {HTTP, SMTP}


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> tuple[NotifierSettings, ...]:
    monkeypatch.setenv(SETTING, str(EXAMPLE))
    return configured()


def test_the_example_is_right_as_far_as_its_providers_are_installed(
    example: tuple[NotifierSettings, ...],
) -> None:
    problems = [str(problem) for entry in example for problem in problems_of(entry)]
    (slack,) = problems
    assert "SlackNotifier cannot be imported: No module named 'airflow.providers.slack'" in slack
    assert {event for entry in example for event in entry.events} == set(Event)


def test_the_example_has_every_kind_that_the_page_names(
    example: tuple[NotifierSettings, ...],
) -> None:
    page = (PROJECT / "docs" / "notifications.md").read_text()
    assert {entry.notifier for entry in example} >= {SMTP, HTTP, APPRISE, SNS}
    assert all(f"`{entry.notifier}`" in page for entry in example)


FILLED = {
    SMTP: {"subject", "html_content"},
    APPRISE: {"title", "body"},
    SNS: {"subject", "message"},
    HTTP: {"json"},
}


@pytest.mark.parametrize("kind", FILLED)
def test_a_notifier_has_our_words_unless_it_has_its_own(kind: str) -> None:
    needed = {"to": "a@example.com", "target_arn": "arn:aws:sns:eu-west-1:111122223333:x"}
    given = {
        name: value for name, value in needed.items() if name in accepted(notifier_class(kind))
    }
    made = make(NotifierSettings(name="x", notifier=kind, arguments=given))
    assert all("notice." in str(getattr(made, name)) for name in FILLED[kind])
    own = dict.fromkeys(FILLED[kind], "mine")
    made = make(NotifierSettings(name="x", notifier=kind, arguments={**given, **own}))
    assert all(getattr(made, name) == "mine" for name in FILLED[kind])


def test_data_of_a_webhook_is_left_alone() -> None:
    made: Any = make(NotifierSettings(name="x", notifier=HTTP, arguments={"data": "a=b"}))
    assert (made.data, made.json) == ("a=b", None)
