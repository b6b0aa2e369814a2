"""The simple commands of a script, each with where it stands: line, and inside of what. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from include.eks_upgrade.nodes.launch_templates.user_data.shell.lexer import (
    NEWLINE,
    Redirect,
    Token,
    tokens,
)
from include.eks_upgrade.nodes.launch_templates.user_data.shell.words import (
    UnreadableScript,
    Word,
    assignment,
)

_OPENING = frozenset({"if", "while", "until", "for", "select", "case", "{"})
_CLOSING = frozenset({"fi", "done", "esac", "}"})
_BETWEEN = frozenset({"then", "elif", "else", "do", "!", "time", "function"})
_KEYWORDS = _OPENING | _CLOSING | _BETWEEN
_GOES_ON = frozenset({"&&", "||", "|", "|&"})
"""Operators behind which a command goes on in the next line."""


@dataclass(frozen=True)
class Command:
    """A simple command.

    Attributes:
        words: its name and arguments.
        assignments: `NAME=value` before the name.
        redirects: `>file` and the like.
        documents: texts of its here-documents.
        source: the command as it is written.
        line: number of its line, from 1.
        plain: nothing decides whether it runs: it stands in no `if`, loop, function or list of
            commands, and nothing but `;` and commands after it stand on its logical line.
    """

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...]
    redirects: tuple[Redirect, ...]
    documents: tuple[str, ...]
    source: str
    line: int
    plain: bool

    @property
    def text(self) -> str:
        """All that is written in it and its here-documents, for looking for a mention."""
        said = (word.all_text for word in (*self.words, *(r.target for r in self.redirects)))
        return "\n".join((*said, *self.documents))


def commands(text: str) -> list[Command]:
    """The simple commands of a script, in order, without comments.

    Raises:
        UnreadableScript: the script is beyond this grammar.
    """
    nesting = _Nesting()
    found: list[Command] = []
    for line in _logical_lines(tokens(text)):
        found += _commands_of(line, text, nesting)
    if nesting.inside:
        raise UnreadableScript("a group of commands is not closed")
    return found


@dataclass
class _Nesting:
    groups: int = 0
    brackets: int = 0

    @property
    def inside(self) -> bool:
        return self.groups > 0 or self.brackets > 0

    def bracket(self, sign: str) -> None:
        """Count a bracket; in a `case` patterns close some that were never opened."""
        self.brackets += {"(": 1, ")": -1}.get(sign, 0)
        if self.brackets < 0:
            if not self.groups:
                raise UnreadableScript(") closes nothing")
            self.brackets = 0

    def keyword(self, name: str) -> None:
        """Count the beginning or end of a group."""
        self.groups += (name in _OPENING) - (name in _CLOSING)
        if self.groups < 0:
            raise UnreadableScript(f"{name} closes nothing")


def _logical_lines(all_tokens: list[Token]) -> Iterator[list[Token]]:
    line: list[Token] = []
    for number, token in enumerate(all_tokens):
        following = all_tokens[number + 1] if number + 1 < len(all_tokens) else None
        more_documents = following is not None and bool(following.document)
        if token.operator != NEWLINE:
            line.append(token)
        if token.document or token.operator == NEWLINE:
            goes_on = any(one.operator in _GOES_ON for one in _last_but_documents(line))
            if not more_documents and not goes_on:
                yield line
                line = []
    yield line


def _last_but_documents(line: list[Token]) -> list[Token]:
    return [token for token in line if not token.document][-1:]


def _commands_of(line: list[Token], text: str, nesting: _Nesting) -> Iterator[Command]:
    # Only `;` leaves the commands around it as independent as lines of their own would be.
    alone = all(token.operator in {"", ";"} for token in line)
    documents = tuple(token.document for token in line if token.document)
    plain_line = [token for token in line if not token.document]
    run: list[Token] = []
    before = ""
    for token in plain_line:
        if not token.operator:
            run.append(token)
            continue
        if not run and token.operator not in "()" and before != ")" and not nesting.groups:
            raise UnreadableScript(f"{token.operator} stands behind no command")
        # A bracket that opens belongs to what follows it, one that closes to what it closes.
        if run:
            yield _command(run, text, nesting, documents, alone=alone)
        nesting.bracket(token.operator)
        run, before = [], token.operator
    if run:
        yield _command(run, text, nesting, documents, alone=alone)
    elif before in _GOES_ON:
        raise UnreadableScript(f"nothing stands behind {before}")


def _command(
    run: list[Token], text: str, nesting: _Nesting, documents: tuple[str, ...], *, alone: bool
) -> Command:
    words: list[Word] = []
    assignments: list[tuple[str, Word]] = []
    inside, function = nesting.inside, False
    for token in run:
        if token.word is None:
            continue
        name = _bare(token.word)
        if name in _KEYWORDS and (not (words or assignments) or (function and name == "{")):
            nesting.keyword(name)
            inside, function = True, function or name == "function"
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
        documents=documents,
        source=" ".join(text[run[0].start : run[-1].end].replace("\\\n", " ").split()),
        line=text.count("\n", 0, run[0].start) + 1,
        plain=alone and not inside and not nesting.inside,
    )


def _bare(word: Word) -> str:
    """The word as a keyword has to be: without quotes."""
    return "" if any(piece.quoted for piece in word.pieces) else word.literal or ""
