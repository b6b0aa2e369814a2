"""What a script says: its call of bootstrap.sh, and everything else that it does. Pure.

Only `[sudo] [bash -x] /etc/eks/bootstrap.sh arguments`, alone on its line, is the call, and only
variables that feed it belong to it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap_arguments import (
    Argument,
    Unknown,
    read_arguments,
)
from include.eks_upgrade.nodes.launch_templates.user_data.model import BOOTSTRAP_SH, NAME, Reading
from include.eks_upgrade.nodes.launch_templates.user_data.script_lines import (
    does_nothing,
    is_question,
    may_run_another,
)
from include.eks_upgrade.nodes.launch_templates.user_data.shell.commands import Command, commands
from include.eks_upgrade.nodes.launch_templates.user_data.shell.words import (
    UnreadableScript,
    Word,
    assignment,
)

_SPECIAL = re.compile(
    r"USE_MAX_PODS|KUBELET_EXTRA_ARGS|ENABLE_DOCKER_BRIDGE|API_RETRY_ATTEMPTS|DOCKER_CONFIG_JSON"
    r"|CONTAINER_RUNTIME|CONTAINERD_CONFIG_FILE|PAUSE_CONTAINER_\w+|ENABLE_LOCAL_OUTPOST"
    r"|APISERVER_ENDPOINT|SERVICE_IPV[46]_CIDR|DNS_CLUSTER_IP|IP_FAMILY"
    r"|CLUSTER_ID|LOCAL_DISKS|MOUNT_\w+|AWS_\w+|\w*_PROXY|\w*_proxy"
)
"""Exported, these do something by themselves: bootstrap.sh takes them from its environment."""

_OF_THE_SHELL = re.compile(
    r"PATH|HOME|USER|LANG|LC_\w+|TMPDIR|SHELL|TERM|ENV|IFS|PS4|RANDOM|SRANDOM|SECONDS|LINENO|E?UID"
    r"|PPID|PWD|OLDPWD|SHLVL|OPT\w+|GROUPS|DIRSTACK|FUNCNAME|PIPESTATUS|HOSTNAME|HOSTTYPE|OSTYPE"
    r"|MACHTYPE|GLOBIGNORE|POSIXLY_CORRECT|TIMEFORMAT|EPOCH\w+|REPLY|COLUMNS|LINES|FIGNORE"
    r"|BASH\w*|SHELLOPTS|HIST\w+|LD_\w+|COMP_\w+|MAPFILE|COPROC|MAIL\w*|CDPATH|_|INSTANCE_ID"
)
"""Set, these do something to the shell, or are in the environment already."""

_SHELL = re.compile(r"(?:/usr)?(?:/bin/)?(?:ba)?sh")
_TRACE = re.compile(r"-[exuv]+")
_OWN_PATH = "/etc/eks/bootstrap.sh"
_ANY_PATH = re.compile(r"(?:.*/)?bootstrap\.sh")
_A_CALL = re.compile(r"^\s*(?:sudo\s+)?(?:\S*sh\s+)?(?:-\w+\s+)?\S*/bootstrap\.sh\b", re.MULTILINE)


@dataclass
class _State:
    bash: bool = True
    script: Sequence[Command] = ()
    reading: Reading = field(default_factory=Reading)
    known: dict[str, str | None] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    fixed: set[str] = field(default_factory=set)
    waiting: dict[str, str] = field(default_factory=dict)
    feeds: dict[str, set[str]] = field(default_factory=dict)
    ended: bool = False

    def note(self, command: Command, what: str = "") -> None:
        self.reading.extras.append(f"line {command.line}: {what or command.source}")


def read_script(text: str, *, bash: bool = True) -> Reading:
    """Read a script; without a call of bootstrap.sh its style is ''. `bash`: it is run by bash."""
    state = _State(bash)
    try:
        state.script = commands(_as_run(text))
        for command in state.script:
            _read_command(command, state)
    except UnreadableScript as error:
        return _unreadable(text, error)
    # A variable that feeds nothing was meant for something that is not seen here.
    state.reading.extras += state.waiting.values()
    return state.reading


def _as_run(text: str) -> str:
    """The text that cloud-init writes to a file: line ends of Windows go by the first line's."""
    first, end, _ = text.partition("\n")
    return text.replace("\r\n", "\n") if end and first.endswith("\r") else text


def mentions_a_call(text: str) -> bool:
    """Whether any line of a text looks like a call of bootstrap.sh, whoever would run it."""
    return bool(_A_CALL.search(text))


def _unreadable(text: str, error: UnreadableScript) -> Reading:
    """A script beyond this grammar; that it calls bootstrap.sh is then only seen by its name."""
    reading = Reading(unreadable=f"a script that cannot be read here ({error})")
    if mentions_a_call(text):
        _mention(reading)
    return reading


def _mention(reading: Reading) -> None:
    """It may make a node join, in a way that only a shell follows."""
    if not reading.style:
        reading.style, reading.by_mention = BOOTSTRAP_SH, True
        reading.cluster.setdefault(NAME, None)


