"""Where reports are kept: any storage, a name for each run, found by the ids alone."""

import errno
import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.io import attach
from eks_upgrade_airflow.run import report_store
from eks_upgrade_airflow.run.report_store import (
    Form,
    ReportStore,
    absolute,
    configured_place,
    safe_name,
)
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

DAG, RUN = "eks_upgrade", "manual__2026-11-26T03:00:00+00:00"
SETTING = "AIRFLOW__EKS_UPGRADE__REPORTS"
ODD = {
    "as Airflow makes them": RUN,
    "plain": "nightly_1",
    "with a path in it": "../../etc/passwd",
    "one up": "..",
    "here": ".",
    "empty": "",
    "slashes": "a/b//c",
    "backslashes": "..\\..\\x",
    "quotes": 'it\'s "so" `x`',
    "an address's marks": "a?b#c%2Fd&e=f;g",
    "letters of the world": "прогон\u202e\U0001f9e8",
    "a NUL": "a\x00b",
    "half a letter": "a\ud800b",
    "very long": "x" * 5000,
    "as the safe name of another": "a-b.0123456789abcdef",
}


class Refusing(MemoryFileSystem):
    """A storage that takes nothing, as a full or forbidden one."""

    protocol = "refusing"
    error: OSError = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def pipe_file(self, *_: Any, **__: Any) -> None:
        raise self.error


@pytest.fixture
def memory() -> Iterator[str]:
    attach("memory", fs=MemoryFileSystem())
    yield "memory://bucket/reports"
    MemoryFileSystem.store.clear()


@pytest.fixture(params=["folder", "file", "local", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return str(request.getfixturevalue("memory"))
    folder = str(tmp_path / "deep" / "reports")
    return folder if request.param == "folder" else f"{request.param}://{folder}"


@pytest.mark.parametrize("run_id", ODD.values(), ids=ODD)
def test_a_report_is_found_by_the_ids_of_its_run_whatever_they_hold(
    place: str, run_id: str
) -> None:
    ReportStore(place).write(DAG, run_id, Form.HTML, "grüße")
    # Another process, which knows the ids only.
    assert ReportStore(place).read(DAG, run_id, Form.HTML) == "grüße".encode()
    assert ReportStore(place).read(DAG, run_id, Form.MARKDOWN) is None
    assert ReportStore(place).read(DAG, f"{run_id}x", Form.HTML) is None


@pytest.mark.parametrize("dag_id", ["other", "..", ".", "e/../eks_upgrade", "eks_upgrade/", "*"])
def test_no_name_leads_to_the_report_of_another_dag(place: str, dag_id: str) -> None:
    store = ReportStore(place)
    store.write(DAG, "x", Form.HTML, "secret")
    for run_id in ("x", f"../{DAG}/x", f"{DAG}/x", "x.html", "../x", "*", "x.html/"):
        assert store.read(dag_id, run_id, Form.HTML) is None


@pytest.mark.parametrize("given_name", ODD.values(), ids=ODD)
def test_a_safe_name_is_a_plain_file_name(given_name: str) -> None:
    name = safe_name(given_name)
    assert re.fullmatch(r"[A-Za-z0-9_-]+(\.[0-9a-f]{16})?", name)
    assert len(name) < 120


@given(st.text(max_size=30), st.text(max_size=30))
def test_different_ids_have_different_safe_names(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)
    assert safe_name(safe_name(one)) != safe_name(one) or safe_name(one) == one


def test_writing_again_replaces_and_leaves_no_scraps(tmp_path: Path) -> None:
    store = ReportStore(str(tmp_path))
    for text in ("first, and longer", "second"):
        store.write(DAG, "r", Form.HTML, text)
    assert [path.name for path in tmp_path.rglob("*")] == [DAG, "r.html"]
    assert store.read(DAG, "r", Form.HTML) == b"second"
    assert (tmp_path / DAG / "r.html").stat().st_mode & 0o777 == 0o644


def test_a_write_that_fails_leaves_no_scraps(tmp_path: Path) -> None:
    (tmp_path / DAG / "r.html").mkdir(parents=True)
    with pytest.raises(OSError, match=r"r\.html"):
        ReportStore(str(tmp_path)).write(DAG, "r", Form.HTML, "x")
    assert [path.name for path in (tmp_path / DAG).iterdir()] == ["r.html"]


def test_the_address_says_where_it_is(tmp_path: Path, memory: str) -> None:
    in_folder = ReportStore(str(tmp_path)).address(DAG, "r", Form.HTML)
    assert in_folder == str(tmp_path / DAG / "r.html")
    in_bucket = ReportStore(memory).address(DAG, "r", Form.MARKDOWN)
    assert in_bucket == "memory://bucket/reports/eks_upgrade/r.md"


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OSError(errno.ENOSPC, "No space left on device"), id="full"),
        pytest.param(PermissionError("Access Denied"), id="no right"),
        pytest.param(FileNotFoundError("The specified bucket does not exist"), id="no bucket"),
    ],
)
def test_what_the_storage_says_is_passed_on(error: OSError) -> None:
    refusing = Refusing()
    refusing.error = error
    attach("memory", "refusing", fs=refusing)
    with pytest.raises(OSError, match=re.escape(str(error))):
        ReportStore("memory://refusing@bucket/x").write(DAG, "r", Form.HTML, "x")


def test_an_address_of_a_kind_that_nobody_knows_says_so() -> None:
    with pytest.raises(ValueError, match="nosuch"):
        ReportStore("nosuch://bucket/x").write(DAG, "r", Form.HTML, "x")


@pytest.mark.skipif(find_spec("s3fs") is not None, reason="s3fs is installed here")
def test_s3_without_its_library_says_what_to_install() -> None:
    with pytest.raises(ImportError, match=r"s3fs"):
        ReportStore("s3://bucket/x").write(DAG, "r", Form.HTML, "x")


@pytest.mark.parametrize(
    ("setting", "meant"),
    [
        pytest.param("", str(report_store.PROJECT / "reports"), id="the folder beside dags/"),
        pytest.param("kept/here", str(report_store.PROJECT / "kept/here"), id="relative"),
        pytest.param("/srv/reports", "/srv/reports", id="absolute"),
        pytest.param("s3://conn@bucket/pre/fix", "s3://conn@bucket/pre/fix", id="a bucket"),
    ],
)
def test_all_components_read_the_place_from_airflows_configuration(
    monkeypatch: pytest.MonkeyPatch, setting: str, meant: str
) -> None:
    monkeypatch.setenv(SETTING, setting)
    assert configured_place() == meant
    assert absolute(meant) == meant


def test_without_the_setting_it_is_the_folder_beside_dags() -> None:
    assert configured_place() == str(report_store.PROJECT / "reports")
    assert (report_store.PROJECT / "dags").is_dir()
