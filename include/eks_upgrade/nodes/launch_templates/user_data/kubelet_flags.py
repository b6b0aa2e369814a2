"""The flags that user data gives to a kubelet: labels and taints understood, the rest named.

How a kubelet reads a flag that is given twice: labels add up, of taints the last flag counts
(k8s.io/component-base, `cli/flag/map_string_string.go`; `register-with-taints` is set anew).
systemd splits the text at its blanks.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from include.eks_upgrade.nodes.launch_templates.user_data.labels import label_problem
from include.eks_upgrade.nodes.launch_templates.user_data.model import Reading
from include.eks_upgrade.nodes.launch_templates.user_data.taints import Taint

LABELS_FLAG, TAINTS_FLAG = "--node-labels", "--register-with-taints"
_OF_A_SHELL = re.compile(r"[$`]")
_OF_SYSTEMD = re.compile(r"[%'\\]")


def read_flags(text: str, reading: Reading) -> None:
    """Add what the flags say to a reading; `--name=value` and `--name value` are the same."""
    try:
        words = shlex.split(text)
    except ValueError:
        reading.extras.append(f"kubelet arguments that cannot be split: {text}")
        return
    if _OF_SYSTEMD.search(text):
        # bootstrap.sh writes the text between quotes of a unit, where these have a meaning.
        reading.extras.append(f"kubelet arguments with ', % or \\ in them: {text}")
    taints: list[Taint] | None = None
    for name, value in _pairs(words):
        if name == LABELS_FLAG:
            _read_labels(value, reading)
        elif name == TAINTS_FLAG:
            taints = list(_read_taints(value, reading))
        else:
            reading.flags.append(f"{name}={value}" if value else name)
    if taints is not None:
        reading.taints = taints
        reading.taints_by_flag = True


def _pairs(flags: Sequence[str]) -> Iterator[tuple[str, str]]:
    rest = list(flags)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name.startswith("--"):
            name = name.replace("_", "-")  # a kubelet takes both
        takes_next = name in {LABELS_FLAG, TAINTS_FLAG} or not name.startswith("-")
        if not equals and rest and (takes_next or not rest[0].startswith("-")):
            value = rest.pop(0)
        yield name, value


def _read_labels(value: str, reading: Reading) -> None:
    for pair in filter(None, value.split(",")):
        key, equals, text = (part.strip() for part in pair.partition("="))
        if _OF_A_SHELL.search(pair):
            reading.extras.append(f"the label {pair!r}, which only a shell knows")
        elif not equals:
            reading.extras.append(f"the label {pair!r}, which has no value")
        elif label_problem(key, text):
            reading.extras.append(f"the label {pair!r}, which no kubelet takes")
        else:
            reading.labels[key] = text


def _read_taints(value: str, reading: Reading) -> Iterator[Taint]:
    seen: set[tuple[str, str]] = set()
    for text in value.split(",") if value else ():
        taint = Taint.read(text)
        if taint is None:
            reading.extras.append(f"the taint {text!r}, which no kubelet takes")
            continue
        if (taint.key, taint.effect) in seen:
            reading.extras.append(
                f"two taints of {taint.key} and {taint.effect}, which no kubelet takes"
            )
            continue
        seen.add((taint.key, taint.effect))
        yield taint


def flags_for(labels: dict[str, str], taints: Iterable[Taint]) -> list[str]:
    """The flags that make a kubelet register with these; none for nothing."""
    flags = []
    if labels:
        flags.append(
            f"{LABELS_FLAG}=" + ",".join(f"{key}={value}" for key, value in labels.items())
        )
    texts = [str(taint) for taint in taints]
    if texts:
        flags.append(f"{TAINTS_FLAG}=" + ",".join(texts))
    return flags
