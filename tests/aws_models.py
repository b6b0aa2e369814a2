"""botocore's API models, names of events and methods of clients, worked out once in a process.

Done anew for each session and client, that is more than half of the time that a rehearsed upgrade
takes, and a test has hundreds of them. Importing this is enough.
"""

import functools

import botocore.hooks
import botocore.session
from botocore.client import ClientCreator
from botocore.hooks import EventAliaser
from botocore.model import ServiceModel

botocore.session.create_loader = functools.cache(botocore.session.create_loader)
botocore.hooks.accepts_kwargs = functools.cache(botocore.hooks.accepts_kwargs)

_begin = EventAliaser.__init__
_names: dict[str, str] = {}


def _begin_with_known_names(self: EventAliaser, emitter: object, aliases: object = None) -> None:
    _begin(self, emitter, aliases)
    if aliases is None:  # botocore's own list, the same for all
        self._alias_name_cache = _names


EventAliaser.__init__ = _begin_with_known_names

_make_methods = ClientCreator._create_methods
_methods: dict[tuple[type, str, str], dict[str, object]] = {}


def _known_methods(self: ClientCreator, service: ServiceModel) -> dict[str, object]:
    """A class is made for each client; the functions in it are the same, seven hundred for EC2."""
    kind = type(self), service.service_name, service.api_version  # aiobotocore has its own
    if kind not in _methods:
        _methods[kind] = _make_methods(self, service)
    return dict(_methods[kind])


ClientCreator._create_methods = _known_methods


def read_models() -> None:
    """Read what a step needs, for the processes that will be forked from this one."""
    for service in ("eks", "ec2", "autoscaling", "ssm", "sts"):
        botocore.session.Session().create_client(
            service, "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
        ).close()