def _read_command(command: Command, state: _State) -> None:
    found = _arguments(command.words, state)
    at = _call_at(found)
    if state.ended:
        state.note(command, f"{command.source}, which stands behind exit")
    elif not command.plain:
        _forget(command, state)
        if at is not None or may_run_another(command, state.script, state.known):
            _mention(state.reading)
        longer = "bootstrap.sh as a part of a longer command: " if at is not None else ""
        state.note(command, longer + command.source)
    elif not command.words:
        _assign(command, state)
    elif _is_export(command):
        _export(command, state)
    elif at is not None:
        _read_call(command, found, at, state)
    elif does_nothing(command, bash=state.bash):
        state.ended = command.words[0].literal == "exit"
    else:
        if may_run_another(command, state.script, state.known):
            _mention(state.reading)
        _forget(command, state)
        state.note(command)


def _forget(command: Command, state: _State) -> None:
    """What a shell alone follows may have set any variable to anything."""
    builtin = command.words[0].all_text if command.words else ""
    if not command.plain or builtin in _SET_VARIABLES:
        state.known = dict.fromkeys([*state.known, *(n for n, _ in command.assignments)])
        state.asked.clear()


_SET_VARIABLES = frozenset(
    {"source", ".", "eval", "read", "unset", "printf", "mapfile", "readarray", "getopts", "let",
     "declare", "typeset", "local", "export", "readonly", "set", ":"}
)  # fmt: skip


def _assign(command: Command, state: _State) -> None:
    if command.redirects or not command.assignments:
        state.note(command)
        return
    for name, value in command.assignments:
        _keep(name, value, command, state)


def _keep(name: str, value: Word, command: Command, state: _State) -> None:
    if name in state.fixed or _OF_THE_SHELL.fullmatch(name):
        state.note(command)
        state.known[name] = None
        state.asked.discard(name)
        return
    expanded = value.expand(state.known)
    state.known[name] = None if expanded is None else "".join(expanded)
    asked = is_question(value, state.asked, state.known)
    (state.asked.add if asked else state.asked.discard)(name)
    state.waiting[name] = f"line {command.line}: {command.source}"
    state.feeds[name] = value.variables


def _is_export(command: Command) -> bool:
    """`export NAME=value`, by itself, of names that bootstrap.sh does not look at."""
    if command.words[0].literal not in {"export", "readonly"} or command.assignments:
        return False
    found = [assignment(word) for word in command.words[1:]]
    return bool(found) and all(one and not _SPECIAL.fullmatch(one[0]) for one in found)


def _export(command: Command, state: _State) -> None:
    # Another shell than bash splits an unquoted value at its blanks here.
    splits = any(not p.quoted and p.kind != "text" for w in command.words for p in w.pieces)
    if command.redirects or (splits and not state.bash):
        state.note(command)
    for word in command.words[1:]:
        found = assignment(word)
        if found:
            _keep(*found, command, state)
            if command.words[0].literal == "readonly":
                state.fixed.add(found[0])


def _arguments(words: Sequence[Word], state: _State) -> list[tuple[Argument, set[str]]]:
    """What a shell makes of the words, each with the variables in it."""
    found: list[tuple[Argument, set[str]]] = []
    for word in words:
        expanded = word.expand(state.known)
        if expanded is None:
            asked = is_question(word, state.asked, state.known)
            found.append((Unknown(word.expand_partly(state.known), asked), word.variables))
        else:
            found += [(one, word.variables) for one in expanded]
    return found


def _call_at(found: Sequence[tuple[Argument, set[str]]]) -> int | None:
    """Where the name of bootstrap.sh stands in `[sudo] [bash -x] PATH`; None when it does not."""
    words = ["" if isinstance(one, Unknown) else one for one, _ in found]
    at = 1 if words[:1] == ["sudo"] else 0
    if at < len(words) and _SHELL.fullmatch(words[at]):
        at += 1
        while at < len(words) and _TRACE.fullmatch(words[at]):
            at += 1
    return at if at < len(words) and _ANY_PATH.fullmatch(words[at]) else None


def _read_call(
    command: Command, found: Sequence[tuple[Argument, set[str]]], at: int, state: _State
) -> None:
    reading = state.reading
    if reading.style:
        state.note(command, f"a second call: {command.source}")
    reading.style, reading.by_mention = BOOTSTRAP_SH, False
    path = str(found[at][0])
    if path != _OWN_PATH:
        state.note(command, f"{path}, which is not EKS's own {_OWN_PATH}")
    for name, _ in command.assignments:
        state.note(command, f"{name}=… before bootstrap.sh")
    for redirect in command.redirects:
        state.note(command, f"{redirect.source} after bootstrap.sh")
    _use({name for _, names in found for name in names}, state)
    read_arguments([argument for argument, _ in found[at + 1 :]], reading)


def _use(names: set[str], state: _State) -> None:
    """The variables feed the call, and so do those that they are made of."""
    for name in names:
        state.waiting.pop(name, None)
        _use(state.feeds.pop(name, set()), state)
