"""What a script says: its call of bootstrap.sh, and everything else that it does. Pure.

Only `[sudo] [bash -x] /etc/eks/bootstrap.sh arguments`, alone on its line, is the call, and only
variables that feed it belong to it. Arguments:
https://github.com/awslabs/amazon-eks-ami, `templates/al2/runtime/bootstrap.sh` (until 2024)
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from include.eks_upgrade.nodes.launch_templates.user_data.kubelet_flags import read_flags
from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    AUTHORITY,
    BOOTSTRAP_SH,
    CIDR,
    ENDPOINT,
    NAME,
    Reading,
)
from include.eks_upgrade.nodes.launch_templates.user_data.shell import (
    Command,
    UnreadableScript,
    Word,
    assignment,
    commands,
)

_OF_THE_CLUSTER = {
    "--apiserver-endpoint": ENDPOINT,
    "--b64-cluster-ca": AUTHORITY,
    "--service-ipv4-cidr": CIDR,
    "--service-ipv6-cidr": CIDR,
    "--dns-cluster-ip": "--dns-cluster-ip",
    "--ip-family": "--ip-family",
}
"""Arguments that a new call gives again; the last two are compared as they are."""

_READ_BY_BOOTSTRAP = re.compile(
    r"USE_MAX_PODS|KUBELET_EXTRA_ARGS|ENABLE_DOCKER_BRIDGE|API_RETRY_ATTEMPTS|DOCKER_CONFIG_JSON"
    r"|CONTAINER_RUNTIME|CONTAINERD_CONFIG_FILE|PAUSE_CONTAINER_\w+|ENABLE_LOCAL_OUTPOST"
    r"|CLUSTER_ID|LOCAL_DISKS|MOUNT_\w+|PATH|AWS_\w+|\w*_PROXY|\w*_proxy"
)
"""Exported, these do something by themselves: bootstrap.sh takes them from its environment."""

_SHELL = re.compile(r"(?:/usr)?(?:/bin/)?(?:ba)?sh")
_TRACE = re.compile(r"-[exuv]+")
_OWN_PATH = re.compile(r"/etc/eks/bootstrap\.sh")
_ANY_PATH = re.compile(r"(?:.*/)?bootstrap\.sh")
_A_CALL = re.compile(r"^\s*(?:sudo\s+)?(?:\S*sh\s+)?(?:-\w+\s+)?\S*/bootstrap\.sh\b", re.MULTILINE)
_RUNNERS = frozenset({"bash", "sh", "su", "sudo", "eval", "runuser", "env", "nohup", "timeout"})
_KEYWORDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "{", "!", "time"})


@dataclass
class _State:
    reading: Reading = field(default_factory=Reading)
    known: dict[str, str | None] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    feeds: dict[str, set[str]] = field(default_factory=dict)


def read_script(text: str) -> Reading:
    """Read a script; without a call of bootstrap.sh its style is ''."""
    state = _State()
    try:
        for command in commands(text):
            _read_command(command, state)
    except UnreadableScript as error:
        return _unreadable(text, error)
    # A variable that feeds nothing was meant for something that is not seen here.
    state.reading.extras += state.waiting.values()
    return state.reading


def _unreadable(text: str, error: UnreadableScript) -> Reading:
    """A script beyond this grammar; that it calls bootstrap.sh is then only seen by its name."""
    reading = Reading(unreadable=f"a script that cannot be read here ({error})")
    if _A_CALL.search(text):
        reading.style, reading.cluster = BOOTSTRAP_SH, {NAME: None}
    return reading


def _read_command(command: Command, state: _State) -> None:
    if not command.words:
        _assign(command, state)
    elif _is_export(command):
        _export(command, state)
    elif _is_call(command):
        _read_call(command, state)
    elif not _is_idle(command):
        if _mentions_a_call(command):
            state.reading.style = BOOTSTRAP_SH
            state.reading.cluster.setdefault(NAME, None)
        state.reading.extras.append(command.source)


def _is_idle(command: Command) -> bool:
    """Whether it does nothing to the node: options of the shell, where its output goes."""
    name = command.words[0].literal
    if name == "exec":
        return len(command.words) == 1
    return command.alone and not command.redirects and name in {"set", "exit", ":", "true"}


def _assign(command: Command, state: _State) -> None:
    if not command.alone or command.redirects:
        state.reading.extras.append(command.source)
        return
    for name, value in command.assignments:
        _keep(name, value, command.source, state)


def _keep(name: str, value: Word, source: str, state: _State) -> None:
    expanded = value.expand(state.known)
    state.known[name] = None if expanded is None else "".join(expanded)
    state.waiting[name] = source
    state.feeds[name] = value.variables


def _is_export(command: Command) -> bool:
    """`export NAME=value`, by itself, of names that bootstrap.sh does not look at."""
    if command.words[0].literal not in {"export", "readonly"} or command.assignments:
        return False
    found = [assignment(word) for word in command.words[1:]]
    return (
        bool(found)
        and command.alone
        and all(one and not _READ_BY_BOOTSTRAP.fullmatch(one[0]) for one in found)
    )


def _export(command: Command, state: _State) -> None:
    for word in command.words[1:]:
        found = assignment(word)
        if found:
            _keep(*found, command.source, state)


def _call_at(words: Sequence[str | None]) -> int | None:
    """Where the name of bootstrap.sh stands in `[sudo] [bash -x] PATH`; None when it does not."""
    at = 1 if words[0] == "sudo" else 0
    if at < len(words) and _SHELL.fullmatch(words[at] or ""):
        at += 1
        while at < len(words) and _TRACE.fullmatch(words[at] or ""):
            at += 1
    return at if at < len(words) and _ANY_PATH.fullmatch(words[at] or "") else None


def _is_call(command: Command) -> bool:
    return _call_at([word.literal for word in command.words]) is not None


def _mentions_a_call(command: Command) -> bool:
    """Whether it runs bootstrap.sh in a way that only a shell follows: `if`, `su -c`, `eval`."""
    words = list(command.words)
    while words and words[0].literal in _KEYWORDS:
        words.pop(0)
    if not words:
        return False
    name = (words[0].literal or "").rsplit("/", maxsplit=1)[-1]
    if name in {"source", "."} or name in _RUNNERS:
        return any("bootstrap.sh" in word.all_text for word in words[1:])
    return _call_at([word.literal for word in words]) is not None


def _read_call(command: Command, state: _State) -> None:
    reading = state.reading
    if reading.style:
        reading.extras.append(f"a second call: {command.source}")
    reading.style = BOOTSTRAP_SH
    at = _call_at([word.literal for word in command.words]) or 0
    path = command.words[at].literal or ""
    if not _OWN_PATH.fullmatch(path):
        reading.extras.append(f"{path}, which is not EKS's own /etc/eks/bootstrap.sh")
    if not command.alone:
        reading.extras.append(f"bootstrap.sh as a part of a longer command: {command.source}")
    reading.extras += [f"{name}=… before bootstrap.sh" for name, _ in command.assignments]
    reading.extras += [f"{redirect} after bootstrap.sh" for redirect in command.redirects]
    _read_arguments(command.words[at + 1 :], state)


@dataclass(frozen=True)
class _Unknown:
    """An argument that only a shell knows, as it is written."""

    text: str


_Argument = str | _Unknown


def _read_arguments(words: Sequence[Word], state: _State) -> None:
    arguments: list[_Argument] = []
    for word in words:
        _use(word.variables, state)
        expanded = word.expand(state.known)
        arguments += [_Unknown(word.expand_partly(state.known))] if expanded is None else expanded
    _sort_arguments(arguments, state.reading)


def _use(names: set[str], state: _State) -> None:
    """The variables feed the call, and so do those that they are made of."""
    for name in names:
        state.waiting.pop(name, None)
        feeding = state.feeds.pop(name, set())
        _use(feeding, state)


def _sort_arguments(arguments: list[_Argument], reading: Reading) -> None:
    """What each argument is; of one that is given twice, bootstrap.sh takes the last."""
    flags: _Argument = ""
    names: list[_Argument] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if isinstance(word, _Unknown) or not word.startswith("--"):
            names.append(word)
            continue
        value = rest.pop(0) if rest and "=" not in word else ""
        if word == "--kubelet-extra-args":
            flags = value
        elif word in _OF_THE_CLUSTER:
            # AWS knows the cluster's facts, whatever a shell would have made of them.
            reading.cluster[_OF_THE_CLUSTER[word]] = _known(value)
        else:
            reading.extras.append(f"{word} {_text(value)}".strip())
    reading.cluster[NAME] = _known(names[0]) if names else ""
    reading.extras += [f"the argument {_text(name)}" for name in names[1:]]
    _read_kubelet_arguments(flags, reading)


def _known(argument: _Argument) -> str | None:
    return None if isinstance(argument, _Unknown) else argument


def _text(argument: _Argument) -> str:
    return (
        f"{argument.text} (only a shell knows it)" if isinstance(argument, _Unknown) else argument
    )


def _read_kubelet_arguments(flags: _Argument, reading: Reading) -> None:
    text = flags.text if isinstance(flags, _Unknown) else flags
    try:
        read_flags(shlex.split(text), reading)
    except ValueError:
        reading.extras.append(f"--kubelet-extra-args {text}")
        return
    if isinstance(flags, _Unknown) and not reading.extras:
        reading.extras.append(f"--kubelet-extra-args {_text(flags)}")
