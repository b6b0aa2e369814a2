"""Notes of other runs in a report, also in one that was written before there was a note."""

import re
from collections.abc import Iterable

from include.eks_upgrade.common.markdown import text
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.report.durations import moment_text
from include.eks_upgrade.report.html import page
from include.eks_upgrade.report.model import Note

BEGIN, END = "<!-- notes -->", "<!-- end of notes -->"
"""Between them stand the notes, in both forms; nothing from outside stands before them."""

_PLACE = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)


def read_notes(raw: Iterable[Raw]) -> tuple[Note, ...]:
    """Notes as JSON (`{"at", "text", "url"}`) as values."""
    return tuple(Note(str(one["at"]), str(one["text"]), str(one.get("url") or "")) for one in raw)


def with_notes_html(report: str, notes: Iterable[Raw]) -> str:
    """A page with these notes instead of those it had."""
    return _put(report, page("notes.html.jinja", notes=read_notes(notes)).strip())


def with_notes_markdown(report: str, notes: Iterable[Raw]) -> str:
    """A report in Markdown with these notes instead of those it had."""
    return _put(report, notes_markdown(read_notes(notes)))


def notes_markdown(notes: Iterable[Note]) -> str:
    """The place of the notes, with a quoted paragraph for each."""
    return "\n\n".join([BEGIN, *map(_quoted, notes), END])


def _quoted(note: Note) -> str:
    where = f" Its report: {text(note.url)}" if note.url else ""
    return f"> Added on {moment_text(note.at)}: {text(note.text)}{where}"


def _put(report: str, block: str) -> str:
    """The first place is ours; a report of an earlier release has none and stays as it is."""
    return _PLACE.sub(lambda _: block, report, count=1)
