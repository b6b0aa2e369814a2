"""What stands in a task's log, through Airflow's own processors of log lines."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk._shared.logging.structlog import parse_namespace_log_levels, structlog_processors
from airflow.sdk.exceptions import AirflowFailException
from airflow.triggers.base import DiscrimatedTriggerEvent, TriggerEvent
from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.run.events import BriefEvent
from eks_upgrade_airflow.run.task_log import LIBRARIES, quiet_libraries
from eks_upgrade_airflow.triggers.drain import EksDrainTrigger
from pydantic import TypeAdapter

from include.eks_upgrade.common.errors import (
    Busy,
    LockHeld,
    Problem,
    Refused,
    Stuck,
    UnexpectedResponse,
    Unreachable,
)
from include.local_airflow.settings import Places, Ports, Secrets, environment
from tests.airflow.run.test_retry_policy import context, fail


@pytest.fixture
def written() -> Iterator[io.BytesIO]:
    """What Airflow's loggers write, as JSON lines; they have been used before a task fails."""
    before, out = structlog.get_config(), io.BytesIO()
    shared, _, last = structlog_processors(json_output=True)
    structlog.configure(
        processors=[*shared, last],
        logger_factory=structlog.BytesLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    yield out
    structlog.configure(**before)


def as_airflow_ends_it(error: Exception) -> None:
    """Raise in a step, and log it as Airflow 3.3.2's task runner does."""
    log = structlog.get_logger(logger_name="task")
    log.info("used before, and therefore kept as it is")
    try:
        with report_failure(context(task_id="node_group.drain_old", map_index=0)):
            raise error
    except Exception:
        log.exception("Task failed with exception")


def last_line(written: io.BytesIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(written.getvalue().splitlines()[-1])
    return line


FORESEEN = {
    "a refusal": Refused("It cannot be", [Problem("region", "empty", "set it")]),
    "a lock": LockHeld("run manual__2 holds cluster shop"),
    "a limit": Stuck("2 pods are left"),
    "no answer, which is tried again": Unreachable("AWS does not answer"),
    "somebody else at work, too": Busy("in use"),
    "a raw broken connection": ConnectionResetError("by peer"),
}


@pytest.mark.parametrize("error", FORESEEN.values(), ids=FORESEEN)
def test_what_was_foreseen_leaves_no_stack_trace(written: io.BytesIO, error: Exception) -> None:
    as_airflow_ends_it(error)
    line = last_line(written)
    assert line["event"].startswith("Task failed, as told above: ")
    assert str(error).splitlines()[0].rstrip(":") in line["event"]
    assert "exception" not in line
    assert b"Traceback" not in written.getvalue()


@pytest.mark.parametrize("error", [KeyError("x"), UnexpectedResponse("418")])
def test_a_bug_keeps_its_stack_trace(written: io.BytesIO, error: Exception) -> None:
    as_airflow_ends_it(error)
    assert last_line(written)["exception"][0]["frames"]


def test_another_failure_in_the_same_process_keeps_its_trace(written: io.BytesIO) -> None:
    as_airflow_ends_it(FORESEEN["a refusal"])
    log = structlog.get_logger(logger_name="task")
    try:
        raise AirflowFailException("somebody else's")
    except AirflowFailException:
        log.exception("Task failed with exception")
    assert last_line(written)["exception"]


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


REFUSED = Refused(
    "The upgrade cannot be",
    [Problem("region", "it is empty", "set it"), Problem("ami_id", "no id", "give one")],
)


def test_the_log_begins_with_each_problem_and_its_remedy(caplog: pytest.LogCaptureFixture) -> None:
    ctx = context(task_id="plan")
    ctx["ti"].xcoms.clear()
    with caplog.at_level(logging.INFO):
        fail(REFUSED, ctx)
    lines = [line.strip() for line in messages(caplog)]
    assert lines[0].startswith("Cluster shop: The upgrade cannot be")
    assert lines[1:5] == [
        "1. region: it is empty.",
        "Remedy: set it.",
        "2. ami_id: no id.",
        "Remedy: give one.",
    ]
    assert lines[5] == "Safe right now: Nothing was touched."
    assert lines[6].startswith("What to do now: Put right what is named here, then")
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


def test_a_try_that_is_repeated_says_why_first(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        fail(Unreachable("AWS asks for patience"), context(task_id="lock"))
    first, second = messages(caplog)
    assert first == "Cluster shop: AWS asks for patience"
    assert "Airflow tries this task again by itself" in second


@pytest.fixture
def loud() -> Iterator[None]:
    """Levels as a new process has them."""
    before = {name: logging.getLogger(name).level for name in LIBRARIES}
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


CHATTER = ("botocore.credentials", "botocore.configprovider", "aiobotocore.credentials")


@pytest.mark.usefixtures("loud")
@pytest.mark.parametrize("name", CHATTER)
def test_a_task_keeps_what_botocore_tells_of_itself_out(name: str) -> None:
    with report_failure(context()):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        assert logging.getLogger(name).isEnabledFor(logging.WARNING)


@pytest.mark.usefixtures("loud")
def test_airflows_own_option_brings_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS", "sqlalchemy=INFO, botocore=debug nonsense boto3=loud"
    )
    quiet_libraries()
    assert logging.getLogger("botocore.credentials").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("aiobotocore.credentials").isEnabledFor(logging.INFO)
    assert not logging.getLogger("boto3").isEnabledFor(logging.INFO)


EVENT = {
    "state": "done",
    "detail": "node group workers drained: 1300 pods moved off 300 nodes in 2 s",
    "data": {"by_node": {f"ip-10-0-1-{n}.eu-west-1.compute.internal": 3 for n in range(300)}},
}


def test_an_event_is_short_in_the_log_and_whole_on_its_way() -> None:
    event = BriefEvent(EVENT)
    assert repr(event) == f"done: {EVENT['detail']}"
    kind: TypeAdapter[TriggerEvent] = TypeAdapter(DiscrimatedTriggerEvent)
    sent = kind.dump_json(event)
    assert kind.validate_json(sent).payload == EVENT
    assert kind.dump_python(event)["payload"] == EVENT


def test_an_event_with_a_page_of_words_is_short_too() -> None:
    assert len(repr(BriefEvent({"state": "late", "detail": "word " * 900}))) < 140


def test_a_trigger_is_short_in_a_log() -> None:
    trigger = EksDrainTrigger(
        cluster_name="shop",
        aws_conn_id=None,
        region_name=None,
        poll_seconds=5,
        deadline=0.0,
        nodegroup_name="workers",
        options={"when_blocked": {"never_allowed": "ask"}},
        mark="a run",
        carry={"history": ["x"] * 1000},
    )
    assert repr(trigger) == "<EksDrainTrigger: drain of node group workers>"


@pytest.mark.parametrize("kind", [DagBundlesManager, BundleDagBag])
def test_the_local_airflow_keeps_out_how_a_dag_file_was_loaded(kind: type) -> None:
    folder = Path("/nowhere")
    made = environment(Places(*[folder] * 4), Ports(1, 2, 3), Secrets("a", "b", "c", "d"))
    levels = parse_namespace_log_levels(made["AIRFLOW__LOGGING__NAMESPACE_LEVELS"])
    name = f"{kind.__module__}.{kind.__name__}"
    assert {level for prefix, level in levels.items() if name.startswith(f"{prefix}.")} == {
        logging.WARNING
    }
    assert not any("eks_upgrade_airflow".startswith(prefix) for prefix in levels)
