"""A role that is assumed beside an Airflow connection: it says who asks, the role whom it becomes.

The Amazon provider takes a role from the connection alone. One connection that leads into a
hundred accounts needs the role from outside; a role of the connection's own is assumed first, then
this one, as AWS chains roles. The credentials renew themselves, for they live for an hour.
"""

import asyncio
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import boto3
import botocore.session
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.error_codes import DENIED
from include.eks_upgrade.aws.errors import error_code, error_message
from include.eks_upgrade.common.errors import refusal

SHARED_SECONDS: Final = 30.0
"""Clients that are made one after another assume the role once, those of a task say; a later one
assumes it anew, so that credentials that were taken back are soon no more used."""

MAX_KEPT: Final = 200
METHOD: Final = "sts-assume-role"

Metadata = dict[str, str]

_lock = threading.Lock()
_kept: dict[tuple[str, ...], tuple[float, Metadata]] = {}


@dataclass(frozen=True)
class AssumedRole:
    """A role, and who assumes it.

    Attributes:
        arn: of the role.
        connection: the Airflow connection, for messages.
        base: a session with the connection's own credentials.
        client: makes the STS client of a session.
        arguments: more of AssumeRole, such as ExternalId.
    """

    arn: str
    connection: str
    base: boto3.Session
    client: Callable[[boto3.Session], Any]
    arguments: tuple[tuple[str, Any], ...] = ()

    def session(self) -> boto3.Session:
        """A session of the role."""
        core = botocore.session.get_session()
        core._credentials = RefreshableCredentials.create_from_metadata(  # type: ignore[attr-defined]  # botocore has no other door
            metadata=self.shared(), refresh_using=self.assume, method=METHOD
        )
        return boto3.Session(botocore_session=core, region_name=self.base.region_name)

    def put_into(self, session: Any) -> Any:
        """The same for an aiobotocore session; it renews itself in a thread."""
        from aiobotocore.credentials import AioRefreshableCredentials  # noqa: PLC0415 - dear

        async def assume() -> Metadata:
            return await asyncio.to_thread(self.assume)

        session._credentials = AioRefreshableCredentials.create_from_metadata(
            metadata=self.shared(), refresh_using=assume, method=METHOD
        )
        session.set_config_variable("region", self.base.region_name)
        return session

    def shared(self) -> Metadata:
        """Credentials of the role, perhaps those that this process was given a moment ago."""
        with _lock:
            at, found = _kept.get(self._key, (float("-inf"), {}))
        if time.monotonic() - at < SHARED_SECONDS:
            return found
        return self.assume()

    def assume(self) -> Metadata:
        """New credentials of the role, as botocore wants them.

        Raises:
            Refused: AWS does not let the connection assume it.
        """
        try:
            answer = self.client(self.base).assume_role(
                **dict(self.arguments), RoleArn=self.arn, RoleSessionName=session_name()
            )
        except ClientError as error:
            if error_code(error) not in DENIED:
                raise
            raise _not_let_in(self.arn, self.connection, error_message(error)) from error
        given = answer["Credentials"]
        made = {
            "access_key": str(given["AccessKeyId"]),
            "secret_key": str(given["SecretAccessKey"]),
            "token": str(given["SessionToken"]),
            "expiry_time": given["Expiration"].isoformat(),
        }
        with _lock:
            if len(_kept) >= MAX_KEPT:
                _kept.clear()
            _kept[self._key] = time.monotonic(), made
        return made

    @property
    def _key(self) -> tuple[str, ...]:
        """Whatever makes other credentials: never is one account's session another's."""
        found = self.base.get_credentials()
        key_id = found.get_frozen_credentials().access_key if found else ""
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        return (self.arn, self.connection, str(key_id), repr(self.arguments), endpoint)


def forget() -> None:
    """Nobody is given credentials any more that another client has got."""
    with _lock:
        _kept.clear()


def _not_let_in(arn: str, connection: str, words: str) -> Exception:
    return refusal(
        "AWS cannot be asked",
        f"role {arn}",
        f"AWS does not let the AWS connection '{connection}' assume it: {words}",
        "see that there is such a role, that its trust policy names who asks (with the external "
        "id, if it wants one), and that who asks may sts:AssumeRole on it; AWS does not tell which",
    )


def session_name() -> str:
    """The name of the role's session: CloudTrail shows it; it says the run where that is known."""
    run = "_".join(
        os.environ.get(f"AIRFLOW_CTX_{part}", "") for part in ("DAG_ID", "DAG_RUN_ID")
    ).strip("_")
    return re.sub(r"[^\w+=,.@-]", "-", run, flags=re.ASCII)[:64] if len(run) > 1 else "eks-upgrade"
