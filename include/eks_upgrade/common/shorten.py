"""Long names of AWS and Kubernetes in the length in which a person reads them.

What is shortened: ARNs to what they name, nodes to their first label, the template hash of long
pod names, ids of launch templates, UUIDs, and any other word of more than `MAX_WORD` characters.
What is not: addresses of the web, and what stands between backquotes: that is to be typed as it is.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

MAX_POD = 40
"""Characters of `namespace/name` from which on a pod's template hash is left out."""

MAX_WORD = 64
"""Characters of one word that a line can bear."""

_HASH = "[bcdfghjklmnpqrstvwxz2456789]"  # Kubernetes' alphabet for generated names: no vowels
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_LONG = re.compile(
    "|".join(
        [
            r"(?P<literal>`[^`]*`|https?://\S+)",
            r"(?P<arn>\barn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:\w*:[\w+=.@/:*$-]*[\w*])",
            r"(?P<node>\b(?:ip-\d{1,3}(?:-\d{1,3}){3}|i-[0-9a-f]{8,17})(?:\.[a-z0-9-]+)+)",
            rf"(?P<pod>(?<![\w./-])(?:[a-z0-9-]+/)?[a-z0-9][a-z0-9.-]*-{_HASH}{{6,10}}-{_HASH}{{5}}"
            r"(?![\w./-]))",
            r"(?P<template>\blt-[0-9a-f]{17}\b)",
            rf"(?P<uuid>(?<![\w.-])(?:[\w.-]+-)?{_UUID}(?![\w-]))",
            rf"(?P<word>[^\s\"'`<>,;()\[\]]{{{MAX_WORD},}}\w)",
        ]
    )
)


@dataclass(frozen=True)
class Piece:
    """A part of a text: what is shown of it, and the whole name when that is another one."""

    shown: str
    full: str = ""


def abbreviations(texts: Iterable[str]) -> dict[str, str]:
    """The short form of each long name in the texts, by the whole name.

    Names that would look alike are none of them shortened: a short name stands for one thing.
    """
    found: dict[str, str] = {}
    for text in texts:
        for match in _LONG.finditer(text):
            short = _short(match)
            if short != match[0]:
                found[match[0]] = short
    taken = Counter(found.values())
    return {full: short for full, short in found.items() if taken[short] == 1}


def pieces(text: str, names: Mapping[str, str]) -> list[Piece]:
    """The text in parts, long names with their short form; together they show all of it."""
    parts, end = [], 0
    for match in _LONG.finditer(text):
        if match[0] in names and match.lastgroup != "literal":
            parts += [Piece(text[end : match.start()]), Piece(names[match[0]], match[0])]
            end = match.end()
    return [part for part in (*parts, Piece(text[end:])) if part.shown]


def shortened(text: str, names: Mapping[str, str] | None = None) -> str:
    """The text with short names: those of `names`, or those that are clear within the text."""
    known = abbreviations([text]) if names is None else names
    return "".join(piece.shown for piece in pieces(text, known))


def _short(match: re.Match[str]) -> str:
    whole = match[0]
    rule = _RULES.get(match.lastgroup or "")
    return _short_word(rule(whole)) if rule else whole


def _of_arn(arn: str) -> str:
    """`cluster/shop`, `nodegroup/shop/workers`, `role/…/Name`, `sns:topic`, `s3:bucket/key`."""
    _, _, service, _, _, resource = arn.split(":", 5)
    resource = re.sub(
        rf"^\w+:{_UUID}:", "", resource
    )  # autoScalingGroup:UUID:autoScalingGroupName/
    resource = re.sub(rf"/{_UUID}$", "", resource)
    kind, _, rest = resource.partition("/")
    if not rest or service == "s3":
        return f"{service}:{resource}"
    if service == "iam" and "/" in rest:
        return f"{kind}/…/{rest.rpartition('/')[2]}"
    return resource


def _of_pod(pod: str) -> str:
    """Without the hash of its template, which all pods of a ReplicaSet share."""
    if len(pod) <= MAX_POD:
        return pod
    head, _, own = pod.rpartition("-")
    return f"{head.rpartition('-')[0]}-…-{own}"


def _short_word(word: str) -> str:
    if len(word) <= MAX_WORD:
        return word
    return f"{word[: MAX_WORD - 24]}…{word[-20:]}"


_RULES: dict[str, Callable[[str], str]] = {
    "arn": _of_arn,
    "node": lambda node: node.partition(".")[0],
    "pod": _of_pod,
    "template": lambda template: f"{template[:7]}…{template[-4:]}",
    "uuid": lambda name: f"{name[:-28]}…",  # of a UUID's 36 characters the first eight
    "word": str,
}
