"""A word of a shell: literal text, variables, and what only a shell can expand. Pure.

Nothing is run here, and what only a shell could know (`$(hostname)`, a glob) is kept as such, so
that nobody takes it for plain text. Grammar: bash(1), "Expansion" and "Word Splitting".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=", re.ASCII)
_SPLIT = re.compile(r"[ \t\n]+")


class UnreadableScript(ValueError):
    """Nothing that this grammar knows: an open quote or bracket, a sign that is not text."""


@dataclass(frozen=True)
class Piece:
    """A part of a word.

    Attributes:
        text: literal text, or the name of a variable, or what only a shell knows.
        kind: `text`, `variable` or `shell`.
        quoted: whether a shell leaves its blanks alone.
    """

    text: str
    kind: str = "text"
    quoted: bool = True


@dataclass(frozen=True)
class Word:
    """One word of a command."""

    pieces: tuple[Piece, ...]

    @property
    def literal(self) -> str | None:
        """Its text, None when something in it has to be expanded."""
        if any(piece.kind != "text" for piece in self.pieces):
            return None
        return "".join(piece.text for piece in self.pieces)

    @property
    def all_text(self) -> str:
        """All that is written in it, expanded or not, for looking for a mention."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def variables(self) -> set[str]:
        """Names of the variables in it."""
        return {piece.text for piece in self.pieces if piece.kind == "variable"}

    def expand(self, known: Mapping[str, str | None]) -> list[str] | None:
        """The words that a shell makes of it; None when only a shell knows.

        Args:
            known: variables; None, or not there: only a shell knows its value.
        """
        words: list[str] = []
        current, begun = "", False
        for piece in self.pieces:
            text = known.get(piece.text) if piece.kind == "variable" else piece.text
            if piece.kind == "shell" or text is None:
                return None
            if piece.kind == "text" or piece.quoted:
                current, begun = current + text, True
                continue
            if not _safe_unquoted(text):
                return None
            # A variable outside of quotes is split at its blanks.
            first, *rest = _SPLIT.split(text)
            current, begun = current + first, begun or bool(first)
            for one in rest:
                words += [current] if begun else []
                current, begun = one, bool(one)
        return [*words, current] if begun else words

    def expand_partly(self, known: Mapping[str, str | None]) -> str:
        """Its text with what is known put in; the rest stays as it is written."""
        texts = []
        for piece in self.pieces:
            if piece.kind == "variable":
                found = known.get(piece.text)
                texts.append(f"${piece.text}" if found is None else found)
            else:
                texts.append(piece.text)
        return "".join(texts)


def _safe_unquoted(text: str) -> bool:
    """Whether a shell takes the value as it is: the names of files replace a glob in it."""
    return not any(sign in text for sign in "*?[")


def assignment(word: Word) -> tuple[str, Word] | None:
    """`NAME=value` as its name and the word of its value; None for any other word."""
    if not word.pieces or word.pieces[0].kind != "text" or word.pieces[0].quoted:
        return None
    first = word.pieces[0]
    found = _ASSIGNMENT.match(first.text)
    if not found:
        return None
    rest = Piece(first.text[found.end() :], "text", first.quoted)
    pieces = ((rest,) if rest.text else ()) + word.pieces[1:]
    if found.group().endswith("+="):  # appended to what it was: only a shell keeps count
        pieces = (Piece(word.all_text, "shell"),)
    # A value is not split at its blanks.
    return found[1], Word(tuple(Piece(p.text, p.kind) for p in pieces) or (Piece(""),))
