"""What of a kubelet's own arguments the kubelet of another minor refuses. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.kubelet.locked_gates import LOCKED_GATES
from include.eks_upgrade.nodes.kubelet.removed_flags import REMOVED_FLAGS
from include.eks_upgrade.nodes.kubelet.removed_gates import REMOVED_GATES

GATES_FLAG = "--feature-gates"
_FLAGS = {one.name: one for one in REMOVED_FLAGS}
_ABOUT_GATES = re.compile(r"feature[-_]?gates", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_FLAG = re.compile(r"(?<![\w-])--[a-z0-9][a-z0-9_-]*")
_SET = re.compile(
    r"""([A-Za-z][A-Za-z0-9]*)["']?\s*[=:]\s*["']?(true|false|[tf01])\b""", re.IGNORECASE
)

_TRUTH = {**dict.fromkeys(("1", "t", "true"), True), **dict.fromkeys(("0", "f", "false"), False)}
"""How a kubelet reads the value of a gate (Go's strconv.ParseBool), in small letters."""


@dataclass(frozen=True)
class RefusedArgument:
    """An argument that a kubelet does not know any more, or a value that it does not take.

    Attributes:
        text: the flag's name, or `feature gate X`.
        since: the first minor that refuses it.
        instead: what takes its place; empty where nothing has to.
        locked: the one value that a gate may still have; empty where it is gone.
    """

    text: str
    since: Minor
    instead: str = ""
    locked: str = ""

    def __str__(self) -> str:
        instead = f", in its place {self.instead}" if self.instead else ""
        what = f"locked to {self.locked}" if self.locked else "gone"
        return f"{self.text} ({what} since {self.since}{instead})"


def refused_arguments(
    flags: Iterable[str], gates: Mapping[str, str], target: Minor
) -> tuple[RefusedArgument, ...]:
    """What a kubelet of the target does not start with.

    Args:
        flags: `--name=value` or `--name`, as `Reading.flags` has them.
        gates: of its configuration, as `Reading.gates` has them.
        target: the kubelet's minor.
    """
    found: dict[RefusedArgument, None] = {}
    values = set(gates.items())
    for flag in flags:
        name, _, value = flag.partition("=")
        if name == GATES_FLAG:
            values |= {_gate(one) for one in value.split(",")}
        elif name in _FLAGS:
            found.update(dict.fromkeys(_gone_flags([name], target)))
    named = {name for name, _ in values}
    return (*found, *_gone_gates(named, target), *_locked_gates(values, target))


def _gate(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def mentioned_arguments(text: str, target: Minor) -> tuple[RefusedArgument, ...]:
    """The same, where they only stand in a text that nobody here can follow, such as a script.

    Lines that are comments do not count. A word that is a gate's name counts where its line says
    something of feature gates.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    flags = {one.replace("_", "-") for line in lines for one in _FLAG.findall(line)}
    about = [line for line in lines if _ABOUT_GATES.search(line)]
    words = {word for line in about for word in _WORD.findall(line)}
    values = {found for line in about for found in _SET.findall(line)}
    return (
        *_gone_flags(sorted(flags), target),
        *_gone_gates(words, target),
        *_locked_gates(values, target),
    )


def _gone_flags(names: Iterable[str], target: Minor) -> Iterator[RefusedArgument]:
    for name in names:
        flag = _FLAGS.get(name)
        if flag and flag.since <= target:
            yield RefusedArgument(flag.name, flag.since, flag.instead)


def _gone_gates(names: Iterable[str], target: Minor) -> Iterator[RefusedArgument]:
    for name in sorted(names):
        since = REMOVED_GATES.get(name)
        if since and since <= target:
            yield RefusedArgument(f"feature gate {name}", since)


def _locked_gates(values: Iterable[tuple[str, object]], target: Minor) -> Iterator[RefusedArgument]:
    """Those that are set to what they are not locked to; one that is gone is told as that."""
    for name, value in sorted(values, key=str):
        lock, gone = LOCKED_GATES.get(name), REMOVED_GATES.get(name)
        given = _TRUTH.get(str(value).lower())
        if lock is None or given is None or lock.since > target or given is lock.to:
            continue
        if gone is None or target < gone:
            text = f"feature gate {name}={str(given).lower()}"
            yield RefusedArgument(text, lock.since, locked=str(lock.to).lower())
