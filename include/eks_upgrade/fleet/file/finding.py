"""What is wrong at one place of the fleet file, before it is known in which line that stands."""

from dataclasses import dataclass

Place = tuple[str | int, ...]
"""The way to a value from the top: keys and numbers of list entries, `("rings", 1, "at_once")`."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth a word.

    Attributes:
        place: of the value, or where it should be.
        what: is wrong.
        remedy: what lifts it.
    """

    place: Place
    what: str
    remedy: str


def path_of(place: Place) -> str:
    """The place as people write it: `rings[1].at_once`; entries are counted from 0."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")
