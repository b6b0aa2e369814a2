"""Where the reports of runs are kept: a folder, or whatever Airflow's ObjectStoragePath reaches.

The option `reports` in the section `eks_upgrade` of Airflow's configuration says where, for all
components alike (`AIRFLOW__EKS_UPGRADE__REPORTS`): a folder, or an address such as
`s3://my_aws_connection@bucket/prefix`. The task writes there and the page reads there, each by the
DAG's and the run's id alone, so that neither needs to know on which machine the other runs.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile

from airflow.providers.common.compat.sdk import conf
from airflow.sdk import ObjectStoragePath

SECTION, OPTION = "eks_upgrade", "reports"

PROJECT = Path(__file__).resolve().parents[3]
"""What holds `dags/` and `plugins/`; a relative folder is meant from here."""

DEFAULT_FOLDER = "reports"

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_LOCAL = {"", "file", "local"}
_READABLE = 0o644


class Form(StrEnum):
    """A form of a report, or what goes with it; the value is the end of its file's name."""

    HTML = "html"
    MARKDOWN = "md"
    SUMMARY = "json"
    """What the list of reports shows (`run/report_list.py`)."""
    NOTES = "notes.json"
    """What other runs have added (`run/report_notes.py`)."""


def configured_place() -> str:
    """Where reports are kept, as Airflow's configuration says; a folder is absolute."""
    return absolute(conf.get(SECTION, OPTION, fallback="") or DEFAULT_FOLDER)


def absolute(place: str) -> str:
    """An address as it is; a folder from the project's own, wherever a process was started."""
    return place if "://" in place else str(PROJECT / Path(place).expanduser())


def safe_name(given: str) -> str:
    """A name for a file or folder that is another one for each id, and leads nowhere else.

    A DAG's id may be `..`, a run's id may hold slashes and any letters. What a name cannot hold
    becomes `-`, and then a dot and a hash of the whole id follow; a name that is kept as it is has
    no dot, so the two never meet.
    """
    if _PLAIN.fullmatch(given):
        return given
    mark = hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', given)[:80].strip('-') or 'run'}.{mark}"


@dataclass(frozen=True)
class ReportStore:
    """Reads and writes reports below one place.

    Attributes:
        place: an absolute folder, or an address that ObjectStoragePath understands.

    What the storage raises is passed on as it is: each kind has errors of its own.
    """

    place: str

    def address(self, dag_id: str, run_id: str, form: Form) -> str:
        """Where a form of a run's report is, for people."""
        return str(self._path(dag_id, run_id, form))

    def write(self, dag_id: str, run_id: str, form: Form, text: str) -> None:
        """Keep a form of a run's report; what was there is replaced whole or not at all."""
        path, content = self._path(dag_id, run_id, form), text.encode()
        if path.protocol in _LOCAL:
            _replace(Path(path.path), content)
        else:
            # One request: an object store shows the whole of it or nothing. No folder or bucket is
            # made: where there are none, the place is not the one that was meant.
            path.fs.pipe_file(path.path, content)

    def read(self, dag_id: str, run_id: str, form: Form) -> bytes | None:
        """A form of a run's report; None when there is none."""
        path = self._path(dag_id, run_id, form)
        try:
            return bytes(path.fs.cat_file(path.path))
        except FileNotFoundError:
            return None

    def _path(self, dag_id: str, run_id: str, form: Form) -> ObjectStoragePath:
        return ObjectStoragePath(self.place) / safe_name(dag_id) / f"{safe_name(run_id)}.{form}"


def _replace(path: Path, content: bytes) -> None:
    """Write beside and rename, so that a reader never sees half a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        beside = Path(file.name)
        try:
            file.write(content)
            file.close()
            beside.chmod(_READABLE)  # NamedTemporaryFile's are readable by their owner alone
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
