"""Which keys the fleet file may have at which place, as the model has them."""

import types
from functools import cache
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from include.eks_upgrade.fleet.file.finding import Place
from include.eks_upgrade.fleet.file.model import FleetFile


def model_at(place: Place) -> type[BaseModel] | None:
    """The part of the model at a place; None where there is none, or it is no mapping of ours."""
    kind: Any = FleetFile
    for step in place:
        kind = _below(kind, step)
    return kind if _is_model(kind) else None


def _below(kind: Any, step: str | int) -> Any:
    if _is_model(kind):
        field = kind.model_fields.get(step)
        return _plain(field.annotation) if field else None
    return (
        _plain(get_args(kind)[-2 if get_origin(kind) is tuple else -1]) if get_args(kind) else None
    )


def _plain(annotation: Any) -> Any:
    """A type without `None` and without what is only noted at it."""
    if hasattr(annotation, "__metadata__"):
        return _plain(annotation.__origin__)
    if get_origin(annotation) in {Union, types.UnionType}:
        (kind, *_) = [each for each in get_args(annotation) if each is not type(None)]
        return _plain(kind)
    return annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


@cache
def homes() -> dict[str, tuple[str, ...]]:
    """By key the paths of the parts that have it, `rings[]` say; the top is an empty path."""
    found: dict[str, list[str]] = {}
    _collect(FleetFile, "", found)
    return {key: tuple(dict.fromkeys(paths)) for key, paths in found.items()}


def _collect(model: type[BaseModel], path: str, found: dict[str, list[str]]) -> None:
    for key, field in model.model_fields.items():
        found.setdefault(key, []).append(path)
        kind, below = _plain(field.annotation), f"{path}.{key}".removeprefix(".")
        if get_origin(kind) is tuple:
            kind, below = _plain(get_args(kind)[0]), f"{below}[]"
        if _is_model(kind):
            _collect(kind, below, found)
