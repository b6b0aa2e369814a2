"""Whether everybody would get word: judged by the plan, which goes on whatever it finds."""

from airflow.sdk import BaseHook

from eks_upgrade_airflow.notices.build import problems_of
from eks_upgrade_airflow.notices.configured import configured
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.notices.settings import OPTION, NotifierSettings

CONNECTION = "_conn_id"
"""How arguments that name a connection end."""


def warnings() -> tuple[str, ...]:
    """What keeps people from being told, a sentence each, and what to do; none is an obstacle."""
    try:
        entries = configured()
    except Refused as error:
        return tuple(f"{error.title}: {problem}" for problem in error.problems)
    found = [problem for entry in entries for problem in _problems(entry)]
    return tuple(f"{OPTION}: {problem}" for problem in found)


def _problems(entry: NotifierSettings) -> list[Problem]:
    return [*problems_of(entry), *_connections(entry)]


def _connections(entry: NotifierSettings) -> list[Problem]:
    """Connections that the entry names and Airflow does not have."""
    named = [
        value
        for name, value in entry.arguments.items()
        if name.endswith(CONNECTION) and isinstance(value, str) and value and "{{" not in value
    ]
    return [
        Problem(entry.name, f"Airflow has no connection {each!r}", "add it, or correct its name")
        for each in named
        if not _exists(each)
    ]


def _exists(conn_id: str) -> bool:
    try:
        BaseHook.get_connection(conn_id)
    except Exception:  # noqa: BLE001 - whatever the reason, it cannot be used
        return False
    return True
