"""The flags that user data gives to a kubelet: labels and taints understood, the rest named.

How a kubelet reads a flag that is given twice: labels add up, of taints the last flag counts
(k8s.io/component-base, `cli/flag/map_string_string.go`; `register-with-taints` is set anew).
"""

from collections.abc import Iterable, Iterator, Sequence

from include.eks_upgrade.nodes.launch_templates.user_data.model import Reading
from include.eks_upgrade.nodes.launch_templates.user_data.taints import Taint

_LABELS, _TAINTS = "--node-labels", "--register-with-taints"


def read_flags(flags: Sequence[str], reading: Reading) -> None:
    """Add what the flags say to a reading; `--name=value` and `--name value` are the same."""
    taints: list[Taint] | None = None
    for name, value in _pairs(flags):
        if name == _LABELS:
            _read_labels(value, reading)
        elif name == _TAINTS:
            taints = list(_read_taints(value, reading))
        else:
            reading.flags.append(f"{name}={value}" if value else name)
    if taints is not None:
        reading.taints = taints


def _pairs(flags: Sequence[str]) -> Iterator[tuple[str, str]]:
    rest = list(flags)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        takes_next = name in {_LABELS, _TAINTS} or not name.startswith("-")
        if not equals and rest and (takes_next or not rest[0].startswith("-")):
            value = rest.pop(0)
        yield name, value


def _read_labels(value: str, reading: Reading) -> None:
    for pair in filter(None, value.split(",")):
        key, equals, text = pair.partition("=")
        if _for_a_shell(pair):
            reading.extras.append(f"the label {pair!r}, which only a shell knows")
        elif not equals:
            reading.extras.append(f"the label {pair!r}, which has no value")
        else:
            reading.labels[key.strip()] = text.strip()


def _for_a_shell(text: str) -> bool:
    """Whether somebody hoped that a shell would expand it; a kubelet takes neither sign."""
    return "$" in text or "`" in text


def _read_taints(value: str, reading: Reading) -> Iterator[Taint]:
    seen: set[tuple[str, str]] = set()
    for text in filter(None, value.split(",")):
        taint = Taint.read(text)
        if taint is None or _for_a_shell(text):
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
        flags.append(f"{_LABELS}=" + ",".join(f"{key}={value}" for key, value in labels.items()))
    texts = [str(taint) for taint in taints]
    if texts:
        flags.append(f"{_TAINTS}=" + ",".join(texts))
    return flags
