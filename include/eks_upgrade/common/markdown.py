"""Pieces of Markdown in which nothing from outside is taken for markup."""

import re
from collections.abc import Iterable, Sequence


def text(value: str) -> str:
    """One line of Markdown in which nothing from outside is taken for markup."""
    line = " ".join(value.split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\|\[\]*])", r"\\\1", line)


def fenced(value: str) -> str:
    """A block of foreign words, with a fence that they cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", value)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{value}\n{fence}"


def bullets(items: Iterable[str]) -> str:
    """A list, empty when there is nothing to list."""
    return "\n".join(f"- {text(item)}" for item in items)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, empty when it has no rows."""
    lines = ["| " + " | ".join(text(cell) for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *lines])
