"""The JSON Schema of a verdict, for programs that read it: docs/preflight.schema.json.

`python -m include.eks_upgrade.preflight --write-schema` writes it.
"""

import json
from typing import Any

from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.verdict import SCHEMA, STATUSES
from include.eks_upgrade.planning.preflight.waiver import KEYS

FILE = "docs/preflight.schema.json"

_SEVERITY = {"enum": [str(one) for one in Severity]}


def schema() -> dict[str, Any]:
    """The schema as JSON."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The verdict of a preflight of an EKS cluster",
        **_object(
            {
                "schema": {"const": SCHEMA},
                "cluster": _text("Its name."),
                "region": _text("Its AWS region."),
                "from_version": _text("The control plane's minor, such as 1.35."),
                "to_version": _text("The minor that was judged for."),
                "judged_at": _text("When the cluster was looked at, ISO 8601."),
                "blocked": _flag("Whether an upgrade would be refused."),
                "checks": {"type": "array", "items": _check()},
            }
        ),
    }


def schema_text() -> str:
    """As it stands in the file."""
    return json.dumps(schema(), indent=2) + "\n"


def _check() -> dict[str, Any]:
    return _object(
        {
            "name": _text("As docs/preflight.md has it; what a waiver names."),
            "asks": _text("The question."),
            "source": _text("Where it is written that this matters."),
            "status": {
                "enum": [*STATUSES],
                "description": "The heaviest finding; unknown is not passed.",
            },
            "unknown": _text("Why it is not known, or not all of it; empty where it is."),
            "findings": {"type": "array", "items": _finding()},
        }
    )


def _finding() -> dict[str, Any]:
    return _object(
        {
            "severity": _SEVERITY,
            "weight": _SEVERITY | {"description": "The severity with the waiver, if one holds."},
            "object": _text("What it is about; what a waiver names."),
            "what": _text("What is wrong."),
            "remedy": _text("What lifts it; empty where `what` says it."),
            "passes": _flag("Whether it ends by itself, such as UPDATING."),
            "whole": _flag("Whether `what` names by itself what it is about."),
            "waiver": {"anyOf": [{"type": "null"}, _waiver()]},
        }
    )


def _waiver() -> dict[str, Any]:
    return _object({name: _text() for name in KEYS})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [*properties], "properties": properties}


def _text(about: str = "") -> dict[str, Any]:
    return {"type": "string"} | ({"description": about} if about else {})


def _flag(about: str) -> dict[str, Any]:
    return {"type": "boolean", "description": about}
