"""The rehearsal's credentials, and boto3 sessions that use them."""

import boto3
from botocore.loaders import Loader
from botocore.session import Session as CoreSession

# Not secrets: they open nothing but this process. moto wants twenty capital characters.
ACCESS_KEY = "AKIAREHEARSAL0000000"
SECRET_KEY = "rehearsal/secret/opens/nothing/else"  # noqa: S105 - see above

# Reading the service models is most of what a client costs; they are read once.
_models = Loader()


def session(region: str) -> boto3.Session:
    """A boto3 session with the rehearsal's credentials; its clients need the endpoint's URL."""
    core = CoreSession()
    core.register_component("data_loader", _models)
    return boto3.Session(
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name=region,
        botocore_session=core,
    )
