"""What the docstrings of the model say of each key, for messages and for editors."""

import inspect
import re
from functools import cache

from pydantic import BaseModel

_ENTRY = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n     +.*)*)", re.MULTILINE)


@cache
def described(model: type[BaseModel]) -> dict[str, str]:
    """By key what it is, as the model's docstring has it under `Attributes`."""
    _, _, attributes = (inspect.getdoc(model) or "").partition("Attributes:\n")
    return {
        name: " ".join(text.split())
        for names, text in _ENTRY.findall(attributes)
        for name in names.split(", ")
    }


@cache
def summary(model: type[BaseModel]) -> str:
    """What the part as a whole is."""
    return sentence((inspect.getdoc(model) or "").partition("Attributes:\n")[0])


def sentence(text: str) -> str:
    """A text of a docstring in one line, with a capital at its start."""
    joined = " ".join(text.split())
    return joined[:1].upper() + joined[1:]
