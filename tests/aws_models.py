"""botocore's API models, read once in a process instead of anew for each client.

Reading them is half of the time that a rehearsed upgrade takes. Importing this is enough.
"""

import functools

import botocore.session

botocore.session.create_loader = functools.cache(botocore.session.create_loader)


def read_models() -> None:
    """Read what a step needs, for the processes that will be forked from this one."""
    for service in ("eks", "ec2", "autoscaling", "ssm", "sts"):
        botocore.session.Session().create_client(
            service, "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
        ).close()
