"""From the text of the fleet file to the typed file, or to all that is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from include.eks_upgrade.common.errors import Problem, Refused, refusal
from include.eks_upgrade.fleet.file.document import Document, Unreadable, read_document
from include.eks_upgrade.fleet.file.finding import Finding, path_of
from include.eks_upgrade.fleet.file.judge import judged
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.file.path import DEFAULT, ENVIRONMENT_VARIABLE, shown
from include.eks_upgrade.fleet.file.syntax import unreadable

TITLE = "The fleet file cannot be used, and nothing is started"


@dataclass(frozen=True)
class Reading:
    """A fleet file and the lines it was read from."""

    file: FleetFile
    document: Document
    name: str

    def told(self, finding: Finding) -> Problem:
        """A finding with its line."""
        return _problem(finding, self.document, self.name)


def read_fleet_file(path: Path, text: str | None = None) -> FleetFile:
    """The file at `path`; with `text`, that is read and the path stands in messages only.

    Raises:
        Refused: it cannot be used; every problem is named with its line.
    """
    return read_with_lines(path, text).file


def read_with_lines(path: Path, text: str | None = None) -> Reading:
    """As `read_fleet_file`, with what else can be said of it by line."""
    name = shown(path)
    document = _document(_text(path, name) if text is None else text, name)
    if not isinstance(document.plain, dict):
        raise _no_mapping(document, name)
    file, found = judged(document)
    if file is None or found:
        problems = (_problem(finding, document, name) for finding in _by_line(found, document))
        raise Refused(TITLE, dict.fromkeys(problems))
    return Reading(file, document, name)


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        remedy = f"write it, docs/fleet.md has an example; {ENVIRONMENT_VARIABLE} may name another"
        raise refusal(TITLE, name, "there is no such file", remedy) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what = f"the byte 0x{error.object[error.start]:02x} is no UTF-8"
        raise refusal(TITLE, f"{name}, line {line}", what, "save the file as UTF-8") from error
    except OSError as error:
        what = f"it cannot be read: {error.strerror}"
        remedy = f"let the user of Airflow's processes read it; by default it is {DEFAULT}"
        raise refusal(TITLE, name, what, remedy) from error


def _document(text: str, name: str) -> Document:
    try:
        return read_document(text)
    except yaml.YAMLError as error:
        fault = unreadable(error)
    except Unreadable as error:
        fault = error
    subject = f"{name}, line {fault.line}" if fault.line else name
    raise refusal(TITLE, subject, fault.what, fault.remedy)


def _no_mapping(document: Document, name: str) -> Refused:
    kind = {type(None): "it is empty", list: "it is a list"}.get(
        type(document.plain), "it is a text"
    )
    what = f"{kind}, and the file is a mapping of accounts, target, rings and more"
    return refusal(TITLE, name, what, f"begin with the example of docs/fleet.md, {DEFAULT}")


def _problem(finding: Finding, document: Document, name: str) -> Problem:
    place = path_of(finding.place) or "the file"
    subject = f"{name}, line {document.line(finding.place)}, {place}"
    return Problem(subject, finding.what, finding.remedy)


def _by_line(found: Iterable[Finding], document: Document) -> list[Finding]:
    return sorted(found, key=lambda finding: document.line(finding.place))
