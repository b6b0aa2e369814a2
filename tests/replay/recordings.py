"""The published answers and errors of AWS in tests/recordings/aws, one file each.

Every file there is tried, so a new one needs no line of code; those of another folder are tried,
too, when `MORE_RECORDINGS` names it.
"""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel

FOLDER = Path(__file__).parents[1] / "recordings" / "aws"
SERVICES = ("eks", "autoscaling", "ec2", "ssm", "iam", "service-quotas", "sts")
KUBERNETES, USER_DATA = "Kubernetes GET", "user data"


@dataclass(frozen=True)
class Recording:
    """One answer.

    Attributes:
        name: of the file, without its ending.
        operation: of AWS; or `Kubernetes GET`, or `user data`.
        answer: as published; for an error its `Error`, `status_code` and fields beside them.
        changed: what was left out or replaced.
    """

    name: str
    operation: str
    answer: dict[str, Any]
    changed: str = ""

    @property
    def error(self) -> bool:
        """Whether it is a refusal."""
        return "Error" in self.answer

    @property
    def of_aws(self) -> bool:
        """Whether it is the answer of an operation of AWS."""
        return self.operation not in {KUBERNETES, USER_DATA}

    @cached_property
    def model(self) -> OperationModel:
        """Botocore's model of the operation."""
        return operation_model(self.operation)


def _read(path: Path) -> Recording:
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Recording(path.stem, raw["operation"], raw["answer"], str(raw.get("changed") or ""))


def _all() -> tuple[Recording, ...]:
    more = os.environ.get("MORE_RECORDINGS")
    folders = [FOLDER, *([Path(more)] if more else [])]
    found = {path.stem: path for folder in folders for path in sorted(folder.glob("*.json"))}
    return tuple(_read(path) for path in found.values())


_SESSION = botocore.session.Session()
_MODELS: dict[str, ServiceModel] = {}


def service_of(operation: str) -> str:
    """Botocore's name of the service that has the operation.

    Raises:
        LookupError: none of `SERVICES` has it.
    """
    for service in SERVICES:
        if service not in _MODELS:
            _MODELS[service] = _SESSION.get_service_model(service)
        if operation in _MODELS[service].operation_names:
            return service
    raise LookupError(f"no service of {', '.join(SERVICES)} has an operation {operation}")


def operation_model(operation: str) -> OperationModel:
    """Botocore's model of an operation of one of the services."""
    return _MODELS[service_of(operation)].operation_model(operation)


RECORDINGS = _all()
