"""A shell script as simple commands: enough of bash's grammar to know what a script does, no more.

Nothing is run and nothing is expanded here. What only a shell could know (`$(hostname)`, a glob)
is kept as such, so that nobody takes it for plain text. Grammar: bash(1), "Shell Grammar",
"Quoting" and "Redirection".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

NEWLINE = "\n"

_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;|&()\n]")
_REDIRECT = re.compile(r"\d*(?:<<<|<<-|<<|<>|>>|>&|<&|>\||<(?!\()|>(?!\())|&>>|&>")
_PLAIN_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_BLANK = " \t\r"
_GLOBS = "*?["
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=")


class UnreadableScript(ValueError):
    """A quote or a bracket is not closed; a shell would not run it either."""


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
            # A variable outside of quotes is split at its blanks.
            first, *rest = re.split(r"\s+", text)
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


@dataclass(frozen=True)
class Command:
    """A simple command.

    Attributes:
        words: its name and arguments.
        assignments: `NAME=value` before the name: (name, value, as written).
        redirects: `>file` and the like, as written.
        source: the command as it is written.
        alone: nothing else stands on its logical line, but for `;` and commands after it.
    """

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...]
    redirects: tuple[str, ...]
    source: str
    alone: bool


def commands(text: str) -> list[Command]:
    """The simple commands of a script, in order; comments and here-documents are left out.

    Raises:
        UnreadableScript: as its name says.
    """
    lexer = _Lexer(text.replace("\r\n", "\n"))
    found: list[Command] = []
    line: list[_Token] = []
    for token in lexer.tokens():
        if token.operator != NEWLINE:
            line.append(token)
            continue
        found += _commands_of(line, lexer.text)
        line = []
    found += _commands_of(line, lexer.text)
    return found


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    word: Word | None = None
    operator: str = ""
    redirect: str = ""


def _commands_of(line: list[_Token], text: str) -> Iterator[Command]:
    # Only `;` leaves the commands around it as independent as lines of their own would be.
    alone = all(token.operator in {"", ";"} for token in line)
    run: list[_Token] = []
    for token in [*line, _Token(0, 0, operator=";")]:
        if not token.operator:
            run.append(token)
        elif run:
            yield _command(run, text, alone=alone)
            run = []


def _command(run: list[_Token], text: str, *, alone: bool) -> Command:
    words: list[Word] = []
    assignments: list[tuple[str, Word]] = []
    for token in run:
        if token.word is None:
            continue
        assigned = None if words else assignment(token.word)
        if assigned:
            assignments.append(assigned)
        else:
            words.append(token.word)
    return Command(
        words=tuple(words),
        assignments=tuple(assignments),
        redirects=tuple(token.redirect for token in run if token.redirect),
        source=" ".join(text[run[0].start : run[-1].end].replace("\\\n", " ").split()),
        alone=alone,
    )


def assignment(word: Word) -> tuple[str, Word] | None:
    """`NAME=value` as its name and the word of its value; None for any other word."""
    if not word.pieces or word.pieces[0].kind != "text":
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


@dataclass
class _Lexer:
    text: str
    at: int = 0
    documents: list[tuple[str, bool]] = field(default_factory=list)

    def tokens(self) -> Iterator[_Token]:
        while self.at < len(self.text):
            token = self._next()
            if token is None:
                continue
            yield token
            if token.operator == NEWLINE:
                self._skip_documents()

    def _next(self) -> _Token | None:
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
            return _Token(start, self.at, operator=operator.group())
        word = self._word()
        return _Token(start, self.at, word=word)

    def _redirect(self, start: int, sign: str) -> _Token:
        self.at = start + len(sign)
        while self.at < len(self.text) and self.text[self.at] in _BLANK:
            self.at += 1
        target = self._word()
        if sign.lstrip("0123456789") in {"<<", "<<-"}:
            self.documents.append((target.all_text, sign.endswith("-")))
        return _Token(start, self.at, redirect=self.text[start : self.at])

    def _skip_documents(self) -> None:
        for end, tabs in self.documents:
            while self.at < len(self.text):
                stop = self.text.find("\n", self.at)
                stop = len(self.text) if stop < 0 else stop
                line = self.text[self.at : stop]
                self.at = stop + 1
                if (line.lstrip("\t") if tabs else line) == end:
                    break
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
        shell = char in _GLOBS or (first and char == "~") or (char == "{" and self._brace())
        return [Piece(char, "shell" if shell else "text", quoted=False)]

    def _brace(self) -> bool:
        """Whether a brace opens a list that a shell expands (`{a,b}`, `{1..3}`)."""
        return bool(re.match(r"[^\s{}]*(?:,|\.\.)[^\s{}]*\}", self.text[self.at :]))

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
        name = (plain[1] or plain[2]) if plain else ""
        if plain and not name[0].isdigit():
            self.at = plain.end()
            return Piece(name, "variable", quoted)
        start = self.at
        if self.text[start] == "`":
            return Piece(f"`{self._until('`', start + 1)}`", "shell", quoted)
        opened = self.text[start + 1 : start + 2]
        if opened in {"(", "{"}:
            self.at = _closed(self.text, start + 1)
            return Piece(self.text[start : self.at], "shell", quoted)
        if opened == "'" and not quoted:  # $'…' knows escapes of its own
            self._until("'", start + 2)
            return Piece(self.text[start : self.at], "shell", quoted)
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
