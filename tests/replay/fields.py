"""Which fields an answer has, and of which types, as paths: `nodegroup.scalingConfig.minSize`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

EMPTY = " (empty)"


def fields(value: Any, shape: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each field with its type.

    Items of a list are `[]`, free keys of a map `*`. What botocore's model does not know is left
    out, for neither the product nor the rehearsal could ever see it. Something empty is a path of
    its own as well, with `EMPTY` behind it.

    Args:
        value: what botocore parsed.
        shape: botocore's shape of it.
        path: where it stands.
    """
    if value is None:
        return
    if path:
        yield path, _type(value)
    if value in ({}, []):
        yield path + EMPTY, "empty"
    for name, inner, inner_shape in _inside(value, shape):
        yield from fields(inner, inner_shape, f"{path}.{name}" if path else name)


def _inside(value: Any, shape: Any) -> Iterator[tuple[str, Any, Any]]:
    if shape.type_name == "structure":
        known = (name for name in value if name in shape.members)
        yield from ((name, value[name], shape.members[name]) for name in known)
    elif shape.type_name == "map":
        yield from (("*", one, shape.value) for one in value.values())
    elif shape.type_name == "list":
        yield from (("[]", one, shape.member) for one in value)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    kinds = {int: "number", float: "number", str: "text", datetime: "time", list: "list",
             dict: "object"}  # fmt: skip
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "?")
