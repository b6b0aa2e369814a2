"""What stands in the log of a task or a trigger: our sentences, in lines that a window shows whole.

What libraries say of their own work (botocore names where it found credentials and endpoints, at
each client) is kept out. Airflow's `[logging] namespace_levels` brings it back, for example
`botocore=info`; Airflow itself applies that option to loggers of its own kind only.
"""

import logging
import re
import sys
from collections import deque
from typing import Any, Protocol

import structlog
from airflow.providers.common.compat.sdk import conf

from include.eks_upgrade.common.log_lines import log_lines

LIBRARIES = ("botocore", "aiobotocore", "boto3", "urllib3", "kubernetes")
"""Loggers that are heard from warnings on."""

_PAIR = re.compile(r"([\w.]+)=(\w+)")
_reported: deque[BaseException] = deque(maxlen=8)
"""Failures whose message is in the log already; a task has one, and a process few tasks."""


class Log(Protocol):
    """What is needed of a logger, Airflow's or Python's."""

    def log(self, level: int, event: str, /, *args: Any) -> Any:
        """Write one line."""
        ...


def log_message(log: Log, message: str, level: int = logging.INFO) -> None:
    """Write a message, as many lines as it takes."""
    for line in log_lines(message):
        log.log(level, "%s", line)


def quiet_libraries() -> None:
    """Hear libraries from warnings on, or as `[logging] namespace_levels` says."""
    wanted = dict(_PAIR.findall(conf.get("logging", "namespace_levels", fallback="") or ""))
    for name in LIBRARIES:
        level = logging.getLevelNamesMapping().get(wanted.get(name, "").upper(), logging.WARNING)
        logging.getLogger(name).setLevel(level)


def hide_trace_of(error: BaseException) -> None:
    """Let Airflow log this failure without a stack trace: its message is in the log already.

    Airflow 3.3.2 writes the trace of whatever a task raises, refusals too, and has no setting for
    it. Its loggers have taken structlog's processors by then, so ours joins that very list.
    """
    _reported.append(error)
    processors = structlog.get_config()["processors"]
    if without_reported_trace not in processors:
        processors.insert(0, without_reported_trace)


def without_reported_trace(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor: of a reported failure the first line instead of its trace."""
    given = event.get("exc_info")
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if any(error is one for one in _reported):
        del event["exc_info"]
        first = (str(error).splitlines() or [type(error).__name__])[0]
        event["event"] = f"Task failed, as told above: {log_lines(first)[0].rstrip(':')}"
    return event
