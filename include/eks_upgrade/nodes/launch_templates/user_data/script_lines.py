"""Lines of a script beside the call: which do nothing, which only ask, which may run another. Pure.

A line that does nothing to the node may be left out when the script is written anew.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from include.eks_upgrade.nodes.launch_templates.user_data.here_documents import may_run_documents
from include.eks_upgrade.nodes.launch_templates.user_data.shell.commands import Command, commands
from include.eks_upgrade.nodes.launch_templates.user_data.shell.lexer import Redirect
from include.eks_upgrade.nodes.launch_templates.user_data.shell.words import (
    Piece,
    UnreadableScript,
    Word,
)

_NOTHING = frozenset({"exit", ":", "true"})
_OPTIONS = re.compile(r"[-+][euxvET]*o?")
_OPTION_NAMES = frozenset({"errexit", "nounset", "xtrace", "verbose"})
_OF_BASH = frozenset({"pipefail", "errtrace"})
_LOGS = re.compile(r"/var/log/[\w./-]+|/tmp/[\w.-]+\.log|/dev/(?:console|null|kmsg|tty\w*)")
_COPIES = frozenset({"tee", "logger", "cat"})
_TEE = re.compile(rf"-[ai]+|[\w.-]+|{_LOGS.pattern}")

_LOOKS = frozenset({"cat", "hostname", "jq", "cut", "tr", "head", "tail", "grep", "base64",
                    "ec2-metadata", "awk"})  # fmt: skip
_ASKS_AWS = re.compile(r"(?:describe|get|list)-[\w-]+")
_INSTANCE = re.compile(r"https?://(?:169\.254\.169\.254|instance-data)\b.*|\[fd00:ec2::254\]")
_WRITES = re.compile(r"-[a-zA-Z]*[oOTd]\b.*|--(?:output|upload|data|remote)\b.*")

_ONLY_EDIT = frozenset(
    {"sed", "cat", "grep", "egrep", "fgrep", "chmod", "chown", "ls", "stat", "test", "[", "[[",
     "echo", "printf", "head", "tail", "patch", "md5sum", "sha256sum", "diff", "touch", "logger"}
)  # fmt: skip
"""Commands that may name bootstrap.sh without running it or making another one of it."""


def does_nothing(command: Command, *, bash: bool) -> bool:
    """Whether it does nothing to the node: options of the shell, where its output goes.

    Args:
        command: it is plain, and has words.
        bash: whether it is run by bash; another shell would stop at what bash alone knows.
    """
    if not bash and re.search(r"[<>]\(|&>|-\w*[ET]|pipefail|errtrace", command.source):
        return False
    words = [word.literal for word in command.words]
    if command.assignments or None in words:
        return False
    if words[0] == "exec":
        return len(words) == 1 and all(map(_goes_to_a_log, command.redirects))
    if command.redirects:
        return False
    if words[0] == "set":
        return _are_harmless_options([str(word) for word in words[1:]])
    return words[0] in _NOTHING


def _are_harmless_options(words: list[str]) -> bool:
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not _OPTIONS.fullmatch(word):
            return False
        if word.endswith("o") and (not rest or rest.pop(0) not in _OPTION_NAMES | _OF_BASH):
            return False
    return bool(words)


def _goes_to_a_log(redirect: Redirect) -> bool:
    """`>file`, `2>&1`, or `> >(tee file | logger)`."""
    sign, target = redirect.sign.lstrip("12"), redirect.target.literal
    if sign == ">&" and target in {"1", "2"}:
        return True
    if sign not in {">", ">>", "&>", "&>>"}:
        return False
    if target is not None:
        return bool(_LOGS.fullmatch(target))
    (piece, *more) = redirect.target.pieces
    return not more and piece.text.startswith(">(") and _only_copies(piece.text[2:-1])


def _only_copies(text: str) -> bool:
    try:
        found = commands(text)
    except UnreadableScript:
        return False
    return all(_copies(one) and all(map(_goes_to_a_log, one.redirects)) for one in found)


def _copies(command: Command) -> bool:
    words = [word.literal or "" for word in command.words]
    if not words or command.assignments or words[0] not in _COPIES:
        return False
    return words[0] != "tee" or all(map(_TEE.fullmatch, words[1:]))


def is_question(word: Word, asked: set[str], known: Mapping[str, str | None]) -> bool:
    """Whether a word is text, and what AWS, the instance or a file tells the script."""
    return all(
        piece.kind == "text"
        or (piece.kind == "variable" and (piece.text in asked or known.get(piece.text) is not None))
        or (piece.kind == "shell" and _asks(piece))
        for piece in word.pieces
    )


def _asks(piece: Piece) -> bool:
    text = piece.text
    inner = text[2:-1] if text.startswith("$(") else text[1:-1] if text.startswith("`") else ""
    try:
        found = commands(inner)
    except UnreadableScript:
        return False
    return bool(found) and all(map(_only_looks, found))


def _only_looks(command: Command) -> bool:
    if command.assignments or not command.words or not all(map(_hides_errors, command.redirects)):
        return False
    if any(piece.kind == "shell" for word in command.words for piece in word.pieces):
        return False
    name, *arguments = [word.all_text for word in command.words]
    if name == "aws":
        return any(map(_ASKS_AWS.fullmatch, arguments))
    if name == "curl":
        return any(map(_INSTANCE.fullmatch, arguments)) and not any(map(_WRITES.match, arguments))
    if name == "awk":
        return not any(sign in word for word in arguments for sign in ("system", ">", "|"))
    return name in _LOOKS


def _hides_errors(redirect: Redirect) -> bool:
    return redirect.sign == "2>" and redirect.target.literal == "/dev/null"


def may_run_another(
    command: Command, script: Sequence[Command], known: Mapping[str, str | None]
) -> bool:
    """Whether it may run bootstrap.sh, or something that is made of it."""
    said = [command.text, *(word.expand_partly(known) for word in command.words)]
    if "bootstrap.sh" not in "\n".join(said):
        return False
    if any("bootstrap.sh" in document for document in command.documents):
        return may_run_documents(command, script, known)
    name = PurePosixPath(command.words[0].all_text).name if command.words else ""
    if name == "sudo" and len(command.words) > 1:
        name = PurePosixPath(command.words[1].all_text).name
    return name not in _ONLY_EDIT
