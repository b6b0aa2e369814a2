"""The configuration of who is told: what it may say, and every problem of it at once."""

import json

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.notices.model import Event
from include.eks_upgrade.notices.settings import first_fault_of, is_inline, read_settings, texts_in

SMTP = "airflow.providers.smtp.notifications.smtp.SmtpNotifier"


def test_an_entry_tells_of_everything_unless_it_says_of_what() -> None:
    text = f"""
- notifier: {SMTP}
  arguments: {{to: ops@example.com}}
- notifier: {SMTP}
  name: the night shift
  events: [stopped, reminder]
"""
    everything, some = read_settings(text, "here")
    assert everything.events == frozenset(Event)
    assert (everything.name, everything.arguments) == ("1. SmtpNotifier", {"to": "ops@example.com"})
    assert (some.name, some.arguments) == ("the night shift", {})
    assert some.events == {Event.STOPPED, Event.REMINDER}


@pytest.mark.parametrize("text", ["", "  \n", "# nobody yet", "[]", "null"])
def test_nothing_tells_nobody(text: str) -> None:
    assert read_settings(text, "here") == ()


def test_json_is_read_as_well() -> None:
    (entry,) = read_settings(json.dumps([{"notifier": SMTP}]), "here")
    assert entry.notifier == SMTP


WRONG = [
    pytest.param("{notifier: a.B}", "the list: it must be a list", id="no list"),
    pytest.param("[a.B]", "entry 1: it must be a mapping", id="no mapping"),
    pytest.param("[{events: [stopped]}]", "'notifier' is a required", id="no notifier"),
    pytest.param("[{notifier: SmtpNotifier}]", "a class with its module", id="no module"),
    pytest.param("[{notifier: 7}]", "it must be a text", id="a number"),
    pytest.param("[{notifier: a.B, event: x}]", "'event' was unexpected", id="unknown key"),
    pytest.param("[{notifier: a.B, events: stopped}]", "events: it must be a list", id="one word"),
    pytest.param("[{notifier: a.B, events: []}]", "must not be empty", id="no event"),
    pytest.param("[{notifier: a.B, events: [died]}]", "one of started, question", id="odd event"),
    pytest.param("[{notifier: a.B, arguments: [x]}]", "arguments: it must be a map", id="a list"),
    pytest.param("[{notifier: a.B, arguments: {a-b: 1}}]", "a plain name", id="odd argument"),
    pytest.param("[{notifier: a.B, name: ''}]", "name: it must not be empty", id="empty name"),
    pytest.param("- {notifier: a.B, name: x}\n- {notifier: a.C, name: x}", "'x'", id="twice"),
    pytest.param("[{notifier: a.B", "neither YAML nor JSON at line 1", id="unreadable"),
    pytest.param("\x00", "neither YAML nor JSON", id="no text"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_cannot_be_is_refused_in_words_and_says_where(text: str, words: str) -> None:
    with pytest.raises(Refused, match=r"\[eks_upgrade\] notifiers \(/etc/n.yaml\)") as raised:
        read_settings(text, "/etc/n.yaml")
    assert words in str(raised.value)
    assert "nobody is told of anything" in str(raised.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Refused) as raised:
        read_settings("[{events: [died]}, {notifier: 1, when: x}]", "here")
    assert len(raised.value.problems) == 4


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    for text in ("[xoxb-123]", "[{notifier: xoxb-123}]", "[{notifier: a.B, events: [xoxb-123]}]"):
        with pytest.raises(Refused) as raised:
            read_settings(text, "here")
        assert "xoxb" not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "inline"),
    [('[{"notifier": "a.B"}]', True), (" [", True), ("notify.yaml", False), ("/etc/[x]", False)],
)
def test_a_list_is_told_from_a_path(value: str, inline: bool) -> None:
    assert is_inline(value) is inline


def test_templates_are_read_for_faults_wherever_they_stand() -> None:
    value = {"a": ["{{ x }}", 1, None, {"b": "{{ y"}], "c": True}
    assert [bool(first_fault_of(text)) for text in texts_in(value)] == [False, True]
