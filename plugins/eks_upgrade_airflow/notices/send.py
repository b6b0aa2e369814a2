"""Telling people: all notifiers of an event at the same time, none of which can harm the run.

A notifier may fail or hang: each has a thread of its own, and after `PATIENCE` seconds the task
goes on without it. What went wrong is a warning in the task's log and an obstacle for the report.
"""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from eks_upgrade_airflow.notices.build import make
from eks_upgrade_airflow.notices.complaints import complaints
from eks_upgrade_airflow.notices.configured import configured
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.notices.model import Event, Notice
from include.eks_upgrade.notices.settings import NotifierSettings
from include.eks_upgrade.report.redaction import hide

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds that a task waits for all its notifiers together."""

SENT_KEY = "notices_sent"
"""Key in the task's state store: by entry, the mark of the last notice that it has sent."""

MAX_WHY = 300

_ADDRESS = re.compile(r"(\w+://)(?:[^/\s@]*@)?([^/\s'\")]+)/[^\s'\")]+")
_PATH = re.compile(r"(?i)(with url: )\S+")


@dataclass
class Sending:
    """One notifier at work."""

    entry: NotifierSettings
    failure: str = ""
    thread: threading.Thread | None = None


def wanted(event: Event) -> bool:
    """Whether anybody wants to hear of such an event."""
    return bool(_entries(event))


def tell(context: "Context", notice: Notice, mark: str = "") -> tuple[Obstacle, ...]:
    """Tell everybody who wants to hear of it; never raises, and takes `PATIENCE` seconds at most.

    Args:
        context: the task's.
        notice: the words.
        mark: what makes this notice another one than the last that this task has sent: a task
            that is cleared does not send the same again. Empty: it is always sent.

    Returns:
        An obstacle for each notifier that could not be used.
    """
    try:
        return _tell(context, notice, mark)
    except Exception as error:  # noqa: BLE001 - telling people never fails a task
        return (_obstacle(notice, "notifiers", short_reason(error)),)


def short_reason(error: BaseException) -> str:
    """Why a notifier failed."""
    text = without_addresses(f"{type(error).__name__}: {error}".strip().rstrip(":"))
    return text if len(text) <= MAX_WHY else f"{text[:MAX_WHY]}..."


def without_addresses(text: str) -> str:
    """The text without paths, names and passwords of addresses: a webhook's path is a secret."""
    return _PATH.sub(r"\1...", _ADDRESS.sub(r"\1\2/...", hide(text)))


def _entries(event: Event) -> list[NotifierSettings]:
    try:
        return [entry for entry in configured() if event in entry.events]
    except Refused as error:
        log.warning("%s", error)  # the plan has said it, too
        return []


def _tell(context: "Context", notice: Notice, mark: str) -> tuple[Obstacle, ...]:
    entries = _entries(notice.event)
    if not entries:
        return ()
    sent = dict(_sent(context)) if mark else {}
    due = [entry for entry in entries if not mark or sent.get(entry.name) != mark]
    sendings = [_begin(context, notice, entry) for entry in due]
    _await(sendings)
    well = [each.entry.name for each in sendings if not each.failure]
    if well:
        log.info("%s: told by %s", notice.subject, ", ".join(well))
    if mark and well:
        _remember(context, {**sent, **dict.fromkeys(well, mark)})
    return tuple(
        _obstacle(notice, each.entry.name, each.failure) for each in sendings if each.failure
    )


def _begin(context: "Context", notice: Notice, entry: NotifierSettings) -> Sending:
    sending = Sending(entry)
    # A copy, for templates: `notice` is added, and notifiers may add what they like.
    seen: dict[str, Any] = {**context, "notice": notice.as_json()}
    try:
        notifier = make(entry)  # here, for its imports are slow and no fault of the receiver
    except Exception as error:  # noqa: BLE001 - modules and constructors raise what they like
        sending.failure = short_reason(error)
        return sending

    def work() -> None:
        try:
            with complaints() as heard:
                _notify(notifier, seen)
            sending.failure = "; ".join(map(without_addresses, heard))[:MAX_WHY]
        except Exception as error:  # noqa: BLE001 - notifiers raise what they like
            sending.failure = short_reason(error)

    # A daemon: a thread that hangs does not keep the task's process.
    sending.thread = threading.Thread(target=work, name=f"notify {entry.name}", daemon=True)
    sending.thread.start()
    return sending


def _notify(notifier: BaseNotifier, context: Mapping[str, Any]) -> None:
    """What calling the notifier does, without its own error line, which may hold an address."""
    given: Any = dict(context)
    # Without the DAG: one that renders native objects would make lists and numbers of our words.
    rendered: Any = {key: value for key, value in context.items() if key != "dag"}
    notifier.render_template_fields(rendered, notifier.get_template_env())
    if type(notifier).notify is BaseNotifier.notify:  # it is only written for event loops
        notifier.context = given
        asyncio.run(notifier.async_notify(given))
    else:
        notifier.notify(given)


def _await(sendings: list[Sending]) -> None:
    until = time.monotonic() + PATIENCE
    for each in sendings:
        if each.thread:
            each.thread.join(max(0.0, until - time.monotonic()))
            if each.thread.is_alive():
                each.failure = f"it has not answered within {PATIENCE:g} s; it may yet arrive"


def _obstacle(notice: Notice, name: str, why: str) -> Obstacle:
    what = f"nobody was told of '{notice.subject}' by notifier {name!r}: {why}"
    log.warning("%s. The run goes on. See docs/notifications.md.", what)
    return Obstacle(what, "the run goes on without")


def _sent(context: "Context") -> Mapping[str, str]:
    told: Any = context["task_state_store"].get(SENT_KEY)
    return told or {}


def _remember(context: "Context", sent: Mapping[str, str]) -> None:
    try:
        context["task_state_store"].set(SENT_KEY, dict(sent))
    except Exception as error:  # noqa: BLE001 - people are told twice at worst
        log.warning("who was told is not kept, a cleared task tells again: %s", error)
