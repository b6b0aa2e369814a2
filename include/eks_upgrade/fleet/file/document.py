"""The fleet file as plain values with the line of each, and what YAML alone lets be seen of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from include.eks_upgrade.fleet.file.finding import Finding, Place
from include.eks_upgrade.fleet.file.scalars import scalar, unknown_tag

MOST_VALUES = 20_000
"""A fleet of thousands fits; a file whose aliases multiply one another does not."""

_MERGE = "tag:yaml.org,2002:merge"
_PLAIN_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class Unreadable(Exception):
    """It is no YAML that can be walked: `line` counts from 1, or is 0 where nobody knows it."""

    def __init__(self, what: str, remedy: str, line: int = 0) -> None:
        super().__init__(what)
        self.what, self.remedy, self.line = what, remedy, line


@dataclass
class Document:
    """Plain values, and where each of them stands.

    Attributes:
        plain: what JSON could hold, too; None for an empty file.
        lines: by place, counted from 1: of the key, or of an entry of a list.
        written: by place, a single value as it stands in the file.
        findings: keys that are there twice, words that readers of YAML read differently.
    """

    plain: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of the place, or of the nearest one above it that is in the file."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(text: str) -> Document:
    """The document in a text.

    Raises:
        yaml.YAMLError: it is no YAML.
        Unreadable: it is, and cannot be walked.
    """
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        return _Walk().document(root)
    except RecursionError:
        raise Unreadable("it is nested too deep", "write it flat, as the example is") from None


class _Walk:
    """From YAML's nodes to plain values."""

    def __init__(self) -> None:
        self.found = Document()
        self.open: list[int] = []  # the nodes we are in, so that one that holds itself is seen
        self.values = 0

    def document(self, root: yaml.Node | None) -> Document:
        if root is not None:
            self.found.plain = self._value(root, ())
        return self.found

    def _value(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.found.lines.setdefault(place, line)
        self._count(node, line)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        if node.tag not in _PLAIN_TAGS:
            self._say(place, *unknown_tag(node.tag))
        self.open.append(id(node))
        value = (
            self._mapping(node, place)
            if isinstance(node, yaml.MappingNode)
            else [self._value(each, (*place, number)) for number, each in enumerate(node.value)]
        )
        self.open.pop()
        return value

    def _count(self, node: yaml.Node, line: int) -> None:
        self.values += 1
        if id(node) in self.open:
            raise Unreadable("an alias leads to what it stands in", "write it out", line)
        if self.values > MOST_VALUES:
            what = f"it has more than {MOST_VALUES} values when its aliases are written out"
            raise Unreadable(what, "use fewer aliases, or patterns instead of lists", line)

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        read = scalar(node)
        self.found.written[place] = str(node.value)
        if read.what:
            self._say(place, read.what, read.remedy)
        return read.value

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        own, merged = _entries(node)
        plain: dict[str, Any] = {}
        for key_node, value_node in own:
            key = self._key(key_node, place)
            if key in plain:
                self._twice((*place, key), key_node)
            self.found.lines[(*place, key)] = key_node.start_mark.line + 1
            plain[key] = self._value(value_node, (*place, key))
        for key_node, value_node in merged:
            key = self._key(key_node, place)
            if key not in plain:
                self.found.lines[(*place, key)] = key_node.start_mark.line + 1
                plain[key] = self._value(value_node, (*place, key))
        return plain

    def _twice(self, place: Place, node: yaml.Node) -> None:
        line = node.start_mark.line + 1
        what = f"it is given twice, in lines {self.found.lines[place]} and {line}"
        self._say(place, what, "keep one of them; YAML would drop the first without a word")

    def _key(self, node: yaml.Node, place: Place) -> str:
        if not isinstance(node, yaml.ScalarNode):
            line = node.start_mark.line + 1
            raise Unreadable("a key is a list or a mapping", "write a word before the colon", line)
        read = scalar(node)
        raw = str(node.value)
        if read.what or not isinstance(read.value, str):
            self.found.lines.setdefault((*place, raw), node.start_mark.line + 1)
            what = f"the key {raw} is not a text in every reader of YAML"
            self._say((*place, raw), what, f'write "{raw}" in quotes')
        return raw

    def _say(self, place: Place, what: str, remedy: str) -> None:
        self.found.findings.append(Finding(place, what, remedy))


_Entry = tuple[yaml.Node, yaml.Node]


def _entries(node: yaml.MappingNode) -> tuple[list[_Entry], list[_Entry]]:
    """Its own entries, and those that `<<` brings in, the nearest first."""
    own = [(key, value) for key, value in node.value if key.tag != _MERGE]
    brought = [value for key, value in node.value if key.tag == _MERGE]
    return own, [entry for value in brought for entry in _merged(value)]


def _merged(node: yaml.Node) -> Iterator[_Entry]:
    parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
    for part in parts:
        if not isinstance(part, yaml.MappingNode):
            line = part.start_mark.line + 1
            raise Unreadable("<< takes no mapping here", "give it an alias of a mapping", line)
        own, merged = _entries(part)
        yield from own
        yield from merged
