"""Names that are there twice, or nowhere, and keys without values.

Rules about plain values, so that no other slip in an entry hides them.
"""

from collections.abc import Iterator
from typing import Any

from include.eks_upgrade.common.text import first_few, nearest
from include.eks_upgrade.fleet.file.finding import Finding, Place

_NAMED = {"accounts": "account", "rings": "ring", "windows": "window"}


def name_findings(plain: dict[str, Any]) -> Iterator[Finding]:
    """Names that two entries have, and rings of overrides that are none.

    Args:
        plain: the file as YAML has it, whatever it is.
    """
    for key, noun in _NAMED.items():
        names = [entry.get("name") for entry in _entries(plain, key)]
        for number, name in enumerate(names):
            if isinstance(name, str) and name in names[:number]:
                what = f"another {noun} is called {name!r}, too"
                yield Finding((key, number, "name"), what, f"give each {noun} a name of its own")
    yield from _unknown_rings(plain)


def _unknown_rings(plain: dict[str, Any]) -> Iterator[Finding]:
    known = [str(ring.get("name")) for ring in _entries(plain, "rings")]
    for number, override in enumerate(_entries(plain, "overrides")):
        named = override.get("rings")
        for place, name in enumerate(named if isinstance(named, list) else []):
            if isinstance(name, str) and known and name not in known:
                meant = nearest(name, known)
                remedy = f"write {meant}" if meant else f"there are {first_few(known, 20)}"
                found = ("overrides", number, "rings", place)
                yield Finding(found, f"there is no ring {name!r}", remedy)


def empty_findings(value: Any, place: Place = ()) -> Iterator[Finding]:
    """Keys behind which nothing stands. `clusters:` would mean all of them, so it must be no slip.

    A parameter of an override may be null: it has its default then.
    """
    if value is None:
        yield Finding(place, "nothing stands behind it", "give it a value, or take the key away")
    if place[:1] == ("overrides",) and place[2:] == ("parameters",):
        return
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else [])
    )
    for key, below in pairs:
        yield from empty_findings(below, (*place, key))


def _entries(plain: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The entries of a list; what is no mapping counts as an empty one."""
    found = plain.get(key)
    entries = found if isinstance(found, list) else []
    return [each if isinstance(each, dict) else {} for each in entries]
