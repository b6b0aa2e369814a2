"""AWS's API models as botocore keeps them: read once in a process, for all of its sessions.

A session of botocore reads the model of a service when its first client is made: 0.05 s of
processor time for EKS, 0.15 s for EC2. A task is a process of its own and makes a few clients; what
the process it is forked from has read, it need not read.
"""

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final

from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader, create_loader

if TYPE_CHECKING:
    import boto3

SERVICES: Final = ("eks", "ec2", "autoscaling", "ssm", "iam", "sts", "service-quotas")
"""What most tasks and every plan ask; others are read by whoever wants them."""

_OF_A_SERVICE: Final = ("service-2", "endpoint-rule-set-1", "paginators-1")
_OF_ALL: Final = ("partitions", "endpoints", "sdk-default-configuration", "_retry")


def share_models(session: "boto3.Session") -> "boto3.Session":
    """Have a new session take models from those that this process knows; returns it.

    The provider does the same for its asynchronous sessions. Clients only read models: those of one
    session share them already.
    """
    core = session._session  # boto3 has no other door to its loader
    core.register_component("data_loader", _models(core.get_config_variable("data_path")))
    return session


def read_models() -> None:
    """Read what the clients of a run will want.

    Another botocore may keep it under other names. Then clients read it by themselves, and no
    component of Airflow is without its plugin for it.
    """
    models = _models(None)
    for name in _OF_ALL:
        with suppress(DataNotFoundError):
            models.load_data(name)
    for service in SERVICES:
        for kind in _OF_A_SERVICE:
            with suppress(DataNotFoundError):
                models.load_service_model(service, kind)


@cache
def _models(data_path: str | None) -> Loader:
    """Models of one path: a profile or AWS_DATA_PATH may name folders with models of its own."""
    return create_loader(data_path)
