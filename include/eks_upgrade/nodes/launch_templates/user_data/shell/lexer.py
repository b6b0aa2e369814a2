"""A shell script as words, operators and redirects. Pure.

Grammar: bash(1), "Shell Grammar", "Quoting" and "Redirection". What is not sure to be read as bash
reads it raises, or becomes a piece that only a shell knows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from include.eks_upgrade.nodes.launch_templates.user_data.shell.words import (
    Piece,
    UnreadableScript,
    Word,
)

NEWLINE = "\n"

_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;|&()\n]")
_REDIRECT = re.compile(r"[0-9]*(?:<<<|<<-|<<|<>|>>|>&|<&|>\||<(?!\()|>(?!\())|&>>|&>")
_PLAIN_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
_NOT_TEXT = re.compile(r"[^\t\n\x20-\x7e\xa0-\U0010ffff]")
_BLANK = " \t"
_OF_A_SHELL = "*?[{}"
"""Outside of quotes these may name files or make several words of one."""


@dataclass(frozen=True)
class Redirect:
    """`2>>file`: its sign, its target, as written."""

    sign: str
    target: Word
    source: str


@dataclass(frozen=True)
class Token:
    """A word, an operator or a redirect, and where in the text it stands."""

    start: int
    end: int
    word: Word | None = None
    operator: str = ""
    redirect: Redirect | None = None
    document: str = ""


def tokens(text: str) -> list[Token]:
    """All tokens; a here-document stands as one of its own, behind the line that asks for it.

    Raises:
        UnreadableScript: as its name says.
    """
    found = _NOT_TEXT.search(text)
    if found:
        raise UnreadableScript(f"the sign {found.group()!r} is in it")
    return list(_Lexer(text).tokens())


@dataclass
class _Lexer:
    text: str
    at: int = 0
    documents: list[tuple[str, bool]] = field(default_factory=list)

    def tokens(self) -> Iterator[Token]:
        while self.at < len(self.text):
            token = self._next()
            if token is None:
                continue
            yield token
            if token.operator == NEWLINE:
                yield from self._documents()

    def _next(self) -> Token | None:
        start, char = self.at, self.text[self.at]
        if char in _BLANK or self.text.startswith("\\\n", start):
            self.at += 1 if char in _BLANK else 2
            return None
        if char == "#":
            end = self.text.find("\n", start)
            self.at = len(self.text) if end < 0 else end
            return None
        redirect = _REDIRECT.match(self.text, start)
        if redirect:
            return self._redirect(start, redirect.group())
        operator = _OPERATOR.match(self.text, start)
        if operator:
            self.at = operator.end()
            return Token(start, self.at, operator=operator.group())
        word = self._word()
        return Token(start, self.at, word=word)

    def _redirect(self, start: int, sign: str) -> Token:
        self.at = start + len(sign)
        while self.at < len(self.text) and self.text[self.at] in _BLANK:
            self.at += 1
        target = self._word()
        if sign.lstrip("0123456789") in {"<<", "<<-"}:
            self.documents.append((target.all_text, sign.endswith("-")))
        redirect = Redirect(sign, target, self.text[start : self.at])
        return Token(start, self.at, redirect=redirect)

    def _documents(self) -> Iterator[Token]:
        for end, tabs in self.documents:
            start = self.at
            while self.at < len(self.text):
                stop = self.text.find("\n", self.at)
                stop = len(self.text) if stop < 0 else stop
                line = self.text[self.at : stop]
                self.at = stop + 1
                if (line.lstrip("\t") if tabs else line) == end:
                    break
            else:
                raise UnreadableScript(f"the here-document {end} is not closed")
            yield Token(start, self.at, document=self.text[start : self.at])
        self.documents.clear()

    def _word(self) -> Word:
        pieces: list[Piece] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in _BLANK or (char in ";|&()\n<>" and not self._substitution()):
                break
            pieces += self._piece(char, first=not pieces)
        return Word(_joined(pieces))

    def _substitution(self) -> bool:
        return self.text.startswith(("<(", ">("), self.at)

    def _piece(self, char: str, *, first: bool) -> list[Piece]:
        if self.text.startswith("\\\n", self.at):
            self.at += 2
            return []
        if char == "\\":
            self.at += 2
            return [Piece(self.text[self.at - 1 : self.at])]
        if char == "'":
            return [Piece(self._until("'", self.at + 1))]
        if char == '"':
            return self._double_quoted()
        if char in "$`" or self._substitution():
            return [self._expansion(quoted=False)]
        self.at += 1
        home = char == "~" and (first or self.text[self.at - 2] in "=:")
        shell = home or (char in _OF_A_SHELL and not self._alone(char, first=first))
        return [Piece(char, "shell" if shell else "text", quoted=False)]

    def _alone(self, char: str, *, first: bool) -> bool:
        """Whether a bracket is a word of its own: a group of commands, or a test."""
        following = self.text[self.at : self.at + 1]
        return char in "{}[" and first and (not following or following in " \t\n;&|<>()")

    def _until(self, sign: str, start: int) -> str:
        end = self.text.find(sign, start)
        if end < 0:
            raise UnreadableScript(f"{sign} is not closed")
        self.at = end + 1
        return self.text[start:end]

    def _double_quoted(self) -> list[Piece]:
        self.at += 1
        pieces = [Piece("")]
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return pieces
            if char in "$`":
                pieces.append(self._expansion(quoted=True))
                continue
            following = self.text[self.at + 1 : self.at + 2]
            if char == "\\" and following and following in '$`"\\\n':
                self.at += 2
                pieces.append(Piece("" if following == "\n" else following))
                continue
            self.at += 1
            pieces.append(Piece(char))
        raise UnreadableScript('" is not closed')

    def _expansion(self, *, quoted: bool) -> Piece:
        plain = _PLAIN_VARIABLE.match(self.text, self.at)
        if plain:
            self.at = plain.end()
            return Piece(plain[1] or plain[2], "variable", quoted)
        start = self.at
        if self.text[start] == "`":
            return Piece(f"`{self._until('`', start + 1)}`", "shell", quoted)
        opened = self.text[start + 1 : start + 2]
        if opened in {"(", "{"}:
            self.at = _closed(self.text, start + 1)
            return Piece(self.text[start : self.at], "shell", quoted)
        if opened and opened in "'\"" and not quoted:  # of escapes and of translations
            self.at += 1
            return Piece("$", "shell", quoted)
        special = opened.isalnum() or opened in "@*#?$!-_"
        self.at += 2 if opened and special else 1
        return Piece(self.text[start : self.at], "shell" if opened and special else "text", quoted)


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    """The same with neighbours of plain text put together."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and last.kind == piece.kind == "text" and last.quoted == piece.quoted:
            joined[-1] = Piece(last.text + piece.text, "text", last.quoted)
        else:
            joined.append(piece)
    return tuple(joined)


def _closed(text: str, start: int) -> int:
    """Where the bracket that opens at `start` has closed, quotes inside respected."""
    pairs = {"(": ")", "{": "}"}
    opened, depth, at, quote = text[start], 0, start, ""
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == opened:
            depth += 1
        elif char == pairs[opened]:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    raise UnreadableScript(f"{opened} is not closed")
