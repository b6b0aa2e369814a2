"""The fleet file's JSON Schema, for editors and for whoever checks the file without Python.

What pydantic says of the shapes, with the docs of the model, and what JSON Schema can say of
contradictions. It refuses nothing that `read.py` takes, but for blanks around a text; the other way
round it cannot know zones, cron expressions, or two places that contradict one another.
"""

import json

from pydantic import BaseModel

from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.fleet.file import model
from include.eks_upgrade.fleet.file.descriptions import described, sentence, summary
from include.eks_upgrade.fleet.file.rules.parameters import BY_THE_FLEET
from include.eks_upgrade.fleet.file.rules.rings import TARGETS
from include.eks_upgrade.planning.preflight.kinds import defaults

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE = "include/fleet.schema.json"
MOMENT = r"^\d{4}-\d{2}-\d{2}.*([Zz]|[+-]\d{2}:?\d{2})$"


def schema() -> RawDict:
    """The schema as JSON."""
    whole = model.FleetFile.model_json_schema()
    parts = whole.pop("$defs")
    for name, part in [("FleetFile", whole), *parts.items()]:
        _describe(part, getattr(model, name))
    whole["anyOf"] = [{"required": ["accounts"]}, {"required": ["organization"]}]
    parts["Target"]["oneOf"] = [{"required": [name]} for name in TARGETS]
    parts["Bypass"]["properties"]["until"]["pattern"] = MOMENT
    parts["Override"]["properties"]["parameters"]["propertyNames"] = {
        "enum": [name for name in defaults() if name not in BY_THE_FLEET]
    }
    return {"$schema": DIALECT, **whole, "title": "A fleet of EKS clusters", "$defs": parts}


def schema_text() -> str:
    """As it stands in the file."""
    return json.dumps(schema(), indent=2) + "\n"


def _describe(part: RawDict, kind: type[BaseModel]) -> None:
    part["description"] = summary(kind)
    for key, field in part["properties"].items():
        _without_null(field)
        field.pop("title", None)
        more = field.get("description")
        field["description"] = sentence(described(kind)[key]) + (f" ({more})" if more else "")


def _without_null(field: RawDict) -> None:
    """A key that is left out has its default; nobody writes `null`, so it is a slip."""
    kinds = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
    if isinstance(field.get("default"), dict):  # which editors write into the file
        field["default"] = {key: one for key, one in field["default"].items() if one is not None}
    if len(kinds) < len(field.get("anyOf", ())):
        del field["anyOf"]
        field.pop("default", None)
        (only,) = kinds
        field.update(only)
