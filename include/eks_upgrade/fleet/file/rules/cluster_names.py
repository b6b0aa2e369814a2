"""Patterns of names that no cluster of EKS can have: regular expressions, mostly."""

import re
import string
from fnmatch import fnmatchcase

LONGEST = 100
_FIRST = string.ascii_letters + string.digits
_FURTHER = f"{_FIRST}-_"
"""What EKS lets a name be made of: CreateCluster, `^[0-9A-Za-z][A-Za-z0-9\\-_]*$`."""
_TOKEN = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)
"""What `fnmatch` reads in one go: a set in brackets, or a single character."""


def name_pattern_problem(pattern: str) -> tuple[str, str] | None:
    """Why no cluster can be called so, and what to write; None: one can."""
    if _fits_a_name(pattern):
        return None
    what = f"{pattern!r} fits no name that EKS gives to a cluster"
    meant = re.sub(r"\.[*+]", "*", pattern.removeprefix("^").removesuffix("$"))
    if meant and meant != pattern and _fits_a_name(meant):
        return what, f"patterns are those of a shell: write {meant}"
    return what, "write letters, digits, `-` and `_`, with `*`, `?` and `[ab]` for others"


def _fits_a_name(pattern: str) -> bool:
    tokens = [token for token in _TOKEN.findall(pattern) if token != "*"]  # noqa: S105
    begins = not pattern.startswith("*")
    return len(tokens) <= LONGEST and all(
        any(fnmatchcase(each, token) for each in (_FIRST if begins and not number else _FURTHER))
        for number, token in enumerate(tokens)
    )
