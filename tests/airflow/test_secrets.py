"""No token, key or user data in anything that a run leaves behind.

The runs are those of `tests/permissions/stories.py`, through a connection that assumes a role; the
same search goes over a real Airflow's folder in `test_real_upgrade.py`.
"""

import json
from pathlib import Path

import pytest

from tests.airflow.secret_search import secrets_below, secrets_in
from tests.permissions.stories import recorded

pytestmark = pytest.mark.timeout(900)  # the first test plays all the runs

TOKEN = "k8s-aws-v1.aHR0cHM6Ly9zdHMuZXUtd2VzdC0xLmFtYXpvbmF3cy5jb20vP0FjdGlvbj1H"
SIGNED = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Signature=0f9c"


def left_behind() -> dict[str, str]:
    """What to look through, by where it is."""
    reports = "\n".join(recorded().reports.values())
    return {"log": recorded().logs, "kept by Airflow": recorded().kept, "reports": reports}


PLACES = ["log", "kept by Airflow", "reports"]
PLANTED = [
    pytest.param("bearer token", f"asked with {TOKEN}", id="bearer token"),
    pytest.param("access key", "ASIAQ3EGJ2XHEXAMPLE9", id="access key of a session"),
    pytest.param("access key", "by AKIAIOSFODNN7EXAMPLE.", id="access key of a user"),
    pytest.param(
        "secret key", '{"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCY"}', id="secret key"
    ),
    pytest.param("secret key", "aws_secret_access_key=wJalrXUtnFEMI/K7MD", id="in a config"),
    pytest.param("session token", "AWS_SESSION_TOKEN=FQoGZXIvYXdzEBYaDHqa0AP", id="session token"),
    pytest.param("signature", SIGNED, id="presigned URL"),
    pytest.param("signature", "X-Amz-Security-Token%3DFQoGZXIvYXdz", id="quoted"),
]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_secret_is_left(place: str) -> None:
    assert list(secrets_in(left_behind()[place].encode(), recorded().secrets)) == []


@pytest.mark.parametrize("place", PLACES)
def test_it_was_looked_for_where_the_run_really_is(place: str) -> None:
    assert "workers-k126" in left_behind()[place]


def test_what_airflow_keeps_are_xcoms_triggers_events_and_rendered_fields() -> None:
    for word in ("EksDrainTrigger", '"update_id"', '"cluster_name"', '"aws_conn_id"', "control"):
        assert word in recorded().kept


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("what", "text"), PLANTED)
def test_a_planted_one_is_found_by_its_shape(place: str, what: str, text: str) -> None:
    planted = f"{left_behind()[place][:1000]} {text} {left_behind()[place][:1000]}"
    assert list(secrets_in(planted.encode(), {})) == [what]


KINDS = ["access key", "secret key", "session token", "user data"]


@pytest.mark.parametrize("what", KINDS)
def test_a_planted_one_of_these_runs_is_found_by_its_value(what: str) -> None:
    values = recorded().secrets[what]
    assert values
    for value in values:
        assert what in secrets_in(f"x{value}x".encode(), {what: values})


def test_every_file_of_a_folder_is_searched_databases_too(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(json.dumps({"event": TOKEN}))
    (tmp_path / "airflow.db").write_bytes(b"\x00\x01" + TOKEN.encode() + b"\x00")
    (tmp_path / "good.txt").write_text("nothing")
    assert secrets_below(tmp_path, {}) == ["airflow.db: bearer token", "logs/a.log: bearer token"]
