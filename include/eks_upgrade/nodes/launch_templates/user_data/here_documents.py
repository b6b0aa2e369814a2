"""Here-documents of a script: whether anything may run what is written in them. Pure.

A document that only lands in a file is no call of what stands in it; one that is given to a shell,
or lands where the system or another line runs it, may be.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from include.eks_upgrade.nodes.launch_templates.user_data.shell.commands import Command

_COPIES = frozenset({"cat", "tee", ":", "true"})
_ONLY_LOOK_AT_FILES = frozenset(
    {"cat", "tee", "chmod", "chown", "ls", "stat", "test", "[", "[[", "echo", "touch", "rm"}
)
_WRITING = re.compile(r"[0-9]*(?:>|>>|>\|)|&>>?")
_RUN_BY_THE_SYSTEM = re.compile(
    r"/etc/(?:cron|init|rc|profile|systemd|udev|dhcp|NetworkManager|update-motd|eks|bash|sudoers|xdg)"
    r"|(?:/usr)?/lib/|/var/(?:lib/cloud|spool)/|/run/|/dev/|/proc/|(?:/root|/home/[^/]+)/\.|~"
)
"""Beginnings of paths under which something may run a file, or heed it, that nobody names."""

Known = Mapping[str, str | None]


def may_run_documents(command: Command, script: Sequence[Command], known: Known) -> bool:
    """Whether the documents of a command may be run, by itself or by way of a file.

    Args:
        command: it has here-documents.
        script: all commands of the script.
        known: values of variables; None where only a shell knows.
    """
    words = [word.literal or "" for word in command.words]
    words = words[1:] if words[:1] == ["sudo"] else words
    if not command.plain or not words or words[0] not in _COPIES:
        return True
    files = list(_files(command, words, known))
    others = [one for one in script if one is not command]
    return any(file is None or _may_run(file, others, known) for file in files)


def _files(command: Command, words: Sequence[str], known: Known) -> Iterator[str | None]:
    """Where the documents go; None where only a shell knows."""
    for redirect in command.redirects:
        if _WRITING.fullmatch(redirect.sign):
            expanded = redirect.target.expand(known)
            yield expanded[0] if expanded and len(expanded) == 1 else None
    if words[0] == "tee":
        for word in command.words[command.words[0].literal == "sudo" :][1:]:
            expanded = word.expand(known)
            yield from expanded if expanded is not None else [None]


def _may_run(file: str, others: Sequence[Command], known: Known) -> bool:
    if file.startswith("-"):  # an option of tee's
        return False
    meaning = _meaning(PurePosixPath(file))
    return bool(_RUN_BY_THE_SYSTEM.match(file)) or any(
        _may_run_what_it_names(one, meaning, known) for one in others
    )


def _meaning(path: PurePosixPath) -> re.Pattern[str]:
    """What a text has in it that means the file, or may: its name, or what leads to it.

    That is a folder above it, by itself (`run-parts`, `find`, `cd`, `cp -r`) or before something
    that only a shell can complete (`/opt/*/*.sh`, `/opt/{a,b}/x`, `/opt/$name`).
    """
    folders = [re.escape(str(one)) for one in path.parents if str(one) not in {".", "/"}]
    above = "|".join((*map("{}/?".format, folders), "/"))
    before = "|".join((*map("{}/".format, folders), "/"))
    leads = rf"(?:{above})(?=[\s\"';|&)]|$)|(?:{before})[^\s/]*[*?\[{{$`]"
    return re.compile(rf"{re.escape(path.name)}|(?<![\w./-])(?:{leads})", re.MULTILINE)


def _may_run_what_it_names(command: Command, meaning: re.Pattern[str], known: Known) -> bool:
    words = [word.expand_partly(known) for word in command.words]
    said = "\n".join((command.source, *words, *command.documents))
    return bool(meaning.search(said)) and not _only_looks(command, words, meaning)


def _only_looks(command: Command, words: Sequence[str], meaning: re.Pattern[str]) -> bool:
    """Whether it leaves the file where it is and does not run it, nor writes it elsewhere."""
    if not command.plain or not words or any(map(meaning.search, command.documents)):
        return False
    copies = any(_WRITING.fullmatch(one.sign) for one in command.redirects)
    name = PurePosixPath(words[0]).name
    return name in _ONLY_LOOK_AT_FILES and not (copies and any(map(meaning.search, words[1:])))
