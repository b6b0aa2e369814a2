"""Reading an account's quotas: its own value, or else AWS's default."""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.capacity.quota_codes import SERVICES
from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.common.errors import UpgradeError


def read_quotas(client: Any, codes: Iterable[str]) -> tuple[dict[str, float], tuple[str, ...]]:
    """The quotas' values by code, and a sentence when they could not be asked.

    Without the right, or without an answer, nothing is assumed and nothing fails: EKS and EC2 will
    refuse what they do not grant.
    """
    values: dict[str, float] = {}
    if client is None:
        return {}, ()
    for code in codes:
        try:
            with aws_errors_about(f"quota {code}"):
                values[code] = _asked_quota(client, SERVICES.get(code, "ec2"), code)
        except UpgradeError as error:
            # The next would have the same answer, after the same wait.
            why = str(error).splitlines()[-1].strip()
            return values, (f"quotas could not be asked, so they are not judged: {why}",)
    return values, ()


def read_quota(client: Any, service: str, code: str) -> float | None:
    """One quota's value; None for a code that Service Quotas does not know.

    Raises:
        ClientError: of botocore.
    """
    try:
        return _asked_quota(client, service, code)
    except ClientError as error:
        if error_code(error) != "NoSuchResourceException":
            raise
        return None


def _asked_quota(client: Any, service: str, code: str) -> float:
    asked = {"ServiceCode": service, "QuotaCode": code}
    try:
        found = client.get_service_quota(**asked)
    except ClientError as error:
        # The account has never had another value than AWS's own.
        if error_code(error) != "NoSuchResourceException":
            raise
        found = client.get_aws_default_service_quota(**asked)
    return float(found["Quota"]["Value"])
