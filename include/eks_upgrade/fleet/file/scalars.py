"""What one plain word of YAML means, and the words that different readers of YAML read differently.

YAML 1.1, which Python's and Ruby's readers know, has `no` as false, `4:00` as 240 and `010` as 8;
editors mostly know YAML 1.2, in which these are texts or other numbers. Nobody should have to know
that, so such words are refused, and the remedy says how to write what was meant.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?")
_LEADING_ZEROS = re.compile(r"[-+]?0[0-9]+")
_TEXTS = {f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value"}


@dataclass(frozen=True)
class Scalar:
    """The value, and what is wrong with how it is written; `what` is empty when nothing is."""

    value: Any
    what: str = ""
    remedy: str = ""


def scalar(node: yaml.ScalarNode) -> Scalar:
    """The value of one word. Dates stay texts: nothing of them is lost that way."""
    raw = str(node.value)
    if node.style is None and _LEADING_ZEROS.fullmatch(raw):
        what = f"{raw} loses its leading zeros, or becomes another number, in many readers of YAML"
        return Scalar(raw, what, f'write "{raw}" in quotes, or the number without leading zeros')
    if node.tag in _TEXTS:
        return Scalar(raw)
    if node.tag == f"{_TAG}null":
        return Scalar(None)
    read = {"bool": _boolean, "int": _number, "float": _number}.get(node.tag.removeprefix(_TAG))
    return read(raw) if read else Scalar(raw, *unknown_tag(node.tag))


def unknown_tag(tag: str) -> tuple[str, str]:
    """What is wrong with `!something`, and what to do."""
    shown = tag.replace(_TAG, "!!")
    what = f"{shown} is a tag of YAML, and this file has none"
    return what, f'if the text begins with an exclamation mark, write it in quotes: "{shown}"'


def _boolean(raw: str) -> Scalar:
    if raw.lower() in {"true", "false"}:
        return Scalar(raw.lower() == "true")
    meant = "true" if raw.lower() in {"yes", "on", "y"} else "false"
    what = f"{raw} is {meant} in some readers of YAML and a text in others"
    return Scalar(raw, what, f'write {meant}, or "{raw}" in quotes where a text is meant')


def _number(raw: str) -> Scalar:
    if _INTEGER.fullmatch(raw):
        return Scalar(int(raw))
    if _FLOAT.fullmatch(raw):
        return Scalar(float(raw))
    what = f"{raw} is a number in some readers of YAML (4:00 is 240) and a text in others"
    return Scalar(raw, what, f'write the number in decimal digits, or "{raw}" in quotes')
