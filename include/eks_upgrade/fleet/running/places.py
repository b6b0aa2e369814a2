"""What was found in one place as JSON, and all of it together again. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from include.eks_upgrade.fleet.cluster import Found
from include.eks_upgrade.fleet.discovery.merged import merge

_FOUND = TypeAdapter(Found)


def found_json(found: Found) -> dict[str, Any]:
    """For XCom."""
    return dict(_FOUND.dump_python(found, mode="json"))


def found_of(places: Iterable[Mapping[str, Any]]) -> Found:
    """What `found_json` made of each place, as one."""
    return merge([_FOUND.validate_python(dict(each)) for each in places])
