"""Why a reading is missing, in the project's own words for what AWS and Kubernetes answer."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from include.eks_upgrade.aws.error_codes import DENIED
from include.eks_upgrade.aws.errors import (
    error_code,
    error_message,
    translate_client_error,
    translate_core_error,
)
from include.eks_upgrade.common.errors import Refused, UpgradeError
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.common.text import unstopped

RIGHTS_PAGE = "docs/permissions.md"


def why_not_read(reading: Reading[Any], error: Exception, seconds: float) -> str:
    """The reason in a phrase, without a full stop.

    Args:
        reading: what was asked for.
        error: what its reader raised.
        seconds: how long it had.
    """
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    said = _denied(error)
    if said:
        rights = ", ".join(reading.rights) or "this"
        return f"the caller may not {rights} ({RIGHTS_PAGE}): {unstopped(said)}"
    known = _translated(reading.what, error)
    if known is None:
        return f"its reader failed with {type(error).__name__}: {error}; please report this"
    told = known.problems[0] if isinstance(known, Refused) else str(known).splitlines()[0]
    return unstopped(str(told))


def _denied(error: Exception) -> str:
    """Who was asked says that the caller lacks a right, and in which words; else empty."""
    if isinstance(error, ClientError) and error_code(error) in DENIED:
        return error_message(error) or error_code(error)
    if isinstance(error, Refused) and error.title.startswith("Kubernetes forbids"):
        return error.problems[0].what
    return ""


def _translated(what: str, error: Exception) -> UpgradeError | None:
    """The error of our tree; None where it is none that anybody foresaw."""
    if isinstance(error, UpgradeError):
        return error
    if isinstance(error, ClientError):
        return translate_client_error(what, error)
    if isinstance(error, BotoCoreError | HTTPClientError | ResponseParserError):
        return translate_core_error(what, error)
    return None
